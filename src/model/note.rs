//! What was printed while a project was bundled successfully.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
