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
}
