//! What was printed while a project was bundled, although it was bundled.

use serde::{Deserialize, Serialize};

/// Something that people should read, and that stops nothing. Bounded, sanitized, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// Who printed it.
    pub source: NoteSource,
    /// What. Of the CLI one line, of the project up to 40.
    pub message: String,
    /// The constructs that it is about, `CheckGroup:web`; left out where it is about none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constructs: Vec<String>,
}

/// Who printed a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteSource {
    /// The Checkly CLI: a deprecation, for example.
    Cli,
    /// The project's own code, or its `bundle_command`, on standard error.
    Project,
}
