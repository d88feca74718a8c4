//! The outcome of a deployment.

use super::state::Attempt;
use crate::model::{
    Action, CancelCause, Change, DeploymentId, Ending, ErrorInfo, Failure, FailureKind, Hook,
    HookRecord, Outcome, ProjectResult, Reason,
};

/// The server reported the end of our deployment.
pub fn ended(id: DeploymentId, ending: Ending, cancelled: Option<Reason>) -> Outcome {
    let outcome = match ending {
        Ending::Succeeded { changes } => {
            let mut outcome = Outcome::new(ProjectResult::Succeeded);
            outcome.changes = changes;
            outcome
        }
        Ending::Failed(error) => Outcome::new(ProjectResult::Failed)
            .because(Reason::DeploymentFailed)
            .with_error(error),
        Ending::Cancelled => match cancelled {
            None => Outcome::new(ProjectResult::Cancelled).because(Reason::CancelledByOthers),
            Some(reason) => Outcome::new(match reason {
                Reason::ProjectTimeout | Reason::RunTimeout => ProjectResult::TimedOut,
                _ => ProjectResult::Cancelled,
            })
            .because(reason),
        },
    };
    outcome.of(id)
}

/// The server reported what a deployment would change. Its updates may be without effect; only the bundle shows whether
/// they are.
pub(in crate::machine) fn previewed(changes: Vec<Change>, same_bundle: bool) -> Outcome {
    let is_update = |change: &Change| change.action == Action::Update;
    let mut outcome = Outcome::new(match same_bundle && changes.iter().all(is_update) {
        true => ProjectResult::Unchanged,
        false => ProjectResult::Succeeded,
    });
    outcome.changes = Some(changes);
    outcome
}

/// There is nothing to delete, or nothing any more.
pub(super) fn already_deleted(attempt: Attempt) -> Outcome {
    let mut outcome = Outcome::new(ProjectResult::Succeeded);
    // After a lost response, this run may have deleted it.
    outcome.changes = (!attempt.no_response).then(Vec::new);
    outcome
}

/// Ours was cancelled, and the server has nothing of it, as far as `attempt` shows.
pub(super) fn stopped(cause: CancelCause, attempt: Attempt) -> Outcome {
    if attempt.no_response {
        return left_running(&cause);
    }
    let mut outcome = Outcome::new(match cause.reason {
        Reason::Interrupted => ProjectResult::Interrupted,
        Reason::ConflictDeadline | Reason::ConflictPolicy => ProjectResult::Conflicted,
        Reason::ProjectTimeout | Reason::RunTimeout => ProjectResult::TimedOut,
        Reason::SameLogicalId => ProjectResult::Rejected,
        _ => ProjectResult::Skipped,
    })
    .because(cause.reason);
    outcome.cause = cause.project;
    outcome
}

/// Ours was cancelled while the blocker was still there.
pub(super) fn stopped_waiting(
    cause: CancelCause,
    attempt: Attempt,
    blocker: &DeploymentId,
) -> Outcome {
    let mut outcome = stopped(cause, attempt);
    if outcome.result == ProjectResult::Conflicted {
        outcome.cause = Some(format!("deployment {blocker}"));
    }
    outcome
}

/// A request was sent, no usable response was received, and it is not retried.
pub(super) fn left_running(cause: &CancelCause) -> Outcome {
    let mut outcome = Outcome::new(ProjectResult::Detached).because(cause.reason);
    outcome.cause = Some(NO_RESPONSE.into());
    outcome
}

const NO_RESPONSE: &str = "a request received no usable response; it may have started a deployment";

/// An outcome with another cause, which must not hide a lost response.
fn with_ambiguity(attempt: Attempt, mut outcome: Outcome) -> Outcome {
    if attempt.no_response {
        outcome.cause = Some(NO_RESPONSE.into());
    }
    outcome
}

/// Our deployment was left running, without waiting for the server to confirm its end.
pub(super) fn detached(id: DeploymentId, reason: Reason) -> Outcome {
    Outcome::new(ProjectResult::Detached).because(reason).of(id)
}

/// The server no longer has the deployment that it accepted.
pub(super) fn deployment_not_found(id: DeploymentId) -> Outcome {
    Outcome::new(ProjectResult::Unavailable)
        .because(Reason::DeploymentNotFound)
        .of(id)
}

/// A request failed permanently before anything of ours was accepted: refused, or out of retries.
pub(super) fn retries_exhausted(failure: Failure, attempt: Attempt) -> Outcome {
    with_ambiguity(attempt, lost_contact(failure))
}

/// A request about our accepted deployment failed permanently.
pub(super) fn poll_failed(failure: Failure, id: DeploymentId) -> Outcome {
    lost_contact(failure).of(id)
}

/// The project's `pre` hook or test failed, so nothing was sent.
pub(super) fn failed_before(hook: Hook, record: HookRecord) -> Outcome {
    let reason = match hook {
        Hook::Test => Reason::TestFailed,
        _ => Reason::PreHook,
    };
    Outcome::new(ProjectResult::Failed)
        .because(reason)
        .with_error(hook_error(record))
}

/// The project is deployed, and a later hook failed.
pub(super) fn post_failed(deployed: &Outcome, error: ErrorInfo) -> Outcome {
    let mut outcome = deployed.clone();
    outcome.result = ProjectResult::Failed;
    outcome.because(Reason::PostHook).with_error(error)
}

/// The end of a hook as an error.
pub(super) fn hook_error(record: HookRecord) -> ErrorInfo {
    ErrorInfo {
        message: record.error.unwrap_or_default(),
        output: record.output,
        ..ErrorInfo::default()
    }
}

fn lost_contact(failure: Failure) -> Outcome {
    let result = match failure.kind {
        FailureKind::Refused => ProjectResult::Rejected,
        _ => ProjectResult::Unavailable,
    };
    Outcome::new(result)
        .because(failure.reason())
        .with_error(failure.error)
}

/// There is no payload, or it must not be sent. Bundling sends requests, too, which may be refused or receive no response.
pub(super) fn unprepared(reason: Reason, error: ErrorInfo, attempt: Attempt) -> Outcome {
    let result = match reason {
        // As when this program asks: 408, 429, and 5xx are transient.
        Reason::Connection | Reason::Http(408 | 429 | 500..) => ProjectResult::Unavailable,
        Reason::Http(401) | Reason::OwnedByAnotherRepository | Reason::OwnershipUnverified => {
            ProjectResult::Rejected
        }
        _ => ProjectResult::Failed,
    };
    with_ambiguity(
        attempt,
        Outcome::new(result).because(reason).with_error(error),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_deployment_names_who_cancelled_it() {
        let cancelled = ProjectResult::Cancelled;
        for (cause, expected) in [
            (None, (cancelled, Reason::CancelledByOthers)),
            (Some(Reason::Interrupted), (cancelled, Reason::Interrupted)),
            (
                Some(Reason::ProjectTimeout),
                (ProjectResult::TimedOut, Reason::ProjectTimeout),
            ),
            (
                Some(Reason::RunTimeout),
                (ProjectResult::TimedOut, Reason::RunTimeout),
            ),
        ] {
            let outcome = ended("d-1".into(), Ending::Cancelled, cause);
            assert_eq!(
                (outcome.result, outcome.reason),
                (expected.0, Some(expected.1))
            );
            assert_eq!(outcome.deployment_id, Some("d-1".into()));
        }
    }
}
