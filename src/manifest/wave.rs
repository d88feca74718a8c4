//! `[[wave]]`: which projects start first, and what has to be so before the others do.

use super::document::Document;
use super::project::Project;
use super::selector::Pattern;
use super::value::{Node, Table};
use crate::model::{Problem, Wave};
use std::collections::HashMap;
use std::time::Duration;

/// The waves of a manifest, in their order; none where it has none. Writes into each project which one it is in: the first
/// that selects it, or a last one for those that none selects.
pub(super) fn settle(
    root: &Document<'_>,
    projects: &mut [Project],
    problems: &mut Vec<Problem>,
) -> Vec<Wave> {
    let nodes = root.table.get("wave").map_or(&[][..], Node::items);
    let mut waves = Vec::new();
    let mut of = vec![None; projects.len()];
    for node in nodes {
        let Some(table) = node.table() else { continue };
        if table.get("select").is_none() {
            problems.push(
                Problem::new("this wave selects no project")
                    .at(root.file.place(node.span.clone()))
                    .help("add select = [\"tag:canary\"]: names, globs over names, or tag:T"),
            );
        }
        for pattern in table.get("select").map_or(&[][..], Node::items) {
            select(root, pattern, waves.len(), projects, &mut of, problems);
        }
        waves.push(rules(table));
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
    problems.extend(too_late(projects));
    waves
}

/// Puts who matches and is in no wave yet into this one.
fn select(
    root: &Document<'_>,
    node: &Node,
    wave: usize,
    projects: &[Project],
    of: &mut [Option<usize>],
    problems: &mut Vec<Problem>,
) {
    let Some(text) = node.text() else { return };
    let place = root.file.place(node.span.clone());
    let pattern = match Pattern::new(text) {
        Ok(pattern) => pattern,
        Err(why) => {
            let problem = Problem::new("this is not a pattern for projects");
            return problems.push(problem.at(place).label(why));
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
        problems.push(
            Problem::new("this selects no project")
                .at(place)
                .help("`orchestrate list` shows the projects and their tags"),
        );
    }
}

/// What has been checked already.
fn rules(table: &Table) -> Wave {
    let soak = table.get("soak").and_then(Node::text);
    let percentage = table.get("max_fail_percentage").and_then(Node::integer);
    Wave {
        soak: soak
            .and_then(|text| humantime::parse_duration(text).ok())
            .unwrap_or(Duration::ZERO),
        max_fail_percentage: percentage
            .and_then(|number| u8::try_from(number).ok())
            .unwrap_or(0),
    }
}

/// Whoever depends on a project of a later wave would wait for ever.
fn too_late(projects: &[Project]) -> Vec<Problem> {
    let by_name: HashMap<&str, &Project> = projects
        .iter()
        .map(|project| (project.name.as_str(), project))
        .collect();
    let mut problems = Vec::new();
    for project in projects {
        let needed = project.depends_on.iter();
        for needed in needed.filter_map(|name| by_name.get(name.as_str())) {
            if needed.wave > project.wave {
                problems.push(
                    Problem::new(format!(
                        "`{}` starts in wave {}, and `{}`, which it depends on, in wave {}",
                        project.name,
                        project.wave + 1,
                        needed.name,
                        needed.wave + 1
                    ))
                    .at(project.place.clone())
                    .also(needed.place.clone(), "starts later")
                    .help(format!(
                        "let wave {} or an earlier one select `{}`, too",
                        project.wave + 1,
                        needed.name
                    )),
                );
            }
        }
    }
    problems
}
