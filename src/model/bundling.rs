//! The result of bundling a project: what was made, printed, and uploaded.

use super::{ErrorInfo, Operation, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// A bundled project.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Bundled {
    /// The project's name in the account.
    pub logical_id: String,
    /// The canonical digest of the bundle's content.
    pub sha256: String,
    /// The number of resources in it.
    #[serde(default)]
    pub resources: usize,
    /// The bundle's size as JSON.
    pub bytes: u64,
    /// Whether it comes from the cache: its inputs are unchanged.
    pub cached: bool,
    /// Why the cache could not be used as the manifest specifies.
    pub warning: Option<String>,
    /// The repository it is deployed from, without scheme and credentials.
    pub repository: Option<String>,
    /// What was printed during bundling that users should read; omitted if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
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

/// A message that users should read. Bounded, sanitized, secrets redacted.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Note {
    /// Who printed it.
    pub source: NoteSource,
    /// The message: one line from the CLI, up to 40 from the project.
    pub message: String,
    /// The constructs it refers to, such as `CheckGroup:web`; omitted if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constructs: Vec<String>,
}

/// Who printed a note.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NoteSource {
    /// The Checkly CLI: a deprecation, for example.
    Cli,
    /// The project's own code, or its `bundle_command`, on standard error.
    Project,
}

/// The digests of uploaded files, by upload key.
pub type Contents = HashMap<String, String>;

/// A file that a bundle refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The server's name for it. Empty if the reference is not in the CLI's format.
    pub key: String,
    /// The path of a snapshot in its repository; `None` for the code of a Playwright suite.
    pub path: Option<String>,
}
