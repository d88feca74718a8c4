//! What a run may use again of earlier ones.

use crate::cache::Cache;
use crate::history::History;

/// What there is from earlier runs. Without any of it everything is made and deployed anew.
#[derive(Clone, Debug, Default)]
pub struct Reuse {
    /// Bundles of folders.
    pub cache: Option<Cache>,
    /// What was deployed last: with it, a preview knows which bundles are the same, and nobody is asked whose a project is that
    /// this program has last deployed from the same repository.
    pub history: Option<History>,
    /// What is the same is not sent at all.
    pub skip_unchanged: bool,
}
