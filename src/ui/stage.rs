//! The stage of a project, and how events change it.

use crate::model::{DeploymentId, Event, Hook, Operation, OriginKind, ProjectResult};

/// The stage of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Queued,
    Bundling(OriginKind),
    /// Bundled and waiting for its turn.
    Bundled,
    Uploading,
    /// A dry run is in progress.
    Previewing,
    Deploying,
    /// Its event stream broke.
    Reconnecting,
    /// Another deployment blocks the project.
    Waiting(DeploymentId),
    /// A delay before another upload.
    Pausing,
    /// A request waits for the rate limit.
    Throttled,
    /// It cannot go on before its account is available again.
    Unavailable,
    Cancelling,
    /// A hook runs.
    Hook(Hook),
    Ended(ProjectResult),
}

impl Stage {
    /// Whether the project cannot go on without the API. What runs on this machine, or on the server, does; a project that
    /// waits for its turn waits for that first.
    pub(super) fn needs_api(&self) -> bool {
        match self {
            Self::Bundling(OriginKind::Bundle)
            | Self::Uploading
            | Self::Previewing
            | Self::Reconnecting
            | Self::Pausing
            | Self::Throttled => true,
            Self::Queued
            | Self::Bundling(OriginKind::Directory)
            | Self::Bundled
            | Self::Deploying
            | Self::Waiting(_)
            | Self::Unavailable
            | Self::Cancelling
            | Self::Hook(_)
            | Self::Ended(_) => false,
        }
    }

    /// The stage after an event; `None` if it does not change.
    pub(super) fn after(&self, event: &Event) -> Option<Self> {
        Some(match (event, self) {
            (Event::Queued { .. }, Self::Bundled) => return None,
            (Event::Queued { .. } | Event::Deferred { .. }, _) => Self::Queued,
            (Event::Bundling { origin }, _) => Self::Bundling(*origin),
            (Event::Bundled { .. }, _) => Self::Bundled,
            (Event::Previewed { .. }, _) => Self::Queued,
            (Event::Submitting { .. }, _) => Self::Uploading,
            (Event::Previewing { .. }, _) => Self::Previewing,
            (Event::Submitted { .. }, _) => Self::Deploying,
            (Event::Progress { .. }, Self::Cancelling) => return None,
            (Event::Progress { .. }, _) => Self::Deploying,
            (Event::Reconnecting { .. }, _) => Self::Reconnecting,
            (Event::Conflict { deployment_id, .. }, _) => Self::Waiting(deployment_id.clone()),
            // Cancelling a blocker, or asking about it, is part of waiting for it.
            (Event::Cancelling { .. } | Event::Throttled { .. }, Self::Waiting(_)) => return None,
            (Event::Cancelling { .. }, _) => Self::Cancelling,
            // The deployment continues while a request about it is delayed.
            (Event::Throttled { .. }, Self::Deploying | Self::Cancelling) => return None,
            (Event::Throttled { .. }, _) => Self::Throttled,
            (Event::Retrying { .. }, _) => Self::Pausing,
            (Event::Hook { hook }, _) => Self::Hook(*hook),
            (Event::Finished(row), _) => Self::Ended(row.result),
            (
                Event::RunStarted { .. }
                | Event::RunPlanned { .. }
                | Event::RunResumed { .. }
                | Event::RunInterrupted { .. }
                | Event::RunPreviewed
                | Event::RunApproved { .. }
                | Event::RunRefused(_)
                | Event::RunTimedOut
                | Event::RunWave { .. }
                | Event::RunSoaking { .. }
                | Event::RunWarning { .. }
                | Event::RunHook { .. }
                | Event::RunHookEnded(_)
                | Event::AccountUnavailable { .. }
                | Event::AccountAvailable { .. }
                | Event::HookEnded(_)
                | Event::Identified { .. }
                | Event::CancelFailed { .. }
                | Event::RunFinished(_),
                _,
            ) => return None,
        })
    }

    /// Whether a project in this stage has begun and not ended.
    pub(super) fn is_active(&self) -> bool {
        !matches!(self, Self::Queued | Self::Bundled | Self::Ended(_))
    }

    /// Whether it is the end of a project that was to be deployed and is not.
    pub(super) fn is_failure(&self) -> bool {
        let left_out = [ProjectResult::Skipped, ProjectResult::Interrupted];
        matches!(self, Self::Ended(result) if !result.is_success() && !left_out.contains(result))
    }

    /// Whether the time in it goes on in the next stage: a deployment does not notice that its event stream breaks.
    pub(super) fn continues_as(&self, next: &Self) -> bool {
        let is_followed = |stage: &Self| matches!(stage, Self::Deploying | Self::Reconnecting);
        std::mem::discriminant(self) == std::mem::discriminant(next)
            || is_followed(self) && is_followed(next)
    }

    /// What a number of projects in the same group of stages is called, in the order of the status line.
    pub(super) fn labels(operation: Operation) -> [&'static str; 14] {
        let moving = match operation {
            Operation::Deploy => "deploying",
            Operation::Preview => "previewing",
            Operation::Destroy => "deleting",
        };
        [
            "succeeded",
            "unchanged",
            "failed",
            "interrupted",
            "skipped",
            moving,
            "waiting for the API",
            "reading",
            "bundling",
            "blocked",
            "retrying",
            "rate limited",
            "bundled",
            "queued",
        ]
    }

    /// The position of its group in [`labels`](Self::labels).
    pub(super) fn label(&self) -> usize {
        match self {
            Self::Ended(ProjectResult::Succeeded) => 0,
            Self::Ended(ProjectResult::Unchanged) => 1,
            Self::Ended(ProjectResult::Interrupted) => 3,
            Self::Ended(ProjectResult::Skipped) => 4,
            Self::Ended(_) => 2,
            Self::Uploading
            | Self::Previewing
            | Self::Deploying
            | Self::Reconnecting
            | Self::Cancelling
            | Self::Hook(_) => 5,
            Self::Unavailable => 6,
            Self::Bundling(OriginKind::Bundle) => 7,
            Self::Bundling(OriginKind::Directory) => 8,
            Self::Waiting(_) => 9,
            Self::Pausing => 10,
            Self::Throttled => 11,
            Self::Bundled => 12,
            Self::Queued => 13,
        }
    }
}
