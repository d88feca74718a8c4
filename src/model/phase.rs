//! Where a deployment is, as far as the rest of the run needs to know.

use super::{
    BundleFacts, CancelCause, DeploymentId, ErrorInfo, Failure, Hook, HookRecord, Note, Outcome,
    Reason,
};
use std::sync::Arc;
use std::time::Duration;

/// News of one deployment. The last one is always [`Phase::Done`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Its bundle is being made by the project's own CLI; nothing has been sent.
    Bundling,
    /// The bundle is made.
    Bundled(Bundled),
    /// Bundling ahead of the project's dependencies has failed; it is to be repeated after them.
    Unbundled {
        /// Its name in the account.
        logical_id: Arc<str>,
        /// What happened.
        error: ErrorInfo,
    },
    /// What everyone should know about it, in a sentence that names it, and that stops nothing.
    Warning(String),
    /// Its bundle is being read and compressed; nothing has been sent.
    Preparing,
    /// The payload is ready.
    Prepared(BundleFacts),
    /// The payload is being uploaded.
    Submitting {
        /// The upload's number, from 1.
        attempt: u32,
    },
    /// The server is asked what the payload would change; nothing changes.
    Previewing {
        /// The upload's number, from 1.
        attempt: u32,
    },
    /// The server holds a deployment of ours, which is being followed.
    Following {
        /// The server's name for it.
        id: DeploymentId,
        /// The upload that was accepted.
        attempt: u32,
    },
    /// It moves on; never less than before.
    Progress {
        /// 0 to 100.
        percent: u8,
    },
    /// The event stream broke and is opened again.
    Reconnecting {
        /// From 1, since something was last heard.
        attempt: u32,
        /// The pause before it.
        delay: Duration,
        /// What broke.
        cause: String,
    },
    /// The account's request budget holds a request back.
    Throttled {
        /// For about so long.
        delay: Duration,
    },
    /// A deployment is being cancelled: ours, or the one in the way.
    Cancelling {
        /// The deployment.
        id: DeploymentId,
        /// Why ours is; `None` for the one in the way.
        cause: Option<CancelCause>,
    },
    /// A command of the user's runs.
    Hook(Hook),
    /// It has ended.
    HookEnded(HookRecord),
    /// It wants to upload again and asks for a pause and a slot.
    Retrying(RetryAfter),
    /// It has ended.
    Done(Box<Outcome>),
}

/// What is known of a project once it is bundled.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bundled {
    /// Its name in the account.
    pub logical_id: Arc<str>,
    /// The bundle, without `gzip_bytes`.
    pub facts: BundleFacts,
    /// It is one that was kept.
    pub cached: bool,
    /// Why it was made anew though it might have been kept, or is not kept though it might be.
    pub warning: Option<String>,
    /// What was printed meanwhile that people should read.
    pub notes: Vec<Note>,
    /// The repository that it is deployed from, without scheme and credentials.
    pub repository: Option<String>,
}

/// Why there is no bundle.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unbundled {
    /// The machine word.
    pub reason: Reason,
    /// What happened.
    pub error: ErrorInfo,
    /// Whether deploying the project's dependencies may help.
    pub remedy: Remedy,
    /// The project's name in the account, where it is known without a bundle.
    pub logical_id: Option<Arc<str>>,
}

/// Whether bundling may succeed once the project's dependencies are deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Remedy {
    /// It fails again.
    None,
    /// The program that bundles failed, for reasons of its own.
    Possible,
    /// The account lacks a resource that the project refers to.
    Likely,
}

/// Why a payload is uploaded again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RetryAfter {
    /// The deployment in the way is gone.
    Conflict,
    /// The last upload failed in a way that may pass.
    Failure {
        /// How.
        failure: Failure,
        /// How often in a row.
        failures: u32,
    },
}
