//! Transitions that several states share.

use super::outcomes::retries_exhausted;
use super::state::{
    Attempt, Cancelling, Delay, Output, Poll, Rng, Rules, State, Submitting, Transition, Update,
    Waiting, Watch, emit,
};
use crate::backoff;
use crate::model::{
    CancelCause, DeploymentId, ErrorInfo, Event, Failure, Operation, Outcome, Reason,
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

/// Leaves the conflict to the Supervisor. If no blocker is named, it schedules the next attempt.
pub(super) fn conflicted(attempt: Attempt, blocker: Option<DeploymentId>) -> Transition {
    // A valid response, but perhaps about a deployment that a lost upload of ours started.
    let failures = match attempt.no_response {
        true => attempt.failures,
        false => 0,
    };
    let attempt = Attempt {
        failures,
        ..attempt
    };
    let state = match blocker.clone() {
        Some(blocker) => State::Waiting(Waiting {
            attempt,
            blocker,
            until: None,
            failures: 0,
            unconfirmed_404: false,
        }),
        None => State::Retrying(attempt.next()),
    };
    (state, vec![Output::Update(Update::Conflict { blocker })])
}

/// An upload or a dry run failed: waits for another attempt, or ends.
pub(super) fn submit_failed(rules: &Rules, attempt: Attempt, failure: Failure) -> Transition {
    let failures = attempt.failures + 1;
    if !failure.is_transient() || failures > rules.retries.count {
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
            reason: cause.reason(),
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

/// The delay after the last of `failures` in a row, if it may be retried.
pub(super) fn retry_delay(
    rules: &Rules,
    failure: &Failure,
    failures: u32,
    rng: Rng<'_>,
) -> Option<Duration> {
    let Rules { retries, .. } = rules;
    let is_retried = failure.is_transient() && failures <= retries.count;
    is_retried.then(|| backoff::after_failure(retries, failures, failure.retry_after, rng()))
}
