//! What a run may reuse from earlier ones.

use crate::cache::Cache;
use crate::history::History;

/// What earlier runs left. Without it, everything is bundled and deployed.
#[derive(Clone, Debug, Default)]
pub struct Reuse {
    /// Bundles of directories.
    pub cache: Option<Cache>,
    /// The last deployments. With them, a preview recognizes unchanged bundles, and ownership is not checked for projects
    /// that this program last deployed from the same repository.
    pub history: Option<History>,
    /// Unchanged projects are not sent.
    pub skip_unchanged: bool,
}
