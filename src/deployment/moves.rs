//! The moves that several phases of a deployment end with.

use super::state::{Effect, Pause, State, Try, Watch};
use crate::model::{
    CancelCause, DeploymentId, ErrorInfo, Failure, Operation, Outcome, Phase, RetryAfter,
};

/// Asks the server for what the operation is.
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

/// The Supervisor knows what to do about it; where nobody is there to wait for, it paces the next try.
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

/// The same with the next number.
pub(super) fn next(attempt: Try) -> Try {
    Try {
        number: attempt.number + 1,
        ..attempt
    }
}

/// The server has answered well, but perhaps about a deployment that a lost upload of ours has started.
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

/// Waits for another try.
pub(super) fn retry(attempt: Try, after: RetryAfter) -> (State, Vec<Effect>) {
    let tell = Effect::Tell(Phase::Retrying(after));
    (State::Retrying(attempt), vec![tell])
}

/// A deployment could not be cancelled, but it can be awaited.
pub(super) fn tell_cancel_failed(id: DeploymentId, error: ErrorInfo) -> Effect {
    Effect::Tell(Phase::CancelFailed { id, error })
}

/// Asks the server to stop a deployment of ours.
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

/// The end.
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
