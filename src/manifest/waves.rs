//! `[[wave]]`: the order in which projects start, and the conditions for starting the next wave.

use super::collect;
use super::document::Document;
use super::project::Project;
use super::select::Pattern;
use super::settings;
use super::value::{Node, items};
use crate::model::{Diagnostic, Wave};
use std::collections::HashMap;

/// The waves of a manifest in their order, if it has any. Assigns each project to the first wave that selects it, or
/// to an additional last wave.
pub(super) fn settle(
    root: &Document<'_>,
    projects: &mut [Project],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Wave> {
    let nodes = items(&root.table, "wave");
    let mut waves = Vec::new();
    let mut of = vec![None; projects.len()];
    for node in nodes {
        let Some(table) = node.table() else { continue };
        if table.get("select").is_none() {
            diagnostics.push(
                Diagnostic::new("this wave has no `select`")
                    .at(node.place())
                    .help("add select = [\"tag:canary\"]; patterns are names, globs over names, or tag:T"),
            );
        }
        for pattern in items(table, "select") {
            select(pattern, waves.len(), projects, &mut of, diagnostics);
        }
        waves.extend(collect(settings::read::<Wave>(table), diagnostics));
    }
    if waves.is_empty() {
        return waves;
    }
    if of.contains(&None) {
        waves.push(Wave::LENIENT);
    }
    for (project, wave) in projects.iter_mut().zip(&of) {
        project.wave = wave.unwrap_or(waves.len() - 1);
    }
    diagnostics.extend(too_late(projects));
    waves
}

/// Assigns the matching projects that are in no wave yet.
fn select(
    node: &Node,
    wave: usize,
    projects: &[Project],
    of: &mut [Option<usize>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(text) = node.text() else { return };
    let pattern = match Pattern::new(text) {
        Ok(pattern) => pattern,
        Err(why) => {
            let diagnostic = Diagnostic::new("this is not a valid project pattern");
            return diagnostics.push(diagnostic.at(node.place()).label(why));
        }
    };
    let mut any = false;
    for (of, project) in of.iter_mut().zip(projects) {
        if pattern.matches(project).is_some() {
            of.get_or_insert(wave);
            any = true;
        }
    }
    if !any {
        diagnostics.push(
            Diagnostic::new("this matches no project")
                .at(node.place())
                .help("`orchestrate list` shows the projects and their tags"),
        );
    }
}

/// Reports dependencies on projects of later waves: the dependents would wait forever.
fn too_late(projects: &[Project]) -> Vec<Diagnostic> {
    let by_name: HashMap<&str, &Project> = projects
        .iter()
        .map(|project| (project.name.as_str(), project))
        .collect();
    let mut diagnostics = Vec::new();
    for project in projects {
        let needed = project.depends_on.iter();
        for needed in needed.filter_map(|name| by_name.get(name.as_str())) {
            if needed.wave > project.wave {
                diagnostics.push(
                    Diagnostic::new(format!(
                        "`{}` in wave {} depends on `{}` in wave {}",
                        project.name,
                        project.wave + 1,
                        needed.name,
                        needed.wave + 1
                    ))
                    .at(project.place.clone())
                    .also(needed.place.clone(), "starts later")
                    .help(format!(
                        "let wave {} or an earlier wave select `{}`",
                        project.wave + 1,
                        needed.name
                    )),
                );
            }
        }
    }
    diagnostics
}
