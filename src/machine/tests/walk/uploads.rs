//! What is sent, when, and how often.

use super::*;

#[test]
fn at_most_one_upload_is_in_flight() {
    for edge in walk() {
        if uploads(edge) {
            assert!(!edge.from.world.awaits(Outstanding::SubmitReply));
            // The upload may follow an answered dry run.
            let answered = edge.from.world.answers(&edge.input) == Some(Outstanding::PreviewReply);
            assert!(answered || !edge.from.world.awaits(Outstanding::PreviewReply));
        }
    }
}

#[test]
fn nothing_is_uploaded_after_a_cancel() {
    for edge in walk() {
        if uploads(edge) {
            assert!(!edge.from.world.unwanted, "{:?}", edge.from);
        }
    }
}

#[test]
fn nothing_is_uploaded_while_the_blocker_is_running() {
    for edge in walk() {
        if starts_something(edge) {
            assert!(!edge.from.world.blocker_runs, "{:?}", edge.from);
        }
    }
}

#[test]
fn nothing_is_uploaded_before_the_ownership_is_known() {
    let (mut refused, mut unanswered) = (0, 0);
    for edge in walk() {
        if uploads(edge) {
            let is_identified = edge.from.world.is_identified || edge.to.world.is_identified;
            assert!(is_identified, "{:?}", edge.from);
        }
        if let Some(end) = outcome(&edge.to)
            && matches!(
                end.reason,
                Some(Reason::OwnedByAnotherRepository | Reason::OwnershipUnverified)
            )
        {
            assert_eq!(end.result, ProjectResult::Rejected);
            refused += 1;
        }
        // An unanswered ownership check is not a yes.
        if let (State::Identifying { .. }, Input::Unidentified(failure)) =
            (edge.from.state(), &edge.input)
        {
            let end = outcome(&edge.to).unwrap();
            let refused = failure.kind == FailureKind::Refused;
            assert_eq!(end.result == ProjectResult::Unavailable, !refused);
            assert_eq!(end.result == ProjectResult::Rejected, refused);
            unanswered += 1;
        }
    }
    assert!(refused > 0 && unanswered > 0);
}

#[test]
fn an_unverified_project_is_not_touched_before_a_dry_run_has_decided() {
    let (mut asked, mut refused) = (0, 0);
    for edge in walk() {
        let is_unverified = edge.to.world.unverified;
        if starts_something(edge) {
            assert!(!is_unverified, "{:?}", edge.from);
        }
        // Nor is a deployment of it cancelled.
        let cancels = |effect: &Output| matches!(effect, Output::RequestCancel(..));
        if edge.outputs.iter().any(cancels) {
            assert!(!is_unverified, "{:?}", edge.from);
        }
        let is_deployment = edge.from.world.operation == Operation::Deploy;
        let is_preview = matches!(edge.to.state(), State::Previewing(it) if it.preview);
        if is_deployment && !is_preview && edge.outputs.contains(&Output::Preview) {
            assert!(is_unverified, "dry run without need: {:?}", edge.from);
            asked += 1;
        }
        if let (State::Previewing(_), Input::Unprepared { reason, .. }) =
            (edge.from.state(), &edge.input)
        {
            let end = outcome(&edge.to).unwrap();
            assert_eq!(end.result, ProjectResult::Rejected);
            assert_eq!(end.reason.as_ref(), Some(reason));
            refused += 1;
        }
    }
    assert!(asked > 0 && refused > 0);
}

/// The files that belong to an unchanged bundle may no longer be there, so nothing of it can be sent.
#[test]
fn an_unchanged_bundle_is_previewed_without_a_dry_run() {
    let mut unverified = BTreeSet::new();
    for edge in walk() {
        let (
            State::Preparing(Attempt { preview: true, .. }),
            Input::Prepared {
                unchanged: true, ..
            },
        ) = (edge.from.state(), &edge.input)
        else {
            continue;
        };
        assert!(!edge.outputs.contains(&Output::Preview), "{edge:?}");
        unverified.insert(edge.to.world.unverified);
    }
    assert_eq!(unverified.len(), 2);
}

#[test]
fn nothing_is_uploaded_without_a_slot() {
    for edge in walk() {
        if uploads(edge) {
            let has_slot = edge.from.world.holds_slot
                || matches!(edge.input, Input::Preview | Input::Start | Input::Retry);
            assert!(has_slot, "{:?}", edge.from);
        }
    }
}

#[test]
fn bundling_is_repeated_only_if_it_was_early_and_can_be_fixed_and_all_ids_are_known() {
    let mut seen = BTreeSet::new();
    for edge in walk() {
        let Input::Unbundled(failed) = &edge.input else {
            continue;
        };
        let operation = edge.from.world.operation;
        let is_awaited = edge.to.world.is_unbundled && outcome(&edge.to).is_none();
        let may_be = edge.from.world.is_ahead
            && failed.logical_id.is_some()
            && match operation {
                Operation::Deploy => failed.remedy != Remedy::None,
                Operation::Preview => failed.remedy == Remedy::Likely,
                Operation::Destroy => false,
            };
        assert_eq!(is_awaited, may_be, "{edge:?}");
        seen.insert((operation, is_awaited));
        if let Some(end) = outcome(&edge.to) {
            assert_eq!(end.reason.as_ref(), Some(&failed.reason), "{edge:?}");
        }
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[test]
fn the_response_to_an_upload_is_awaited_unless_forced() {
    for edge in walk() {
        let abandoned = edge.from.world.awaits(Outstanding::SubmitReply)
            && !matches!(
                edge.input,
                Input::Accepted(_)
                    | Input::Conflicted { .. }
                    | Input::AlreadyDeleted
                    | Input::SubmitFailed(_)
            );
        if let (true, Some(end)) = (abandoned, outcome(&edge.to)) {
            assert!(matches!(edge.input, Input::Cancel { force: true, .. }));
            assert_eq!(end.result, ProjectResult::Detached);
        }
    }
}

#[test]
fn a_deployment_that_a_lost_response_may_have_started_is_never_hidden() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to) else {
            continue;
        };
        if edge.to.world.may_be_orphaned {
            let says_so = end.result == ProjectResult::Detached
                || end
                    .cause
                    .as_deref()
                    .is_some_and(|cause| cause.contains("may have started"));
            assert!(says_so, "{end:?}");
        }
    }
}

/// Each 409 is the API's last word after two more uploads, if it names no deployment that the API knows.
#[test]
fn an_unexplained_409_leads_to_at_most_two_more_uploads_and_then_to_its_words() {
    let mut seen = BTreeSet::new();
    for edge in walk() {
        let unexplained = |state: &State| match state {
            State::Preparing(attempt) | State::Previewing(attempt) | State::Retrying(attempt) => {
                Some(attempt.unexplained)
            }
            State::Submitting(submitting) => Some(submitting.attempt.unexplained),
            State::Waiting(waiting) => Some(waiting.attempt.unexplained),
            _ => None,
        };
        let before = unexplained(edge.from.state());
        let is_unexplained = match (&edge.input, edge.from.state()) {
            (Input::Conflicted { blocker: None, .. }, State::Submitting(it)) => it.cancel.is_none(),
            (Input::Conflicted { blocker: None, .. }, _) => true,
            (Input::NotFound | Input::CancelNotFound, State::Waiting(waiting)) => {
                waiting.unconfirmed && !waiting.is_known
            }
            _ => false,
        };
        // The upload after the dry run of an unverified project is the first one.
        let is_first = matches!(edge.input, Input::Previewed { .. });
        if let (Some(before), Some(after), false) = (before, unexplained(edge.to.state()), is_first)
        {
            assert_eq!(after, before + u32::from(is_unexplained), "{edge:?}");
        }
        if is_unexplained && let Some(before) = before {
            let end = outcome(&edge.to);
            assert_eq!(end.is_some(), before == 2, "{edge:?}");
            let end = end.map(|end| (end.result, end.reason));
            seen.extend(end);
        }
    }
    let rejected = (ProjectResult::Rejected, Some(Reason::Http(409)));
    assert_eq!(seen, BTreeSet::from([rejected]));
}

#[test]
fn every_upload_has_the_next_number() {
    let number = |state: &State| match state {
        State::Preparing(attempt) | State::Previewing(attempt) | State::Retrying(attempt) => {
            Some(attempt.number)
        }
        State::Submitting(submitting) => Some(submitting.attempt.number),
        State::Waiting(waiting) => Some(waiting.attempt.number),
        _ => None,
    };
    let mut seen = 0;
    for edge in walk() {
        let (from, to) = (edge.from.state(), edge.to.state());
        if let (State::Retrying(next), Some(last)) = (to, number(from)) {
            let is_new = !matches!(from, State::Retrying(_));
            assert_eq!(next.number, last + u32::from(is_new), "{from:?}");
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn an_unresolved_conflict_names_the_blocker() {
    for edge in walk() {
        let (State::Waiting(_), Input::Cancel { .. }) = (edge.from.state(), &edge.input) else {
            continue;
        };
        let end = outcome(&edge.to).unwrap();
        let names_it = end.cause.as_deref() == Some("deployment blocker");
        assert_eq!(names_it, end.result == ProjectResult::Conflicted, "{end:?}");
    }
}
