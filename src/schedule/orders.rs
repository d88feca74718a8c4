//! What happens to a run, and what must be done about it.

use crate::model::{CancelCause, DeploymentId, OnConflict, ProjectIx, RetryAfter};
use std::sync::Arc;
use std::time::Duration;

/// What has just happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The run began. Once, first.
    Began,
    /// A project's bundle is made.
    Bundled {
        /// Whose.
        project: ProjectIx,
        /// What it says the project is called in its account.
        logical_id: Arc<str>,
    },
    /// A project's bundling has failed ahead of its dependencies.
    Unbundled {
        /// Whose.
        project: ProjectIx,
        /// What the project is called in its account.
        logical_id: Arc<str>,
        /// What happened.
        cause: String,
    },
    /// An upload went out: from now on something of the project may be on the server.
    Submitting(ProjectIx),
    /// The server accepted it.
    Accepted(ProjectIx),
    /// An upload met another deployment. The project holds no slot any more.
    Conflict {
        /// Whose upload.
        project: ProjectIx,
        /// The other deployment, where the server named it.
        blocker: Option<DeploymentId>,
    },
    /// A project wants to submit again. It holds no slot any more.
    Retrying {
        /// Which.
        project: ProjectIx,
        /// Why.
        after: RetryAfter,
    },
    /// A project ended. Only the first end counts.
    Ended {
        /// Which.
        project: ProjectIx,
        /// Whether its dependents may start.
        success: bool,
    },
    /// A hook of the project runs, or has ended.
    Hook {
        /// Whose.
        project: ProjectIx,
        /// Whether it runs.
        runs: bool,
    },
    /// The run's own `pre` hook has failed: nothing may start.
    PreHookFailed,
    /// A signal came.
    Interrupt,
    /// [`super::Schedule::next_wake`] has passed.
    Tick,
}

/// What must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Make this project's bundle.
    Bundle {
        /// Which project.
        project: ProjectIx,
        /// Something that it depends on is not deployed.
        ahead: bool,
    },
    /// A slot is this project's: submit.
    Start {
        /// Which project.
        project: ProjectIx,
    },
    /// The pause is over and a slot is this project's: submit again.
    Retry {
        /// Which project.
        project: ProjectIx,
    },
    /// Wait for the blocker's end.
    AwaitCompletion {
        /// Who waits.
        project: ProjectIx,
        /// For whom.
        blocker: DeploymentId,
        /// The conflict deadline.
        until: Duration,
    },
    /// Evict the blocker, then wait for its end.
    CancelBlocker {
        /// Who waits.
        project: ProjectIx,
        /// For whom.
        blocker: DeploymentId,
        /// The conflict deadline.
        until: Duration,
    },
    /// Stop wanting this project's deployment.
    Cancel {
        /// Which project.
        project: ProjectIx,
        /// Why.
        cause: CancelCause,
        /// Do not wait for the server to confirm.
        force: bool,
    },
    /// Tell the reporters that a bundling has failed and is repeated.
    ReportDeferred {
        /// Whose.
        project: ProjectIx,
        /// The projects that are deployed first.
        after: Vec<ProjectIx>,
        /// What happened.
        cause: String,
    },
    /// Tell the reporters of a conflict.
    ReportConflict {
        /// Whose.
        project: ProjectIx,
        /// The other deployment, where the server named it.
        blocker: Option<DeploymentId>,
        /// What is done about it.
        policy: OnConflict,
    },
    /// Tell the reporters of a retry.
    ReportRetry {
        /// Whose.
        project: ProjectIx,
        /// The pause before it, not counting the wait for a slot.
        delay: Duration,
        /// What happened to the last upload.
        cause: String,
    },
    /// Tell the reporters that a wave begins.
    ReportWave {
        /// Its number, from 1.
        wave: usize,
        /// How many there are.
        of: usize,
        /// Who is in it.
        projects: Vec<ProjectIx>,
    },
    /// Tell the reporters that a wave is over, and the next one waits.
    ReportSoak {
        /// For how long.
        soak: Duration,
    },
    /// Tell the reporters of a signal.
    ReportInterrupt {
        /// What is done about it.
        step: InterruptStep,
    },
}

/// One rung of the interrupt ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InterruptStep {
    /// Start nothing new; follow what is on the server to its end.
    Drain,
    /// Cancel our own deployments and wait for their end.
    Cancel,
    /// Leave at once; what runs stays on the server.
    Detach,
}

impl InterruptStep {
    /// Whether hooks that run are stopped, and no other is started.
    pub fn ends_hooks(self) -> bool {
        self > Self::Drain
    }

    /// The word used in output and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Cancel => "cancel",
            Self::Detach => "detach",
        }
    }
}
