//! Finds the projects that changes in the repository affect.
//!
//! A project is affected if one of its inputs has changed, or its part of the manifest. The rules for inputs are
//! here, those for the manifest in `base_revision`.

use super::base_revision::{self, Version};
use super::project::{Origin, Project};
use super::select::{Affected, Cause, Selection, SelectionTrace};
use crate::inputs::InputPattern;
use crate::model::{Changes, Diagnostic};
use std::collections::BTreeMap;

/// The affected projects of a manifest, with the changes.
///
/// # Errors
/// Every project for which git cannot tell, unless the selection leaves it out anyway.
pub fn affected(
    projects: &[Project],
    selection: &Selection,
    changes: &Changes,
    versions: &[Version],
    profile: Option<&str>,
) -> Result<Affected, Vec<Diagnostic>> {
    // The caller reports an invalid selection.
    let trace = SelectionTrace::new(projects, selection).ok();
    let is_left_out = |at: usize| {
        let trace = trace.as_ref();
        trace.is_some_and(|trace| !trace.chosen[at] || trace.exclude[at].is_some())
    };
    let (mut causes, mut diagnostics) = (BTreeMap::new(), vec![]);
    for (at, project) in projects.iter().enumerate() {
        let mut of_project = match inputs(project, changes) {
            Ok(causes) => causes,
            Err(_) if is_left_out(at) => continue,
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                continue;
            }
        };
        let says = base_revision::changed(project, versions, profile);
        of_project.extend(says.into_iter().map(Cause::Manifest));
        if !of_project.is_empty() {
            causes.insert(project.name.clone(), of_project);
        }
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    Ok(Affected {
        since: changes.base(),
        causes,
    })
}

/// The changed inputs of a project.
fn inputs(project: &Project, changes: &Changes) -> Result<Vec<Cause>, Box<Diagnostic>> {
    let cannot = |why: String, help: &str| {
        let what = format!(
            "cannot determine whether project \"{}\" is affected: {why}",
            project.name
        );
        let diagnostic = Diagnostic::new(what).at(project.origin_place.clone());
        Box::new(diagnostic.help(help))
    };
    let patterns: Vec<InputPattern> = match (&project.origin, project.inputs.declared) {
        (_, true) => {
            let base = &project.inputs.base;
            let pattern = |text: &String| {
                let pattern = InputPattern::of_glob(base, text);
                pattern.map_err(|why| format!("{text} is not a valid pattern: {why}"))
            };
            project.inputs.globs.iter().map(pattern).collect()
        }
        (Origin::Bundle(path), false) => Ok(vec![InputPattern::of_path(path)]),
        (Origin::Directory(directory), false) => Ok(vec![InputPattern::of_path(&directory.dir)]),
        (Origin::Nowhere, false) => Ok(vec![]),
    }
    .map_err(|why| cannot(why, "correct `inputs`"))?;
    let mut found = vec![];
    for pattern in patterns {
        let Ok(path) = pattern.start().strip_prefix(&changes.root) else {
            let why = format!("{pattern} is outside the manifest's git repository");
            return Err(cannot(
                why,
                "remove --affected, or exclude the project with --exclude",
            ));
        };
        if !project.inputs.declared && changes.ignores(path) {
            let why = format!("git ignores {pattern}");
            return Err(cannot(why, "list the project's source files in `inputs`"));
        }
        found.extend(pattern.changed(changes));
    }
    found.sort();
    found.dedup();
    Ok(found
        .into_iter()
        .map(|file| Cause::Input(file.path.clone()))
        .collect())
}
