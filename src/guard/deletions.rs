//! Everything that a deployment would delete, according to its preview; and limits: how many resources a run may delete, and how
//! many projects it may select.

use crate::model::{Action, Budget, Change, ProjectReport};
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

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The violation of `max_projects`, if too many projects are selected. It needs no preview.
pub fn too_many_projects(budget: Budget, selected: usize) -> Option<String> {
    let most = budget.max_projects?;
    let selected = (selected > most).then(|| count(selected, "project"))?;
    Some(format!("{selected} selected; max_projects allows {most}"))
}

/// The limits on deletions that a previewed run would exceed. `of_projects` has the limit of each row.
pub fn limit_violations(
    budget: Budget,
    of_projects: &[Option<usize>],
    rows: &[ProjectReport],
) -> Vec<String> {
    let deletes = |row: &ProjectReport| row.changes.iter().filter(|it| is_deletion(it)).count();
    let violation = |deletes: usize, limit: &str, most: usize| {
        let deletes = (deletes > most).then(|| count(deletes, "resource"))?;
        Some(format!("{deletes} would be deleted; {limit} allows {most}"))
    };
    let all = rows.iter().map(deletes).sum();
    let fleet = budget.max_deletes;
    let fleet = fleet.and_then(|most| violation(all, "max_deletes", most));
    let projects = rows.iter().zip(of_projects).filter_map(|(row, most)| {
        let violation = violation(deletes(row), "the project's max_deletes", (*most)?)?;
        Some(format!("{}: {violation}", row.name))
    });
    fleet.into_iter().chain(projects).collect()
}
