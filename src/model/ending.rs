//! The last state of a deployment, as the server reports it.

use super::{Change, ErrorInfo};

/// How the server says a deployment ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ending {
    /// SUCCEEDED, and what it changed; `None` where the server sent no result.
    Succeeded {
        /// The diff, in the server's order.
        changes: Option<Vec<Change>>,
    },
    /// FAILED, and why.
    Failed(ErrorInfo),
    /// CANCELLED, by anyone.
    Cancelled,
}
