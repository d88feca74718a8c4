//! What a script knows of a request: its account, project, and kind.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `POST /v1/projects/deploy`.
    Deploy,
    /// A deployment or deletion with `dryRun=true`.
    DryRun,
    /// `GET …/events`.
    Events,
    /// `GET …/completion`.
    Completion,
    /// `POST …/cancel`.
    Cancel,
    /// `GET …/deployments/{id}`.
    Get,
    /// `DELETE /v1/projects/{logicalId}`.
    Delete,
    /// Not about a deployment or deletion: the list of projects, accounts, runtimes, uploads, …
    Other,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Deploy,
        Self::DryRun,
        Self::Events,
        Self::Completion,
        Self::Cancel,
        Self::Get,
        Self::Delete,
        Self::Other,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// One request. The order is that of listings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) struct Asked {
    /// Empty if the request names none.
    pub(in crate::sandbox) account: String,
    /// The logical id; `None` if the request is not about a project.
    pub(in crate::sandbox) project: Option<String>,
    pub(in crate::sandbox) kind: Kind,
}
