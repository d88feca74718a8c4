//! What a run may use again of earlier ones.

use crate::cache::Cache;
use crate::history::History;

/// What there is from earlier runs. Without any of it everything is made and deployed anew.
#[derive(Clone, Debug, Default)]
pub struct Reuse {
    /// Bundles of folders.
    pub cache: Option<Cache>,
    /// What was deployed last: with it, what is unchanged is not deployed again.
    pub history: Option<History>,
}
