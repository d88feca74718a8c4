//! The responses to uploads, dry runs, and deletions.

use super::moves::{cancel_own, conflicted, done, next, retry, send};
use super::outcomes::{gave_up, left_behind, not_there, previewed, stopped, unprepared};
use super::state::{Effect, Event, Rules, State, Try, Watch};
use crate::model::{CancelCause, FailureKind, Operation, Phase, RetryAfter};

/// The response decides, even if the deployment has been cancelled.
pub(super) fn submitting(
    retries: u32,
    attempt: Try,
    cancel: Option<CancelCause>,
    event: Event,
) -> (State, Vec<Effect>) {
    match (cancel, event) {
        (None, Event::Accepted(id)) => (
            State::Following {
                id: id.clone(),
                progress: 0,
                failures: 0,
                watch: Watch::Stream,
            },
            vec![
                Effect::Tell(Phase::Following {
                    id: id.clone(),
                    attempt: attempt.number,
                }),
                Effect::OpenStream(id),
            ],
        ),
        (Some(cause), Event::Accepted(id)) => {
            let tell = Effect::Tell(Phase::Following {
                id: id.clone(),
                attempt: attempt.number,
            });
            let open = Effect::OpenStream(id.clone());
            let (state, effects) = cancel_own(id, cause, Watch::Stream);
            (state, [vec![tell, open], effects].concat())
        }

        (_, Event::NotThere) => done(not_there(attempt)),

        (None, Event::Conflicted(blocker)) => conflicted(attempt, blocker),
        (Some(cause), Event::Conflicted(_)) => done(stopped(cause, attempt)),

        (cancel, Event::SubmitFailed(failure)) => {
            let attempt = Try {
                no_response: attempt.no_response
                    || matches!(
                        failure.kind,
                        FailureKind::ReplyLost | FailureKind::Unexpected
                    ),
                ..attempt
            };
            let failures = attempt.failures + 1;
            match cancel {
                Some(cause) => done(stopped(cause, attempt)),
                None if failure.is_transient() && failures <= retries => retry(
                    next(Try {
                        failures,
                        ..attempt
                    }),
                    RetryAfter::Failure { failure, failures },
                ),
                None => done(gave_up(failure, attempt)),
            }
        }

        (_, Event::Cancel { cause, force: true }) => done(left_behind(&cause)),
        (None, Event::Cancel { cause, .. }) => (
            State::Submitting {
                attempt,
                cancel: Some(cause),
            },
            vec![],
        ),

        (cancel, _late) => (State::Submitting { attempt, cancel }, vec![]),
    }
}

/// A cancelled project does not wait for the response.
pub(super) fn previewing(rules: Rules, attempt: Try, event: Event) -> (State, Vec<Effect>) {
    match event {
        // Some of its resources would remain, or it has none: it is the same project.
        Event::Previewed { .. } if rules.operation == Operation::Deploy => {
            send(rules.operation, Try::FIRST)
        }
        Event::Unprepared { reason, error } => done(unprepared(reason, error, attempt)),
        Event::Previewed {
            changes,
            same_bundle,
        } => done(previewed(changes, same_bundle)),
        Event::Conflicted(blocker) => conflicted(attempt, blocker),
        Event::SubmitFailed(failure) => {
            let failures = attempt.failures + 1;
            if failure.is_transient() && failures <= rules.retries {
                let attempt = Try {
                    failures,
                    ..next(attempt)
                };
                retry(attempt, RetryAfter::Failure { failure, failures })
            } else {
                done(gave_up(failure, attempt))
            }
        }
        Event::Cancel { cause, .. } => done(stopped(cause, attempt)),
        _late => (State::Previewing(attempt), vec![]),
    }
}
