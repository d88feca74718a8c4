//! The final state of a deployment, as the server reports it.

use super::{Change, ErrorInfo};

/// How a deployment ended, according to the server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ending {
    /// SUCCEEDED, with its changes; `None` if the server sent no result.
    Succeeded {
        /// The diff, in the server's order.
        changes: Option<Vec<Change>>,
    },
    /// FAILED, with the error.
    Failed(ErrorInfo),
    /// CANCELLED, by anyone.
    Cancelled,
}
