//! The end of a deployment, and that there is one.

use super::*;

#[test]
fn done_is_final_despite_late_events() {
    let edges = walk();
    let mut ends = HashSet::new();
    for end in edges.iter().map(|edge| &edge.to) {
        if outcome(end).is_none() || !ends.insert(end.machine.clone()) {
            continue;
        }
        for input in all_inputs() {
            let (after, outputs) = end.after(&input);
            assert_eq!((&after.machine, outputs), (&end.machine, vec![]));
        }
    }
    assert!(ends.len() > 20, "only {}", ends.len());
}

#[test]
fn the_end_is_reported_exactly_once_and_correctly() {
    for edge in walk() {
        let told: Vec<_> = edge
            .outputs
            .iter()
            .filter_map(|effect| match effect {
                Output::Update(Update::Finished(outcome)) => Some(&**outcome),
                _ => None,
            })
            .collect();
        let ended_now = outcome(&edge.from).is_none() && outcome(&edge.to).is_some();
        assert_eq!(told.len(), usize::from(ended_now));
        assert_eq!(
            told.first().copied(),
            outcome(&edge.to).filter(|_| ended_now)
        );
    }
}

#[test]
fn an_accepted_deployment_is_followed_or_named_in_the_outcome() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to) else {
            continue;
        };
        if edge.to.world.ours_runs {
            assert_eq!(end.deployment_id, Some(world::ours()), "{:?}", edge.input);
            assert!(
                matches!(
                    end.result,
                    ProjectResult::Detached | ProjectResult::Unavailable | ProjectResult::Rejected
                ),
                "{end:?} hides a deployment that still runs"
            );
        }
    }
}

#[test]
fn success_requires_the_servers_success() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to) else {
            continue;
        };
        if outcome(&edge.from).is_some() || !end.result.is_success() {
            continue;
        }
        if let Input::Previewed { same_bundle, .. } = edge.input {
            let unchanged = end.result == ProjectResult::Unchanged;
            assert_eq!(unchanged, same_bundle, "unchanged");
        } else if end.result == ProjectResult::Unchanged {
            // Nothing of it was ever sent, in this run or by a lost upload.
            let State::Preparing(attempt) = *edge.from.state() else {
                panic!("{edge:?}");
            };
            let unverified = attempt.unverified;
            assert_eq!(
                attempt,
                Attempt {
                    unverified,
                    ..Attempt::FIRST
                }
            );
        } else if edge.input == Input::AlreadyDeleted {
            assert_eq!(edge.from.world.operation, Operation::Destroy);
        } else {
            assert!(matches!(
                edge.input,
                Input::Ended(crate::model::Ending::Succeeded { .. })
            ));
            assert!(edge.from.world.ours_runs);
        }
    }
}

#[test]
fn something_is_always_awaited_until_the_end() {
    for edge in walk() {
        if outcome(&edge.to).is_none() {
            assert!(
                edge.to.world.awaits_anything(),
                "stuck: {:?} after {:?}",
                edge.to,
                edge.input
            );
        }
    }
}

#[test]
fn an_interrupt_is_never_reported_as_a_failure() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to) else {
            continue;
        };
        if matches!(edge.input, Input::Cancel { .. }) && outcome(&edge.from).is_none() {
            assert_ne!(end.result, ProjectResult::Failed);
            assert_ne!(end.reason, Some(Reason::DeploymentFailed));
        }
    }
}

#[test]
fn the_end_can_be_reached_from_everywhere() {
    let edges = walk();
    let stuck = stuck(edges, |node| outcome(node).is_some());
    assert!(stuck.is_empty(), "no way out of {:?}", stuck[0]);
}
