//! What a run does with its projects.

use serde::{Deserialize, Serialize};

/// The one thing that a run does with every project.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Submit it, and follow the deployment to its end.
    #[default]
    Deploy,
    /// Ask what submitting it would change. Nothing changes, and nothing is left on the server.
    Preview,
    /// Delete it, and follow the deletion to its end.
    Destroy,
}

impl Operation {
    /// What it is called on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Preview => "preview",
            Self::Destroy => "destroy",
        }
    }
}
