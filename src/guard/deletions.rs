//! Everything that a deployment would delete, according to its preview.

use crate::model::{Action, Change, ProjectReport};
use serde::Serialize;
use std::fmt;

/// A resource that would be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Deletion<'r> {
    /// The project's name in the manifest.
    pub project: &'r str,
    /// The account's name in the manifest.
    pub account: &'r str,
    /// The change as the server sent it.
    #[serde(flatten)]
    pub change: &'r Change,
}

impl fmt::Display for Deletion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            project,
            account,
            change,
        } = self;
        let (kind, logical_id) = (&change.kind, &change.logical_id);
        write!(
            f,
            "delete {kind} {logical_id} of project {project} from account {account}"
        )
    }
}

/// All deletions, by project in the order of the rows, then by type and name, without what the Checkly CLI creates as part of a
/// check.
pub fn deletions(rows: &[ProjectReport]) -> Vec<Deletion<'_>> {
    let mut deletions = vec![];
    for row in rows {
        let mut changes: Vec<&Change> = row.changes.iter().filter(|it| is_deletion(it)).collect();
        changes.sort_by_key(|change| (&change.kind, &change.logical_id));
        deletions.extend(changes.into_iter().map(|change| Deletion {
            project: &row.name,
            account: &row.account,
            change,
        }));
    }
    deletions
}

pub(super) fn is_deletion(change: &Change) -> bool {
    change.action == Action::Delete && !change.is_internal()
}
