//! The rules of one deployment.

use super::outcomes::{
    detached, ended, gave_up, gone, left_behind, lost_track, not_there, previewed, stopped,
    stopped_waiting, unprepared,
};
use super::state::{Effect, Event, Pause, Rules, State, Try, Watch};
use crate::model::{
    CancelCause, DeploymentId, Failure, FailureKind, Operation, Outcome, Phase, ProjectResult,
    Reason, RetryAfter,
};

/// What comes of an event.
///
/// An event that does not belong to the state is late news, true when it was sent and without
/// effect now: every such pair gives the state back with no effects.
pub fn step(rules: Rules, state: State, event: Event) -> (State, Vec<Effect>) {
    let retries = rules.retries;
    let event = match event {
        // The Schedule knows what goes first, and not why: of deletions those are the dependants.
        Event::Cancel {
            cause: CancelCause::DependencyFailed(project),
            force,
        } if rules.operation == Operation::Destroy => Event::Cancel {
            cause: CancelCause::DependantFailed(project),
            force,
        },
        event => event,
    };
    match (state, event) {
        // Pending, Bundling, Preparing, Retrying: no request of ours is in flight.
        (State::Pending, Event::Bundle) => (
            State::Bundling,
            vec![Effect::Tell(Phase::Bundling), Effect::Bundle],
        ),
        (State::Bundling, Event::Bundled(bundled)) => {
            (State::Pending, vec![Effect::Tell(Phase::Bundled(bundled))])
        }
        (State::Bundling, Event::Unprepared { reason, error }) => {
            done(unprepared(reason, error, Try::FIRST))
        }
        (State::Pending, Event::Granted) => begin(rules.operation, Try::FIRST),
        (State::Retrying(attempt), Event::Granted) => begin(rules.operation, attempt),
        (State::Pending | State::Bundling, Event::Cancel { cause, .. }) => {
            done(stopped(cause, Try::FIRST))
        }
        (State::Preparing(attempt) | State::Retrying(attempt), Event::Cancel { cause, .. }) => {
            done(stopped(cause, attempt))
        }
        // Only before the first upload: after a conflict or a lost reply somebody else's word may be the last.
        (
            State::Preparing(Try::FIRST),
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
        (State::Previewing(attempt), event) => previewing(retries, attempt, event),
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

/// The reply decides, also when the deployment is no longer wanted.
fn submitting(
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
                reply_lost: attempt.reply_lost
                    || matches!(
                        failure.kind,
                        FailureKind::ReplyLost | FailureKind::Unexpected
                    ),
                ..attempt
            };
            let failures = attempt.failures + 1;
            match cancel {
                Some(cause) => done(stopped(cause, attempt)),
                None if failure.is_passing() && failures <= retries => retry(
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

/// No reply is worth waiting for once nobody wants it.
fn previewing(retries: u32, attempt: Try, event: Event) -> (State, Vec<Effect>) {
    match event {
        Event::Previewed {
            changes,
            same_bundle,
        } => done(previewed(changes, same_bundle)),
        Event::Conflicted(blocker) => conflicted(attempt, blocker),
        Event::SubmitFailed(failure) => {
            let failures = attempt.failures + 1;
            if failure.is_passing() && failures <= retries {
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

/// The stream is the first source; where it fails, a long poll; while that says "still running", the stream again.
fn following(
    retries: u32,
    id: DeploymentId,
    progress: u8,
    failures: u32,
    watch: Watch,
    event: Event,
) -> (State, Vec<Effect>) {
    let follow = |id: &DeploymentId, progress, failures, watch| State::Following {
        id: id.clone(),
        progress,
        failures,
        watch,
    };
    match event {
        Event::Progress(percent) if percent > progress => (
            follow(&id, percent, 0, watch),
            vec![Effect::Tell(Phase::Progress { percent })],
        ),
        Event::Progress(_) => (follow(&id, progress, 0, watch), vec![]),
        Event::Ended(ending) => done(ended(id, ending, None)),
        // Believed when it is said twice.
        Event::Gone if watch != Watch::Doubt => (
            follow(&id, progress, failures, Watch::Doubt),
            vec![Effect::Look(id)],
        ),
        Event::Gone => done(gone(id)),

        Event::StreamLost(failure) if is_credentials(&failure) => done(lost_track(failure, id)),
        Event::StreamLost(_) => (
            follow(&id, progress, failures, Watch::Poll),
            vec![Effect::Poll(id, Pause::Floor(None))],
        ),
        Event::StillRunning { .. } => (
            follow(&id, progress, 0, Watch::Stream),
            vec![Effect::OpenStream(id)],
        ),
        Event::PollFailed(failure) if failure.is_passing() && failures < retries => (
            follow(&id, progress, failures + 1, Watch::Poll),
            vec![Effect::Poll(id, Pause::after(&failure, failures + 1))],
        ),
        Event::PollFailed(failure) => done(lost_track(failure, id)),

        Event::Cancel { cause, force: true } => done(detached(id, cause.reason())),
        Event::Cancel {
            cause,
            force: false,
        } => cancel_own(id, cause, watch),

        _late => (follow(&id, progress, failures, watch), vec![]),
    }
}

/// The deployment in the way is not ours: it is awaited or evicted, never followed.
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
        Event::CancelBlocker => {
            let tell = Effect::Tell(Phase::Cancelling {
                id: blocker.clone(),
                cause: None,
            });
            let request = Effect::RequestCancel(blocker.clone(), Pause::None);
            wait(0, false, vec![tell, request])
        }
        Event::CancelAcknowledged => wait(0, false, poll(Pause::None)),
        Event::CancelFailed(failure) if failure.is_passing() && failures < retries => {
            let pause = Pause::after(&failure, failures + 1);
            let again = Effect::RequestCancel(blocker.clone(), pause);
            wait(failures + 1, false, vec![again])
        }
        // It cannot be evicted, but it can be awaited.
        Event::CancelFailed(_) => wait(0, false, poll(Pause::None)),
        Event::StillRunning { retry_after } => wait(0, false, poll(Pause::Floor(retry_after))),
        Event::PollFailed(failure) if failure.is_passing() && failures < retries => {
            let pause = Pause::after(&failure, failures + 1);
            wait(failures + 1, false, poll(pause))
        }
        Event::PollFailed(failure) => done(gave_up(failure, attempt)),

        // Believed when it is said twice: an upload now would meet the blocker again.
        Event::Gone | Event::CancelTargetGone if !doubted => {
            wait(failures, true, vec![Effect::Look(blocker.clone())])
        }
        // At most one deployment of a project runs at a time: if a lost reply had started one, it has ended too.
        Event::Ended(_) | Event::Gone | Event::CancelTargetGone => retry(
            Try {
                reply_lost: false,
                ..next(attempt)
            },
            RetryAfter::Conflict,
        ),
        Event::Cancel { cause, .. } => done(stopped_waiting(cause, attempt, blocker)),

        _late => wait(failures, doubted, vec![]),
    }
}

/// The last word may still be "succeeded".
fn cancelling(
    retries: u32,
    id: DeploymentId,
    cause: CancelCause,
    (failures, watch): (u32, Watch),
    event: Event,
) -> (State, Vec<Effect>) {
    let stay = |failures, watch, effects| {
        (
            State::Cancelling {
                id: id.clone(),
                cause: cause.clone(),
                failures,
                watch,
            },
            effects,
        )
    };
    let poll = |pause| Effect::Poll(id.clone(), pause);
    match event {
        Event::Ended(ending) => done(ended(id, ending, Some(cause))),
        // The end is near, and progress is of no interest any more: a poll cannot miss it.
        Event::CancelAcknowledged if watch == Watch::Stream => {
            let effects = vec![Effect::CloseStream, poll(Pause::None)];
            stay(failures, Watch::Poll, effects)
        }
        Event::StreamLost(_) => stay(failures, Watch::Poll, vec![poll(Pause::Floor(None))]),
        Event::StillRunning { retry_after } => {
            stay(0, Watch::Poll, vec![poll(Pause::Floor(retry_after))])
        }
        Event::CancelFailed(failure) if failure.is_passing() && failures < retries => {
            let pause = Pause::after(&failure, failures + 1);
            let again = Effect::RequestCancel(id.clone(), pause);
            stay(failures + 1, watch, vec![again])
        }
        // Not cancelled, but still watched: it may end by itself before the grace is over.
        Event::CancelFailed(_) => stay(failures, watch, vec![]),
        Event::PollFailed(failure) if failure.is_passing() && failures < retries => {
            let pause = Pause::after(&failure, failures + 1);
            stay(failures + 1, Watch::Poll, vec![poll(pause)])
        }
        Event::Gone | Event::CancelTargetGone => done(detached(id, Reason::DEPLOYMENT_GONE)),
        Event::PollFailed(_) | Event::Cancel { force: true, .. } => {
            done(detached(id, Reason::CANCEL_UNCONFIRMED))
        }
        _late => stay(failures, watch, vec![]),
    }
}

fn begin(operation: Operation, attempt: Try) -> (State, Vec<Effect>) {
    match operation {
        Operation::Deploy | Operation::Preview => (
            State::Preparing(attempt),
            vec![Effect::Tell(Phase::Preparing), Effect::Prepare],
        ),
        // It has no payload.
        Operation::Destroy => send(operation, attempt),
    }
}

fn send(operation: Operation, attempt: Try) -> (State, Vec<Effect>) {
    let number = attempt.number;
    let submitting = State::Submitting {
        attempt,
        cancel: None,
    };
    let (state, phase, effect) = match operation {
        Operation::Deploy => (
            submitting,
            Phase::Submitting { attempt: number },
            Effect::Submit,
        ),
        Operation::Destroy => (
            submitting,
            Phase::Submitting { attempt: number },
            Effect::Destroy,
        ),
        Operation::Preview => (
            State::Previewing(attempt),
            Phase::Previewing { attempt: number },
            Effect::Preview,
        ),
    };
    (state, vec![Effect::Tell(phase), effect])
}

/// The Supervisor knows what to do about it; where nobody is there to wait for, it paces the next try.
fn conflicted(attempt: Try, blocker: Option<DeploymentId>) -> (State, Vec<Effect>) {
    let attempt = met_conflict(attempt);
    let state = match blocker.clone() {
        Some(blocker) => State::Waiting {
            attempt,
            blocker,
            failures: 0,
            doubted: false,
        },
        None => State::Retrying(next(attempt)),
    };
    (state, vec![Effect::AskSupervisor(blocker)])
}

fn next(attempt: Try) -> Try {
    Try {
        number: attempt.number + 1,
        ..attempt
    }
}

/// The server has answered well, but perhaps about a deployment that a lost upload of ours has started.
fn met_conflict(attempt: Try) -> Try {
    Try {
        failures: if attempt.reply_lost {
            attempt.failures
        } else {
            0
        },
        ..attempt
    }
}

fn retry(attempt: Try, after: RetryAfter) -> (State, Vec<Effect>) {
    let tell = Effect::Tell(Phase::Retrying(after));
    (State::Retrying(attempt), vec![tell])
}

fn cancel_own(id: DeploymentId, cause: CancelCause, watch: Watch) -> (State, Vec<Effect>) {
    let tell = Effect::Tell(Phase::Cancelling {
        id: id.clone(),
        cause: Some(cause.clone()),
    });
    let request = Effect::RequestCancel(id.clone(), Pause::None);
    let state = State::Cancelling {
        id,
        cause,
        failures: 0,
        watch,
    };
    (state, vec![tell, request])
}

fn done(outcome: Outcome) -> (State, Vec<Effect>) {
    let outcome = Box::new(outcome);
    (
        State::Done(outcome.clone()),
        vec![Effect::Tell(Phase::Done(outcome))],
    )
}

fn is_credentials(failure: &Failure) -> bool {
    matches!(failure.error.http_status, Some(401 | 403))
}
