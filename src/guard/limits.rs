//! Limits: how many resources a run may delete, and how many projects it may select.

use super::deletions::is_deletion;
use crate::model::{Budget, ProjectReport};
use std::fmt;

/// A limit that a run would exceed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitViolation {
    /// `max_projects` of `[limits]`.
    Projects {
        /// The number of selected projects.
        selected: usize,
        /// The limit.
        most: usize,
    },
    /// `max_deletes` of `[limits]`, or `--max-deletes`.
    Deletes {
        /// The number of deletions.
        deletes: usize,
        /// The limit.
        most: usize,
    },
    /// `max_deletes` of a project.
    ProjectDeletes {
        /// The project's name.
        project: String,
        /// The number of deletions in the project.
        deletes: usize,
        /// The limit.
        most: usize,
    },
}

impl fmt::Display for LimitViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Projects { selected, most } => write!(
                f,
                "{} selected; max_projects allows {most}",
                count(*selected, "project")
            ),
            Self::Deletes { deletes, most } => write!(
                f,
                "{} would be deleted; max_deletes allows {most}",
                count(*deletes, "resource")
            ),
            Self::ProjectDeletes {
                project,
                deletes,
                most,
            } => write!(
                f,
                "{project}: {} would be deleted; the project's max_deletes allows {most}",
                count(*deletes, "resource")
            ),
        }
    }
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Whether too many projects are selected, which needs no preview.
pub fn too_many_projects(budget: Budget, selected: usize) -> Option<LimitViolation> {
    let most = budget.max_projects?;
    (selected > most).then_some(LimitViolation::Projects { selected, most })
}

/// The limits on deletions that a previewed run would exceed. `of_projects` has the limit of each row.
pub fn limit_violations(
    budget: Budget,
    of_projects: &[Option<usize>],
    rows: &[ProjectReport],
) -> Vec<LimitViolation> {
    let deletes = |row: &ProjectReport| row.changes.iter().filter(|it| is_deletion(it)).count();
    let all = rows.iter().map(deletes).sum();
    let fleet = budget.max_deletes.filter(|most| all > *most);
    let fleet = fleet.map(|most| LimitViolation::Deletes { deletes: all, most });
    let projects = rows.iter().zip(of_projects).filter_map(|(row, most)| {
        let (deletes, most) = (deletes(row), (*most)?);
        (deletes > most).then(|| LimitViolation::ProjectDeletes {
            project: row.name.clone(),
            deletes,
            most,
        })
    });
    fleet.into_iter().chain(projects).collect()
}
