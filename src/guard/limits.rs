//! Limits: how many resources a run may delete, and how many projects it may select.

use super::deletions::is_deletion;
use crate::model::{Budget, ProjectReport};

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
