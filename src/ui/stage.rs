//! The stage of a project, and how events change it.

use crate::model::{DeploymentId, Event, Hook, Operation, OriginKind, ProjectResult};

/// The stage of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    #[default]
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
        matches!(
            self,
            Self::Bundling(OriginKind::Bundle)
                | Self::Uploading
                | Self::Previewing
                | Self::Reconnecting
                | Self::Pausing
                | Self::Throttled
        )
    }

    /// The stage after an event; `None` if it does not change.
    pub(super) fn after(&self, event: &Event) -> Option<Self> {
        Some(match (event, self) {
            (Event::Queued { .. }, Self::Bundled) => return None,
            (Event::Queued { .. } | Event::Deferred { .. }, _) => Self::Queued,
            (Event::Bundling { origin }, _) => Self::Bundling(*origin),
            (Event::Bundled(_), _) => Self::Bundled,
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
            _ => return None,
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

    /// What projects in this stage are called when they are counted, after the place in the status line.
    pub(super) fn label(&self, operation: Operation) -> (u8, &'static str) {
        match self {
            Self::Ended(ProjectResult::Succeeded) => (0, "succeeded"),
            Self::Ended(ProjectResult::Unchanged) => (1, "unchanged"),
            Self::Ended(ProjectResult::Interrupted) => (3, "interrupted"),
            Self::Ended(ProjectResult::Skipped) => (4, "skipped"),
            Self::Ended(_) => (2, "failed"),
            Self::Uploading
            | Self::Previewing
            | Self::Deploying
            | Self::Reconnecting
            | Self::Cancelling
            | Self::Hook(_) => match operation {
                Operation::Deploy => (5, "deploying"),
                Operation::Preview => (5, "previewing"),
                Operation::Destroy => (5, "deleting"),
            },
            Self::Unavailable => (6, "waiting for the API"),
            Self::Bundling(OriginKind::Bundle) => (7, "reading"),
            Self::Bundling(OriginKind::Directory) => (8, "bundling"),
            Self::Waiting(_) => (9, "blocked"),
            Self::Pausing => (10, "retrying"),
            Self::Throttled => (11, "rate limited"),
            Self::Bundled => (12, "bundled"),
            Self::Queued => (13, "queued"),
        }
    }
}
