//! The result of bundling a project.

use super::{BundleFacts, ErrorInfo, Event, Note, Operation, Reason};
use std::sync::Arc;

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

impl From<Bundled> for Event {
    fn from(bundled: Bundled) -> Self {
        Self::Bundled {
            logical_id: bundled.logical_id.to_string(),
            sha256: bundled.facts.sha256,
            resources: bundled.facts.resources,
            bytes: bundled.facts.bytes,
            cached: bundled.cached,
            warning: bundled.warning,
            repository: bundled.repository,
            notes: bundled.notes,
        }
    }
}
