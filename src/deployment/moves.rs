//! Transitions that several states share.

use super::state::{Effect, Pause, State, Try, Watch};
use crate::model::{
    CancelCause, DeploymentId, ErrorInfo, Failure, Operation, Outcome, Phase, RetryAfter,
};

/// Sends the request of the operation.
pub(super) fn send(operation: Operation, attempt: Try) -> (State, Vec<Effect>) {
    let number = attempt.number;
    let submitting = State::Submitting {
        attempt,
        cancel: None,
    };
    let (state, phase, effect) = match operation {
        Operation::Deploy if !attempt.unverified => (
            submitting,
            Phase::Submitting { attempt: number },
            Effect::Submit,
        ),
        Operation::Destroy => (
            submitting,
            Phase::Submitting { attempt: number },
            Effect::Destroy,
        ),
        Operation::Deploy | Operation::Preview => (
            State::Previewing(attempt),
            Phase::Previewing { attempt: number },
            Effect::Preview,
        ),
    };
    (state, vec![Effect::Tell(phase), effect])
}

/// Leaves the conflict to the Supervisor. If no blocker is named, it schedules the next attempt.
pub(super) fn conflicted(attempt: Try, blocker: Option<DeploymentId>) -> (State, Vec<Effect>) {
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

/// The same attempt with the next number.
pub(super) fn next(attempt: Try) -> Try {
    Try {
        number: attempt.number + 1,
        ..attempt
    }
}

/// A valid response, but perhaps about a deployment that a lost upload of ours started.
fn met_conflict(attempt: Try) -> Try {
    Try {
        failures: if attempt.no_response {
            attempt.failures
        } else {
            0
        },
        ..attempt
    }
}

/// Waits for another attempt.
pub(super) fn retry(attempt: Try, after: RetryAfter) -> (State, Vec<Effect>) {
    let tell = Effect::Tell(Phase::Retrying(after));
    (State::Retrying(attempt), vec![tell])
}

/// Reports a deployment that could not be cancelled.
pub(super) fn tell_cancel_failed(id: DeploymentId, error: ErrorInfo) -> Effect {
    Effect::Tell(Phase::CancelFailed { id, error })
}

/// Asks the server to cancel our deployment.
pub(super) fn cancel_own(
    id: DeploymentId,
    cause: CancelCause,
    watch: Watch,
) -> (State, Vec<Effect>) {
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

/// Ends the deployment.
pub(super) fn done(outcome: Outcome) -> (State, Vec<Effect>) {
    let outcome = Box::new(outcome);
    (
        State::Done(outcome.clone()),
        vec![Effect::Tell(Phase::Done(outcome))],
    )
}

pub(super) fn is_credentials(failure: &Failure) -> bool {
    matches!(failure.error.http_status, Some(401 | 403))
}
