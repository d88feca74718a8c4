//! Visits every state that one deployment can reach, with every event that can occur in it, and asserts the promises of the
//! state machine. `docs/transitions.md` is the table of the result.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

#[path = "support/generated.rs"]
mod generated;
#[path = "walk/hooks.rs"]
mod hooks;
#[path = "walk/operations.rs"]
mod operations;
#[path = "walk/table.rs"]
mod table;
#[path = "walk/world.rs"]
mod world;

use orchestrate::deployment::{Effect, Event, Pause, State, Try, step};
use orchestrate::model::{Operation, Phase, ProjectResult, Reason, Remedy};
use std::collections::{BTreeSet, HashMap, VecDeque};
use world::{Outstanding, World, all_events};

/// A state of the deployment, together with the state of the server and the wire.
type Node = (State, World);

/// One observed transition.
#[derive(Debug)]
struct Edge {
    from: Node,
    event: Event,
    to: Node,
    effects: Vec<Effect>,
}

fn walk() -> Vec<Edge> {
    let starts = [Operation::Deploy, Operation::Preview, Operation::Destroy]
        .map(|operation| (State::Pending, World::of(operation)));
    let mut seen = BTreeSet::from(starts.clone());
    let mut queue = VecDeque::from(starts);
    let mut edges = vec![];
    while let Some(from) = queue.pop_front() {
        for event in from.1.possible_events(&from.0) {
            let (state, effects) = step(from.1.rules(), from.0.clone(), event.clone());
            let world = from.1.after(&event, &from.0, &effects);
            let to = (world::fold_attempts(state), world);
            if seen.insert(to.clone()) {
                queue.push_back(to.clone());
            }
            assert!(seen.len() < 2_000, "the states have no end: {to:?}");
            edges.push(Edge {
                from: from.clone(),
                event,
                to,
                effects,
            });
        }
    }
    edges
}

/// Whether a payload (of an upload or a dry run) or a deletion is sent.
fn uploads(edge: &Edge) -> bool {
    edge.effects.contains(&Effect::Preview) || starts_something(edge)
}

/// Whether a request that may start a deployment is sent.
fn starts_something(edge: &Edge) -> bool {
    let starts = |effect: &Effect| matches!(effect, Effect::Submit | Effect::Destroy);
    edge.effects.iter().any(starts)
}

fn outcome(state: &State) -> Option<&orchestrate::model::Outcome> {
    match state {
        State::Done(outcome) => Some(outcome),
        _ => None,
    }
}

#[test]
fn done_is_final_despite_late_events() {
    let ends: BTreeSet<Node> = walk()
        .into_iter()
        .map(|edge| edge.to)
        .filter(|(state, _)| outcome(state).is_some())
        .collect();
    assert!(!ends.is_empty());
    for (end, world) in ends {
        for event in all_events() {
            let after = step(world.rules(), end.clone(), event);
            assert_eq!(after, (end.clone(), vec![]));
        }
    }
}

#[test]
fn the_end_is_reported_exactly_once_and_correctly() {
    for edge in walk() {
        let told: Vec<_> = edge
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Tell(Phase::Done(outcome)) => Some(outcome.as_ref()),
                _ => None,
            })
            .collect();
        let ended_now = outcome(&edge.from.0).is_none() && outcome(&edge.to.0).is_some();
        assert_eq!(told.len(), usize::from(ended_now));
        assert_eq!(
            told.first().copied(),
            outcome(&edge.to.0).filter(|_| ended_now)
        );
    }
}

#[test]
fn at_most_one_upload_is_in_flight() {
    for edge in walk() {
        if uploads(&edge) {
            assert!(!edge.from.1.awaits(Outstanding::SubmitReply));
            // The upload may follow an answered dry run.
            let answered = edge.from.1.answers(&edge.event) == Some(Outstanding::PreviewReply);
            assert!(answered || !edge.from.1.awaits(Outstanding::PreviewReply));
        }
    }
}

#[test]
fn nothing_is_uploaded_after_a_cancel() {
    for edge in walk() {
        if uploads(&edge) {
            assert!(!edge.from.1.unwanted, "{:?}", edge.from);
        }
    }
}

#[test]
fn nothing_is_uploaded_while_the_blocker_is_running() {
    for edge in walk() {
        if starts_something(&edge) {
            assert!(!edge.from.1.blocker_runs, "{:?}", edge.from);
        }
    }
}

#[test]
fn nothing_is_uploaded_before_the_ownership_is_known() {
    let (mut refused, mut unanswered) = (0, 0);
    for edge in walk() {
        if uploads(&edge) {
            let is_identified = edge.from.1.is_identified || edge.to.1.is_identified;
            assert!(is_identified, "{:?}", edge.from);
        }
        if let Some(end) = outcome(&edge.to.0)
            && matches!(
                end.reason,
                Some(Reason::OwnedByAnotherRepository | Reason::OwnershipUnverified)
            )
        {
            assert_eq!(end.result, ProjectResult::Rejected);
            refused += 1;
        }
        // An unanswered ownership check is not a yes.
        if let (State::Identifying, Event::Unidentified(failure)) = (&edge.from.0, &edge.event) {
            let end = outcome(&edge.to.0).unwrap();
            let transient = failure.is_transient();
            assert_eq!(end.result == ProjectResult::Unavailable, transient);
            assert_eq!(end.result == ProjectResult::Rejected, !transient);
            unanswered += 1;
        }
    }
    assert!(refused > 0 && unanswered > 0);
}

#[test]
fn an_unverified_project_is_not_touched_before_a_dry_run_has_decided() {
    let (mut asked, mut refused) = (0, 0);
    for edge in walk() {
        let is_unverified = edge.to.1.unverified;
        if starts_something(&edge) {
            assert!(!is_unverified, "{:?}", edge.from);
        }
        // Nor is a deployment of it cancelled.
        let cancels = |effect: &Effect| matches!(effect, Effect::RequestCancel(..));
        if edge.effects.iter().any(cancels) {
            assert!(!is_unverified, "{:?}", edge.from);
        }
        let is_deployment = edge.from.1.operation == Operation::Deploy;
        if is_deployment && edge.effects.contains(&Effect::Preview) {
            assert!(is_unverified, "dry run without need: {:?}", edge.from);
            asked += 1;
        }
        if let (State::Previewing(_), Event::Unprepared { reason, .. }) =
            (&edge.from.0, &edge.event)
        {
            let end = outcome(&edge.to.0).unwrap();
            assert_eq!(end.result, ProjectResult::Rejected);
            assert_eq!(end.reason.as_ref(), Some(reason));
            refused += 1;
        }
    }
    assert!(asked > 0 && refused > 0);
}

#[test]
fn nothing_is_uploaded_without_a_slot() {
    for edge in walk() {
        if uploads(&edge) {
            let has_slot = edge.from.1.holds_slot || edge.event == Event::Granted;
            assert!(has_slot, "{:?}", edge.from);
        }
    }
}

#[test]
fn bundling_is_repeated_only_if_it_was_early_and_can_be_fixed_and_all_ids_are_known() {
    let mut seen = BTreeSet::new();
    for edge in walk() {
        let Event::Unbundled(failed) = &edge.event else {
            continue;
        };
        let operation = edge.from.1.operation;
        let is_awaited = edge.to.1.is_unbundled && outcome(&edge.to.0).is_none();
        let may_be = edge.from.1.is_ahead
            && failed.logical_id.is_some()
            && match operation {
                Operation::Deploy => failed.remedy != Remedy::None,
                Operation::Preview => failed.remedy == Remedy::Likely,
                Operation::Destroy => false,
            };
        assert_eq!(is_awaited, may_be, "{edge:?}");
        seen.insert((operation, is_awaited));
        if let Some(end) = outcome(&edge.to.0) {
            assert_eq!(end.reason.as_ref(), Some(&failed.reason), "{edge:?}");
        }
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[test]
fn the_response_to_an_upload_is_awaited_unless_forced() {
    for edge in walk() {
        let abandoned = edge.from.1.awaits(Outstanding::SubmitReply)
            && !matches!(
                edge.event,
                Event::Accepted(_)
                    | Event::Conflicted(_)
                    | Event::NotThere
                    | Event::SubmitFailed(_)
            );
        if let (true, Some(end)) = (abandoned, outcome(&edge.to.0)) {
            assert!(matches!(edge.event, Event::Cancel { force: true, .. }));
            assert_eq!(end.result, ProjectResult::Detached);
        }
    }
}

#[test]
fn an_accepted_deployment_is_followed_or_named_in_the_outcome() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to.0) else {
            continue;
        };
        if edge.to.1.ours_runs {
            assert_eq!(end.deployment_id, Some(world::ours()), "{:?}", edge.event);
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
fn a_deployment_that_a_lost_response_may_have_started_is_never_hidden() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to.0) else {
            continue;
        };
        if edge.to.1.may_be_orphaned {
            let says_so = end.result == ProjectResult::Detached
                || end
                    .cause
                    .as_deref()
                    .is_some_and(|cause| cause.contains("may have started"));
            assert!(says_so, "{end:?}");
        }
    }
}

#[test]
fn success_requires_the_servers_success() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to.0) else {
            continue;
        };
        if outcome(&edge.from.0).is_some() || !end.result.is_success() {
            continue;
        }
        if let Event::Previewed { same_bundle, .. } = edge.event {
            let unchanged = end.result == ProjectResult::Unchanged;
            assert_eq!(unchanged, same_bundle, "unchanged");
        } else if end.result == ProjectResult::Unchanged {
            // Nothing of it was ever sent, in this run or by a lost upload.
            let State::Preparing(attempt) = edge.from.0 else {
                panic!("{edge:?}");
            };
            let unverified = attempt.unverified;
            assert_eq!(
                attempt,
                Try {
                    unverified,
                    ..Try::FIRST
                }
            );
        } else if edge.event == Event::NotThere {
            assert_eq!(edge.from.1.operation, Operation::Destroy);
        } else {
            assert!(matches!(
                edge.event,
                Event::Ended(orchestrate::model::Ending::Succeeded { .. })
            ));
            assert!(edge.from.1.ours_runs);
        }
    }
}

#[test]
fn something_is_always_awaited_until_the_end() {
    for edge in walk() {
        if outcome(&edge.to.0).is_none() {
            assert!(
                edge.to.1.awaits_anything(),
                "stuck: {:?} after {:?}",
                edge.to,
                edge.event
            );
        }
    }
}

#[test]
fn no_request_about_a_deployment_is_doubled() {
    for edge in walk() {
        for outstanding in [
            Outstanding::Poll,
            Outstanding::CancelReply,
            Outstanding::Stream,
        ] {
            let asked = edge.effects.iter().filter(|effect| {
                let asks = match effect {
                    Effect::Poll(..) | Effect::Look(_) => Outstanding::Poll,
                    Effect::RequestCancel(..) => Outstanding::CancelReply,
                    Effect::OpenStream(_) => Outstanding::Stream,
                    _ => return false,
                };
                asks == outstanding
            });
            let answered = edge.from.1.answers(&edge.event) == Some(outstanding);
            let before = edge.from.1.awaits(outstanding) && !answered;
            assert!(
                asked.count() + usize::from(before) <= 1,
                "{outstanding:?} while one is in flight: {:?} {:?}",
                edge.from,
                edge.event
            );
        }
    }
}

#[test]
fn every_failure_counts_and_determines_the_delay() {
    let failures = |state: &State| match state {
        State::Following { failures, .. }
        | State::Waiting { failures, .. }
        | State::Cancelling { failures, .. } => *failures,
        other => panic!("{other:?} sends no request again"),
    };
    let mut seen = BTreeSet::new();
    for edge in walk() {
        for effect in &edge.effects {
            let (Effect::Poll(_, pause) | Effect::RequestCancel(_, pause)) = effect else {
                continue;
            };
            if let Pause::Backoff {
                failures: in_a_row, ..
            } = pause
            {
                let (before, after) = (failures(&edge.from.0), failures(&edge.to.0));
                assert_eq!((*in_a_row, after), (before + 1, before + 1), "{edge:?}");
                seen.insert((table::state_name(&edge.to.0), effect.clone()));
            }
        }
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[test]
fn every_upload_has_the_next_number() {
    for edge in walk() {
        // The walk treats later ones as the first.
        if let (State::Retrying(next), _) =
            step(edge.from.1.rules(), edge.from.0.clone(), edge.event)
        {
            let is_new = !matches!(edge.from.0, State::Retrying(_));
            assert_eq!(next.number, 1 + u32::from(is_new), "{:?}", edge.from);
        }
    }
}

#[test]
fn an_unresolved_conflict_names_the_blocker() {
    for edge in walk() {
        let (State::Waiting { .. }, Event::Cancel { .. }) = (&edge.from.0, &edge.event) else {
            continue;
        };
        let end = outcome(&edge.to.0).unwrap();
        let names_it = end.cause.as_deref() == Some("deployment blocker");
        assert_eq!(names_it, end.result == ProjectResult::Conflicted, "{end:?}");
    }
}

#[test]
fn reported_progress_never_decreases() {
    for edge in walk() {
        let State::Following { progress, .. } = &edge.from.0 else {
            continue;
        };
        for effect in &edge.effects {
            if let Effect::Tell(Phase::Progress { percent }) = effect {
                assert!(percent > progress);
            }
        }
    }
}

#[test]
fn an_interrupt_is_never_reported_as_a_failure() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to.0) else {
            continue;
        };
        if matches!(edge.event, Event::Cancel { .. }) && outcome(&edge.from.0).is_none() {
            assert_ne!(end.result, ProjectResult::Failed);
            assert_ne!(end.reason, Some(Reason::DeploymentFailed));
        }
    }
}

#[test]
fn the_end_can_be_reached_from_everywhere() {
    let edges = walk();
    let mut before: HashMap<&Node, Vec<&Node>> = HashMap::new();
    for edge in &edges {
        before.entry(&edge.to).or_default().push(&edge.from);
    }
    let mut open: Vec<&Node> = before
        .keys()
        .copied()
        .filter(|node| outcome(&node.0).is_some())
        .collect();
    let mut reaches: BTreeSet<&Node> = open.iter().copied().collect();
    while let Some(node) = open.pop() {
        for earlier in before.get(node).into_iter().flatten() {
            if reaches.insert(earlier) {
                open.push(earlier);
            }
        }
    }
    for edge in &edges {
        assert!(
            reaches.contains(&edge.from),
            "no way out of {:?}",
            edge.from
        );
    }
}
