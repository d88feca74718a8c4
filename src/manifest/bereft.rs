//! Who would miss what is deleted.

use super::project::Project;
use std::collections::HashSet;

/// A project that stays and loses what it depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bereft {
    /// Its name.
    pub name: String,
    /// What goes of `depends_on`, in its order.
    pub of: Vec<String>,
}

/// The projects that stay when others go, and depend on one of them; in the manifest's order.
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
