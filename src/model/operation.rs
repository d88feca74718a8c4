//! What a run does with its projects.

use serde::{Deserialize, Serialize};

/// The operation of a run on each of its projects.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Submit the project and follow the deployment until it finishes.
    #[default]
    Deploy,
    /// Compute what submitting it would change, without changing anything on the server.
    Preview,
    /// Delete the project and follow the deletion until it finishes.
    Destroy,
}

impl Operation {
    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Preview => "preview",
            Self::Destroy => "destroy",
        }
    }
}
