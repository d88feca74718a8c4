//! Finds projects that lose a dependency when others are deleted.

use super::project::Project;
use std::collections::HashSet;

/// A remaining project with deleted dependencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bereft {
    /// Its name.
    pub name: String,
    /// The deleted projects in its `depends_on`, in that order.
    pub of: Vec<String>,
}

/// The remaining projects that depend on a deleted one, in the manifest's order.
pub fn bereft(all: &[Project], going: &[Project]) -> Vec<Bereft> {
    let going: HashSet<&str> = going.iter().map(|project| project.name.as_str()).collect();
    let stays = |project: &&Project| !going.contains(project.name.as_str());
    let bereft = all.iter().filter(stays).map(|project| Bereft {
        name: project.name.clone(),
        of: project
            .depends_on
            .iter()
            .filter(|name| going.contains(name.as_str()))
            .cloned()
            .collect(),
    });
    bereft.filter(|bereft| !bereft.of.is_empty()).collect()
}
