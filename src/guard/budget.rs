//! Budgets: how much one run may delete, and how many projects it may touch.

use super::deletions::is_deletion;
use crate::model::{Budget, ProjectReport};
use std::fmt;

/// A budget that a run would exceed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Excess {
    /// `max_projects` of `[limits]`.
    Projects {
        /// How many are selected.
        selected: usize,
        /// How many may be.
        most: usize,
    },
    /// `max_deletes` of `[limits]`, or `--max-deletes`.
    Deletes {
        /// How many resources would be deleted.
        deletes: usize,
        /// How many may be.
        most: usize,
    },
    /// `max_deletes` of a project.
    ProjectDeletes {
        /// The project's name.
        project: String,
        /// How many of its resources would be deleted.
        deletes: usize,
        /// How many may be.
        most: usize,
    },
}

impl fmt::Display for Excess {
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

/// Whether more projects are selected than one run may touch: that needs no preview.
pub fn too_many_projects(budget: Budget, selected: usize) -> Option<Excess> {
    let most = budget.max_projects?;
    (selected > most).then_some(Excess::Projects { selected, most })
}

/// The budgets of deletions that a previewed run would exceed. `of_projects` has each row's own budget.
pub fn excesses(
    budget: Budget,
    of_projects: &[Option<usize>],
    rows: &[ProjectReport],
) -> Vec<Excess> {
    let deletes = |row: &ProjectReport| row.changes.iter().filter(|it| is_deletion(it)).count();
    let all = rows.iter().map(deletes).sum();
    let fleet = budget.max_deletes.filter(|most| all > *most);
    let fleet = fleet.map(|most| Excess::Deletes { deletes: all, most });
    let projects = rows.iter().zip(of_projects).filter_map(|(row, most)| {
        let (deletes, most) = (deletes(row), (*most)?);
        (deletes > most).then(|| Excess::ProjectDeletes {
            project: row.name.clone(),
            deletes,
            most,
        })
    });
    fleet.into_iter().chain(projects).collect()
}
