//! The events of a run, and the orders that follow.

use crate::model::{CancelCause, DeploymentId, OnConflict, ProjectIx, RetryAfter};
use std::sync::Arc;
use std::time::Duration;

/// An event of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The run began. The first event, once.
    Began,
    /// A project's bundle is built.
    Bundled {
        /// The project.
        project: ProjectIx,
        /// The logical id in the bundle.
        logical_id: Arc<str>,
    },
    /// A project's bundling failed before its dependencies were deployed.
    Unbundled {
        /// The project.
        project: ProjectIx,
        /// Its logical id.
        logical_id: Arc<str>,
        /// The failure.
        cause: String,
    },
    /// An upload was sent: from now on, the server may have a deployment of the project.
    Submitting(ProjectIx),
    /// The server accepted it.
    Accepted(ProjectIx),
    /// An upload met another deployment. The project no longer holds a slot.
    Conflict {
        /// The project.
        project: ProjectIx,
        /// The other deployment, if the server named it.
        blocker: Option<DeploymentId>,
    },
    /// A project waits to submit again. It no longer holds a slot.
    Retrying {
        /// The project.
        project: ProjectIx,
        /// The cause.
        after: RetryAfter,
    },
    /// A project ended. Only the first end counts.
    Ended {
        /// The project.
        project: ProjectIx,
        /// Whether its dependents may start.
        success: bool,
    },
    /// A hook of the project started or finished.
    Hook {
        /// The project.
        project: ProjectIx,
        /// Whether it is running.
        runs: bool,
    },
    /// The run's `pre` hook failed: nothing may start.
    PreHookFailed,
    /// A signal was received.
    Interrupt,
    /// [`super::Schedule::next_wake`] has passed.
    Tick,
}

/// An order for the Supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Bundle this project.
    Bundle {
        /// The project.
        project: ProjectIx,
        /// A dependency of it is not deployed.
        ahead: bool,
    },
    /// A slot is granted to this project: submit.
    Start {
        /// The project.
        project: ProjectIx,
    },
    /// The delay is over and a slot is granted: submit again.
    Retry {
        /// The project.
        project: ProjectIx,
    },
    /// Wait for the blocker to finish.
    AwaitCompletion {
        /// The waiting project.
        project: ProjectIx,
        /// The blocker.
        blocker: DeploymentId,
        /// The conflict deadline.
        until: Duration,
    },
    /// Cancel the blocker, then wait for it to finish.
    CancelBlocker {
        /// The waiting project.
        project: ProjectIx,
        /// The blocker.
        blocker: DeploymentId,
        /// The conflict deadline.
        until: Duration,
    },
    /// Cancel this project's deployment.
    Cancel {
        /// The project.
        project: ProjectIx,
        /// The cause.
        cause: CancelCause,
        /// Do not wait for the server's confirmation.
        force: bool,
    },
    /// Report that a bundling failed and will be repeated.
    ReportDeferred {
        /// The project.
        project: ProjectIx,
        /// The projects that are deployed first.
        after: Vec<ProjectIx>,
        /// The failure.
        cause: String,
    },
    /// Report a conflict.
    ReportConflict {
        /// The project.
        project: ProjectIx,
        /// The other deployment, if the server named it.
        blocker: Option<DeploymentId>,
        /// What is done about it.
        policy: OnConflict,
    },
    /// Report a retry.
    ReportRetry {
        /// The project.
        project: ProjectIx,
        /// The delay before it, without the wait for a slot.
        delay: Duration,
        /// The failure of the last upload.
        cause: String,
    },
    /// Report the start of a wave.
    ReportWave {
        /// Its number, from 1.
        wave: usize,
        /// The number of waves.
        of: usize,
        /// Its projects.
        projects: Vec<ProjectIx>,
    },
    /// Report the end of a wave and the soak before the next one.
    ReportSoak {
        /// The length of the soak.
        soak: Duration,
    },
    /// Report a signal.
    ReportInterrupt {
        /// What is done about it.
        step: InterruptStep,
    },
}

/// A level of escalation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InterruptStep {
    /// Start nothing new; follow what is on the server to its end.
    Drain,
    /// Cancel our deployments and wait for their end.
    Cancel,
    /// Exit at once; deployments are left running.
    Detach,
}

impl InterruptStep {
    /// Whether running hooks are stopped and no others are started.
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
