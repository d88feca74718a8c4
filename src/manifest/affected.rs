//! Which projects are affected by what has changed in the repository, and by which changes.
//!
//! A project is affected when one of its inputs has changed, or what the manifest says of it. The rules for its inputs
//! are here, those for the manifest in `past`.

use super::origin::Origin;
use super::past::{self, Version};
use super::project::Project;
use super::reach::Reach;
use super::select::{Affected, Cause, Choice, Selection};
use crate::model::{Changes, Problem};
use std::collections::BTreeMap;

/// Finds the affected ones among all projects of a manifest.
///
/// # Errors
/// Every project of which that cannot be told, but for those that the selection leaves out anyway.
pub fn affected(
    projects: &[Project],
    selection: &Selection,
    changes: &Changes,
    versions: &[Version],
    profile: Option<&str>,
) -> Result<Affected, Vec<Problem>> {
    // A selection that cannot be used is refused by whoever uses it.
    let choice = Choice::new(projects, selection).ok();
    let is_left_out = |at: usize| {
        let choice = choice.as_ref();
        choice.is_some_and(|choice| !choice.chosen[at] || choice.exclude[at].is_some())
    };
    let (mut causes, mut problems) = (BTreeMap::new(), vec![]);
    for (at, project) in projects.iter().enumerate() {
        let mut of_project = match inputs(project, changes) {
            Ok(causes) => causes,
            Err(_) if is_left_out(at) => continue,
            Err(problem) => {
                problems.push(*problem);
                continue;
            }
        };
        let says = past::changed(project, versions, profile);
        of_project.extend(says.into_iter().map(Cause::Manifest));
        if !of_project.is_empty() {
            causes.insert(project.name.clone(), of_project);
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Affected {
        since: changes.base(),
        causes,
    })
}

/// The inputs of a project that have changed.
fn inputs(project: &Project, changes: &Changes) -> Result<Vec<Cause>, Box<Problem>> {
    let cannot = |why: String, help: &str| {
        let what = format!(
            "whether project \"{}\" is affected cannot be told: {why}",
            project.name
        );
        let problem = Problem::new(what).at(project.origin_place.clone());
        Box::new(problem.help(help))
    };
    let reaches: Vec<Reach> = match (&project.origin, project.inputs.declared) {
        (_, true) => {
            let globs = project.inputs.globs.iter();
            globs
                .map(|glob| Reach::of_glob(&project.inputs.base, glob))
                .collect::<Result<_, _>>()
        }
        (Origin::Bundle(path), false) => Ok(vec![Reach::of_path(path)]),
        (Origin::Folder(folder), false) => Ok(vec![Reach::of_path(&folder.dir)]),
        (Origin::Nowhere, false) => Ok(vec![]),
    }
    .map_err(|why| cannot(why, "correct it in `inputs`"))?;
    let mut found = vec![];
    for mut reach in reaches {
        if !reach.start_from(&changes.root) {
            let why = format!("{reach} is not in the git repository of the manifest");
            return Err(cannot(
                why,
                "leave out --affected, or the project with --exclude",
            ));
        }
        if !project.inputs.declared && changes.ignores(reach.fixed()) {
            let why = format!("git ignores {reach}");
            return Err(cannot(why, "say with `inputs` which files it is made of"));
        }
        found.extend(changes.files.iter().filter(|file| reach.covers(file)));
    }
    found.sort();
    found.dedup();
    Ok(found
        .into_iter()
        .map(|file| Cause::Input(file.path.clone()))
        .collect())
}
