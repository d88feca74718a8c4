//! Transitions that several states share.

use super::outcomes::retries_exhausted;
use super::state::{
    Attempt, Cancelling, Delay, Output, Poll, Rng, Rules, State, Submitting, Transition, Update,
    Waiting, Watch, emit,
};
use crate::backoff;
use crate::model::{
    CancelCause, DeploymentId, ErrorInfo, Event, Failure, Operation, Outage, Outcome, Reason,
    Retries,
};
use std::time::Duration;

/// Sends the request of the operation. `gzip_bytes` is the size of the payload of a dry run, if it has just been made.
pub(super) fn send(rules: &Rules, attempt: Attempt, gzip_bytes: Option<u64>) -> Transition {
    let submitting = State::Submitting(Submitting {
        attempt,
        sent: false,
        cancel: None,
    });
    match rules.operation {
        Operation::Deploy if !attempt.unverified && !attempt.preview => {
            (submitting, vec![Output::Submit])
        }
        Operation::Destroy => (submitting, vec![Output::Destroy]),
        Operation::Deploy | Operation::Preview => {
            let previewing = Event::Previewing {
                attempt: attempt.number,
                gzip_bytes,
            };
            let outputs = vec![emit(previewing), Output::Preview];
            (State::Previewing(attempt), outputs)
        }
    }
}

/// How often an upload is repeated after a 409 that cannot be explained.
const UNEXPLAINED: u32 = 2;

/// Leaves a conflict to the Supervisor. A 409 that names no blocker is not waited for.
pub(super) fn conflicted(
    attempt: Attempt,
    blocker: Option<DeploymentId>,
    failure: Failure,
) -> Transition {
    let Some(blocker) = blocker else {
        return unexplained(attempt, failure);
    };
    // A valid response, but perhaps about a deployment that a lost upload of ours started.
    let failures = match attempt.no_response {
        true => attempt.failures,
        false => 0,
    };
    let attempt = Attempt {
        failures,
        ..attempt
    };
    let waiting = Waiting {
        attempt,
        blocker: blocker.clone(),
        conflict: Box::new(failure),
        until: None,
        failures: 0,
        unconfirmed: false,
        is_known: false,
    };
    let update = Output::Update(Update::Conflict { blocker });
    (State::Waiting(waiting), vec![update])
}

/// A 409 that names no deployment that the API knows: it may mean something else, and the server's words are all there is.
pub(super) fn unexplained(attempt: Attempt, failure: Failure) -> Transition {
    let unexplained = attempt.unexplained + 1;
    if unexplained > UNEXPLAINED {
        return done(retries_exhausted(failure, attempt));
    }
    let attempt = Attempt {
        unexplained,
        ..attempt.next()
    };
    let update = Update::SubmitFailed {
        failure,
        failures: unexplained,
    };
    (State::Retrying(attempt), vec![Output::Update(update)])
}

/// An upload or a dry run failed: waits for another attempt, or ends.
pub(super) fn submit_failed(rules: &Rules, attempt: Attempt, failure: Failure) -> Transition {
    let mut failures = attempt.failures;
    if !is_retried(&rules.retries, &failure, &mut failures) {
        return done(retries_exhausted(failure, attempt));
    }
    let attempt = Attempt {
        failures,
        ..attempt.next()
    };
    let update = Update::SubmitFailed { failure, failures };
    (State::Retrying(attempt), vec![Output::Update(update)])
}

/// Asks the server to cancel our deployment.
pub(super) fn cancel_own(id: DeploymentId, cause: CancelCause, watch: Watch) -> Transition {
    let outputs = vec![
        emit(Event::Cancelling {
            deployment_id: id.clone(),
            reason: cause.reason,
        }),
        Output::RequestCancel(id.clone(), Duration::ZERO),
    ];
    let state = State::Cancelling(Cancelling {
        id,
        cause,
        failures: 0,
        watch,
    });
    (state, outputs)
}

/// Ends the deployment.
pub(super) fn done(outcome: Outcome) -> Transition {
    let outcome = Box::new(outcome);
    let finished = Output::Update(Update::Finished(outcome.clone()));
    (State::Done(outcome), vec![finished])
}

/// Announces that a blocker is cancelled.
pub(super) fn cancelling_blocker(blocker: &DeploymentId) -> Output {
    emit(Event::Cancelling {
        deployment_id: blocker.clone(),
        reason: Reason::Conflict,
    })
}

/// Reports a deployment that could not be cancelled.
pub(super) fn cancel_failed(id: &DeploymentId, error: ErrorInfo) -> Output {
    emit(Event::CancelFailed {
        deployment_id: id.clone(),
        error,
    })
}

/// A poll of our deployment.
pub(super) fn poll(id: &DeploymentId, delay: Delay) -> Output {
    Output::Poll(Poll {
        id: id.clone(),
        delay,
        until: None,
    })
}

/// Delays grow for at least this many failures that do not count.
pub const GROWING: u32 = 5;

/// Whether a request is sent again after a failure. `failures` counts those in a row that were the request's own: an outage
/// is limited by time. After one, for as long as failures may be the account's, they only make the delays grow.
fn is_retried(retries: &Retries, failure: &Failure, failures: &mut u32) -> bool {
    match failure.outage {
        Some(Outage::Pause) => true,
        Some(Outage::LimitReached) => false,
        Some(Outage::Flaky) => {
            *failures = (*failures + 1).min(retries.count.max(GROWING));
            true
        }
        None => {
            *failures += 1;
            failure.is_transient() && *failures <= retries.count
        }
    }
}

/// The delay before a request is sent again, if it is. In an outage, none: it waits for the account.
pub fn retry_delay(
    retries: &Retries,
    failure: &Failure,
    failures: &mut u32,
    rng: Rng<'_>,
) -> Option<Duration> {
    is_retried(retries, failure, failures).then(|| delay_after(retries, failure, *failures, rng))
}

/// The delay after the last of `failures` in a row.
pub fn delay_after(retries: &Retries, failure: &Failure, failures: u32, rng: Rng<'_>) -> Duration {
    match (failure.outage, failure.error.http_status) {
        (Some(Outage::Pause | Outage::LimitReached), _) => Duration::ZERO,
        (_, Some(409)) => backoff::after_refusal(failures, rng()),
        _ => backoff::after_failure(retries, failures, failure.retry_after, rng()),
    }
}

/// The same for a cancel, which does not wait for the account.
pub(super) fn cancel_delay(
    rules: &Rules,
    failure: &Failure,
    failures: &mut u32,
    rng: Rng<'_>,
) -> Option<Duration> {
    if !is_retried(&rules.retries, failure, failures) {
        return None;
    }
    let nth = (*failures).max(1);
    let delay = backoff::after_failure(&rules.retries, nth, failure.retry_after, rng());
    Some(delay.min(backoff::POLL_CEILING))
}

/// The same for requests about a deployment, which no `Retry-After` holds up for long.
pub(super) fn poll_delay(
    rules: &Rules,
    failure: &Failure,
    failures: &mut u32,
    rng: Rng<'_>,
) -> Option<Duration> {
    let delay = retry_delay(&rules.retries, failure, failures, rng)?;
    Some(delay.min(backoff::POLL_CEILING))
}
