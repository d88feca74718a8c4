//! The rules of one deployment, without its hooks.

use super::outcomes::{retries_exhausted, stopped, unprepared};
use super::state::{
    Attempt, Following, Input, Output, Rng, Rules, State, Transition, Update, emit,
};
use super::submitting::previewing;
use super::transitions::{done, send};
use crate::model::{Event, Operation, OriginKind, Outcome, ProjectResult, Reason, Unbundled};
use std::time::Duration;

/// Handles an input. One that does not fit the state is late: it changes nothing.
pub(super) fn step(rules: &Rules, state: State, input: Input, rng: Rng<'_>) -> Transition {
    let input = match input {
        // The Supervisor decides the order. In deletions, dependents come first.
        Input::Cancel { mut cause, force }
            if cause.reason == Reason::DependencyFailed
                && rules.operation == Operation::Destroy =>
        {
            cause.reason = Reason::DependentFailed;
            Input::Cancel { cause, force }
        }
        input => input,
    };
    match (state, input) {
        (State::Submitting(submitting), input) => submitting.on(rules, input),
        (State::Previewing(attempt), input) => previewing(rules, attempt, input),
        (State::Following(following), input) => following.on(rules, input, rng),
        (State::Waiting(waiting), input) => waiting.on(rules, input, rng),
        (State::Cancelling(cancelling), input) => cancelling.on(rules, input, rng),

        // In the other states, no request that may change anything is in flight.
        (
            State::Pending
            | State::Bundling { .. }
            | State::Identifying { .. }
            | State::Previewed { .. },
            Input::Cancel { cause, .. },
        ) => done(stopped(cause, Attempt::FIRST)),
        (State::Preparing(attempt) | State::Retrying(attempt), Input::Cancel { cause, .. }) => {
            done(stopped(cause, attempt))
        }
        (State::Pending, Input::BuildBundle { ahead }) => {
            // A project to delete is deployed, and so are its dependencies.
            let ahead = ahead && rules.operation != Operation::Destroy;
            let outputs = vec![
                bundling(OriginKind::Directory),
                Output::BuildBundle { ahead },
            ];
            (State::Bundling { ahead }, outputs)
        }
        (State::Bundling { .. }, Input::Bundled(bundled)) => {
            (State::Pending, vec![emit(Event::Bundled(bundled))])
        }
        (State::Bundling { ahead }, Input::Unbundled(failed)) => {
            unbundled(rules.operation, ahead, failed)
        }
        (State::Pending, start @ (Input::Start | Input::Preview)) => {
            let preview = start == Input::Preview;
            (State::Identifying { preview }, vec![Output::CheckOwnership])
        }
        (State::Identifying { preview }, Input::Identified { unverified }) => {
            let attempt = Attempt {
                unverified,
                preview,
                no_response: rules.maybe_sent,
                ..Attempt::FIRST
            };
            begin(rules, attempt)
        }
        (State::Pending, Input::Follow(id)) => {
            let opened = Output::OpenStream(id.clone(), Duration::ZERO);
            (State::Following(Following::new(id)), vec![opened])
        }
        (State::Previewed { unverified }, Input::Start) => {
            let attempt = Attempt {
                unverified,
                ..Attempt::FIRST
            };
            begin(rules, attempt)
        }
        (State::Identifying { .. }, Input::Unidentified(failure)) => {
            done(retries_exhausted(failure, Attempt::FIRST))
        }
        (State::Identifying { .. }, Input::Unprepared { reason, error }) => {
            done(unprepared(reason, error, Attempt::FIRST))
        }
        (State::Retrying(attempt), Input::Retry) => begin(rules, attempt),
        (State::Retrying(attempt), Input::GiveUp(failure)) => {
            done(retries_exhausted(failure, attempt))
        }
        (
            State::Preparing(Attempt {
                preview: true,
                unverified,
                ..
            }),
            Input::Prepared {
                unchanged: true, ..
            },
        ) => {
            let previewed = Event::Previewed {
                changes: vec![],
                same_bundle: true,
            };
            (State::Previewed { unverified }, vec![emit(previewed)])
        }
        // Only before the first upload: after a conflict or a lost response, another deployment may be the latest.
        (
            State::Preparing(Attempt {
                number: 1,
                failures: 0,
                no_response: false,
                preview: false,
                ..
            }),
            Input::Prepared {
                unchanged: true, ..
            },
        ) => done(Outcome::new(ProjectResult::Unchanged)),
        (State::Preparing(attempt), Input::Prepared { facts, .. }) => {
            send(rules, attempt, facts.gzip_bytes)
        }
        (State::Preparing(attempt), Input::Unprepared { reason, error }) => {
            done(unprepared(reason, error, attempt))
        }

        (state, _late) => (state, vec![]),
    }
}

/// A bundling that fails before the project's dependencies are deployed may succeed after them. That requires the logical
/// id: until it is known, nothing is sent to the account, so the dependencies would wait for this project.
fn unbundled(operation: Operation, ahead: bool, failed: Unbundled) -> Transition {
    match failed.logical_id {
        Some(logical_id) if ahead && failed.remedy.cures(operation) => {
            let error = failed.error;
            let update = Update::BundlingDeferred { logical_id, error };
            (State::Pending, vec![Output::Update(update)])
        }
        _ => done(unprepared(failed.reason, failed.error, Attempt::FIRST)),
    }
}

fn begin(rules: &Rules, attempt: Attempt) -> Transition {
    // A deletion has no payload.
    if rules.operation == Operation::Destroy {
        return send(rules, attempt, None);
    }
    // The bundle of a directory is only compressed now.
    let reads = (rules.origin == OriginKind::Bundle).then(|| bundling(OriginKind::Bundle));
    let outputs = reads.into_iter().chain([Output::Prepare]).collect();
    (State::Preparing(attempt), outputs)
}

fn bundling(origin: OriginKind) -> Output {
    emit(Event::Bundling { origin })
}

#[cfg(test)]
mod tests {
    use super::super::state::Waiting;
    use super::*;
    use crate::model::{ErrorInfo, Failure, FailureKind, HookSet, Retries};

    fn rules(operation: Operation, origin: OriginKind) -> Rules {
        Rules {
            operation,
            origin,
            retries: Retries {
                count: 0,
                delay: Duration::ZERO,
                max_delay: Duration::ZERO,
                jitter: false,
            },
            hooks: HookSet::default(),
            maybe_sent: false,
        }
    }

    #[test]
    fn the_blocker_of_a_project_that_may_belong_to_others_is_awaited_and_the_event_says_why() {
        let waiting = State::Waiting(Waiting {
            attempt: Attempt {
                unverified: true,
                ..Attempt::FIRST
            },
            blocker: "theirs".into(),
            conflict: Box::new(Failure::new(FailureKind::Refused, None)),
            until: None,
            failures: 0,
            unconfirmed: false,
            is_known: false,
        });
        let cancel = Input::CancelBlocker {
            until: Duration::from_secs(60),
        };
        let rules = rules(Operation::Deploy, OriginKind::Bundle);
        let (_, outputs) = step(&rules, waiting, cancel, &mut || 1.0);
        let why = ErrorInfo {
            message: "it may belong to another repository".to_owned(),
            ..ErrorInfo::default()
        };
        let failed = emit(Event::CancelFailed {
            deployment_id: "theirs".into(),
            error: why,
        });
        assert_eq!(outputs[0], failed);
        assert!(matches!(outputs[1..], [Output::Poll(_)]), "{outputs:?}");
    }

    #[test]
    fn a_bundle_file_is_read_when_its_upload_begins_and_a_directory_was_bundled_before() {
        let begun = |operation, origin| begin(&rules(operation, origin), Attempt::FIRST).1;
        let reading = emit(Event::Bundling {
            origin: OriginKind::Bundle,
        });
        let of = |origin| begun(Operation::Deploy, origin);
        assert_eq!(of(OriginKind::Bundle), [reading, Output::Prepare]);
        assert_eq!(of(OriginKind::Directory), [Output::Prepare]);
        let deletion = begun(Operation::Destroy, OriginKind::Bundle);
        assert_eq!(deletion.last(), Some(&Output::Destroy));
        assert!(!deletion.contains(&Output::Prepare));
    }
}
