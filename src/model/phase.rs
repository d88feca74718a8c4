//! The progress of a deployment, as far as the rest of the run needs it.

use super::{
    BundleFacts, CancelCause, DeploymentId, ErrorInfo, Failure, Hook, HookRecord, Note, Operation,
    Outcome, Reason,
};
use std::sync::Arc;
use std::time::Duration;

/// An update of one deployment. The last one is always [`Phase::Done`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The project's own CLI makes its bundle; nothing has been sent.
    Bundling,
    /// The bundle is made.
    Bundled(Bundled),
    /// Bundling before the project's dependencies failed; it is repeated after them.
    Unbundled {
        /// Its name in the account.
        logical_id: Arc<str>,
        /// What happened.
        error: ErrorInfo,
    },
    /// A warning: a sentence that names the project.
    Warning(String),
    /// Its bundle is read and compressed; nothing has been sent.
    Preparing,
    /// The payload is ready.
    Prepared(BundleFacts),
    /// The payload is uploaded.
    Submitting {
        /// The upload's number, from 1.
        attempt: u32,
    },
    /// A dry run: the server computes what the payload would change.
    Previewing {
        /// The upload's number, from 1.
        attempt: u32,
    },
    /// The server accepted the deployment, which is now followed.
    Following {
        /// The server's name for it.
        id: DeploymentId,
        /// The upload that was accepted.
        attempt: u32,
    },
    /// The progress of the deployment; it never decreases.
    Progress {
        /// 0 to 100.
        percent: u8,
    },
    /// The event stream broke and is reconnected.
    Reconnecting {
        /// From 1, counted since the last event of the stream.
        attempt: u32,
        /// The delay before it.
        delay: Duration,
        /// Why the stream broke.
        cause: String,
    },
    /// The account's rate limit delays a request.
    Throttled {
        /// The approximate delay.
        delay: Duration,
    },
    /// A deployment is cancelled: this run's, or the blocker.
    Cancelling {
        /// The deployment.
        id: DeploymentId,
        /// Why this run's is cancelled; `None` for a blocker.
        cause: Option<CancelCause>,
    },
    /// A deployment could not be cancelled: this run's, or a blocker. The run waits for it to finish.
    CancelFailed {
        /// The deployment.
        id: DeploymentId,
        /// The error.
        error: ErrorInfo,
    },
    /// A hook runs.
    Hook(Hook),
    /// The hook ended.
    HookEnded(HookRecord),
    /// The project needs a delay and a slot for another upload.
    Retrying(RetryAfter),
    /// The project ended.
    Done(Box<Outcome>),
}

/// A bundled project.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bundled {
    /// Its name in the account.
    pub logical_id: Arc<str>,
    /// The bundle, without `gzip_bytes`.
    pub facts: BundleFacts,
    /// Whether it comes from the cache.
    pub cached: bool,
    /// Why the cache was not used or not filled, although the manifest enables it.
    pub warning: Option<String>,
    /// What was printed during bundling that users should read.
    pub notes: Vec<Note>,
    /// The repository it is deployed from, without scheme and credentials.
    pub repository: Option<String>,
}

/// Why there is no bundle.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unbundled {
    /// Its reason.
    pub reason: Reason,
    /// What happened.
    pub error: ErrorInfo,
    /// Whether deploying the project's dependencies first may help.
    pub remedy: Remedy,
    /// The project's name in the account, if it is known without a bundle.
    pub logical_id: Option<Arc<str>>,
}

/// Whether bundling may succeed once the project's dependencies are deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Remedy {
    /// It fails again.
    None,
    /// The bundling program failed for an unknown reason.
    Possible,
    /// The account lacks a resource that the project refers to.
    Likely,
}

impl Remedy {
    /// Whether this operation bundles again. A preview deploys nothing, and tolerates only what a deployment is expected to
    /// fix.
    pub fn cures(self, operation: Operation) -> bool {
        match operation {
            Operation::Preview => self == Self::Likely,
            Operation::Deploy | Operation::Destroy => self != Self::None,
        }
    }
}

/// Why a payload is uploaded again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RetryAfter {
    /// The blocker finished.
    Conflict,
    /// The last upload failed with a transient failure.
    Failure {
        /// The failure.
        failure: Failure,
        /// Consecutive failures.
        failures: u32,
    },
}
