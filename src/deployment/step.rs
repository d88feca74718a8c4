//! The rules of one deployment.

use super::following::{cancelling, following};
use super::moves::{done, next, retry, send, tell_cancel_failed};
use super::outcomes::{gave_up, stopped, stopped_waiting, unprepared};
use super::state::{Effect, Event, Pause, Rules, State, Try};
use super::submitting::{previewing, submitting};
use crate::model::{
    CancelCause, DeploymentId, ErrorInfo, Operation, Outcome, Phase, ProjectResult, RetryAfter,
    Unbundled,
};

/// Handles an event.
///
/// An event that does not fit the state is late: it leaves the state as it is and has no effects.
pub fn step(rules: Rules, state: State, event: Event) -> (State, Vec<Effect>) {
    let retries = rules.retries;
    let event = match event {
        // The Schedule decides the order. In deletions, dependents come first.
        Event::Cancel {
            cause: CancelCause::DependencyFailed(project),
            force,
        } if rules.operation == Operation::Destroy => Event::Cancel {
            cause: CancelCause::DependentFailed(project),
            force,
        },
        event => event,
    };
    match (state, event) {
        // Pending, Bundling, Identifying, Preparing, Retrying: no request that may change anything is in flight.
        (State::Pending, Event::Bundle { ahead }) => {
            // A project to delete is deployed, and so are its dependencies.
            let ahead = ahead && rules.operation != Operation::Destroy;
            (
                State::Bundling { ahead },
                vec![Effect::Tell(Phase::Bundling), Effect::Bundle { ahead }],
            )
        }
        (State::Bundling { .. }, Event::Bundled(bundled)) => {
            (State::Pending, vec![Effect::Tell(Phase::Bundled(bundled))])
        }
        (State::Bundling { ahead }, Event::Unbundled(failed)) => {
            unbundled(rules.operation, ahead, failed)
        }
        (State::Identifying, Event::Unprepared { reason, error }) => {
            done(unprepared(reason, error, Try::FIRST))
        }
        (State::Pending, Event::Granted) => (State::Identifying, vec![Effect::Identify]),
        (State::Identifying, Event::Identified { unverified }) => {
            let attempt = Try {
                unverified,
                ..Try::FIRST
            };
            begin(rules.operation, attempt)
        }
        (State::Identifying, Event::Unidentified(failure)) => done(gave_up(failure, Try::FIRST)),
        (State::Retrying(attempt), Event::Granted) => begin(rules.operation, attempt),
        (
            State::Pending | State::Bundling { .. } | State::Identifying,
            Event::Cancel { cause, .. },
        ) => done(stopped(cause, Try::FIRST)),
        (State::Preparing(attempt) | State::Retrying(attempt), Event::Cancel { cause, .. }) => {
            done(stopped(cause, attempt))
        }
        // Only before the first upload: after a conflict or a lost response, another deployment may be the latest.
        (
            State::Preparing(Try {
                number: 1,
                failures: 0,
                no_response: false,
                ..
            }),
            Event::Prepared {
                unchanged: true, ..
            },
        ) => done(Outcome::new(ProjectResult::Unchanged)),
        (State::Preparing(attempt), Event::Prepared { facts, .. }) => {
            let (state, effects) = send(rules.operation, attempt);
            let prepared = Effect::Tell(Phase::Prepared(facts));
            (state, [vec![prepared], effects].concat())
        }
        (State::Preparing(attempt), Event::Unprepared { reason, error }) => {
            done(unprepared(reason, error, attempt))
        }

        (State::Submitting { attempt, cancel }, event) => {
            submitting(retries, attempt, cancel, event)
        }
        (State::Previewing(attempt), event) => previewing(rules, attempt, event),
        (
            State::Following {
                id,
                progress,
                failures,
                watch,
            },
            event,
        ) => following(retries, id, progress, failures, watch, event),
        (
            State::Waiting {
                attempt,
                blocker,
                failures,
                doubted,
            },
            event,
        ) => waiting(retries, attempt, &blocker, (failures, doubted), event),
        (
            State::Cancelling {
                id,
                cause,
                failures,
                watch,
            },
            event,
        ) => cancelling(retries, id, cause, (failures, watch), event),

        (state, _late) => (state, vec![]),
    }
}

/// A bundling that fails before the project's dependencies are deployed may succeed after them. That requires the logical
/// id: until it is known, nothing is sent to the account, so the dependencies would wait for this project.
fn unbundled(operation: Operation, ahead: bool, failed: Unbundled) -> (State, Vec<Effect>) {
    let Unbundled {
        reason,
        error,
        remedy,
        logical_id,
    } = failed;
    match logical_id {
        Some(logical_id) if ahead && remedy.cures(operation) => {
            let tell = Effect::Tell(Phase::Unbundled { logical_id, error });
            (State::Pending, vec![tell])
        }
        _ => done(unprepared(reason, error, Try::FIRST)),
    }
}

/// The blocker is not ours: it is awaited or cancelled, never followed.
fn waiting(
    retries: u32,
    attempt: Try,
    blocker: &DeploymentId,
    (failures, doubted): (u32, bool),
    event: Event,
) -> (State, Vec<Effect>) {
    let wait = |failures, doubted, effects| {
        (
            State::Waiting {
                attempt,
                blocker: blocker.clone(),
                failures,
                doubted,
            },
            effects,
        )
    };
    let poll = |pause| vec![Effect::Poll(blocker.clone(), pause)];
    match event {
        Event::AwaitCompletion => wait(0, false, poll(Pause::None)),
        // It may belong to another repository.
        Event::CancelBlocker if attempt.unverified => {
            let error = ErrorInfo {
                message: "it may belong to another repository".to_owned(),
                ..ErrorInfo::default()
            };
            let tell = tell_cancel_failed(blocker.clone(), error);
            wait(0, false, [vec![tell], poll(Pause::None)].concat())
        }
        Event::CancelBlocker => {
            let tell = Effect::Tell(Phase::Cancelling {
                id: blocker.clone(),
                cause: None,
            });
            let request = Effect::RequestCancel(blocker.clone(), Pause::None);
            wait(0, false, vec![tell, request])
        }
        Event::CancelAcknowledged => wait(0, false, poll(Pause::None)),
        Event::CancelFailed(failure) if failure.is_transient() && failures < retries => {
            let pause = Pause::after(&failure, failures + 1);
            let again = Effect::RequestCancel(blocker.clone(), pause);
            wait(failures + 1, false, vec![again])
        }
        Event::CancelFailed(failure) => {
            let tell = tell_cancel_failed(blocker.clone(), failure.error);
            wait(0, false, [vec![tell], poll(Pause::None)].concat())
        }
        Event::StillRunning { retry_after } => wait(0, false, poll(Pause::Floor(retry_after))),
        Event::PollFailed(failure) if failure.is_transient() && failures < retries => {
            let pause = Pause::after(&failure, failures + 1);
            wait(failures + 1, false, poll(pause))
        }
        Event::PollFailed(failure) => done(gave_up(failure, attempt)),

        // One 404 may be a race: an upload now would meet the blocker again.
        Event::Gone | Event::CancelTargetGone if !doubted => {
            wait(failures, true, vec![Effect::Look(blocker.clone())])
        }
        // A project has at most one running deployment: one that a lost upload started has finished, too.
        Event::Ended(_) | Event::Gone | Event::CancelTargetGone => retry(
            Try {
                no_response: false,
                ..next(attempt)
            },
            RetryAfter::Conflict,
        ),
        Event::Cancel { cause, .. } => done(stopped_waiting(cause, attempt, blocker)),

        _late => wait(failures, doubted, vec![]),
    }
}

fn begin(operation: Operation, attempt: Try) -> (State, Vec<Effect>) {
    match operation {
        Operation::Deploy | Operation::Preview => (
            State::Preparing(attempt),
            vec![Effect::Tell(Phase::Preparing), Effect::Prepare],
        ),
        // A deletion has no payload.
        Operation::Destroy => send(operation, attempt),
    }
}
