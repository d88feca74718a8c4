//! The names that projects go by among each other.

use super::document::Document;
use super::graph;
use super::nearest::nearest;
use super::value::{Node, Table};
use crate::model::Problem;
use std::collections::HashMap;

/// What a project depends on.
pub(super) fn dependencies(table: &Table) -> impl Iterator<Item = &Node> {
    table.get("depends_on").map_or(&[][..], Node::items).iter()
}

/// Tells names used twice, dependencies that are no project, and circles. Looks at all projects that have a name, also
/// at those that lack something else.
pub(super) fn check(files: &[&Document], problems: &mut Vec<Problem>) {
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    let mut named: Vec<(&str, &Document, &Table)> = Vec::new();
    for document in files {
        for (_, table) in document.projects() {
            let Some(node) = table.get("name") else {
                continue;
            };
            let Some(name) = node.text() else { continue };
            let place = document.file.place(node.span.clone());
            if let Some(&first) = by_name.get(name) {
                let (_, document, table) = named[first];
                let first = table.get("name").map_or(0..0, |node| node.span.clone());
                problems.push(
                    Problem::new(format!("two projects are called `{name}`"))
                        .at(place)
                        .label("again here")
                        .also(document.file.place(first), "first here")
                        .help("give one of them another name"),
                );
            } else {
                by_name.insert(name, named.len());
                named.push((name, *document, table));
            }
        }
    }

    let mut edges = Vec::with_capacity(named.len());
    for (_, document, table) in &named {
        let mut known = Vec::new();
        for node in dependencies(table) {
            let Some(name) = node.text() else { continue };
            if let Some(&at) = by_name.get(name) {
                known.push(at);
                continue;
            }
            let near = nearest(name, named.iter().map(|(name, ..)| *name));
            let mut problem = Problem::new(format!("there is no project `{name}` to depend on"))
                .at(document.file.place(node.span.clone()));
            problem.help = Some(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "declare it in this manifest or one that it includes, or remove it here".into()
                }
            });
            problems.push(problem);
        }
        edges.push(known);
    }
    for circle in graph::circles(&edges) {
        problems.extend(circle_problem(&circle, &named));
    }
}

/// A circle of more projects is not named whole.
const MOST_NAMED: usize = 12;

/// Points at the first project's dependency on the second.
fn circle_problem(circle: &[usize], named: &[(&str, &Document, &Table)]) -> Option<Problem> {
    let (first, second) = (circle.first()?, circle.get(1).or(circle.first())?);
    let (_, document, table) = named[*first];
    let node = dependencies(table).find(|node| node.text() == Some(named[*second].0))?;
    let place = document.file.place(node.span.clone());
    if circle.len() == 1 {
        let what = format!("`{}` depends on itself", named[*first].0);
        return Some(Problem::new(what).at(place).help("remove it here"));
    }
    let mut names: Vec<&str> = circle.iter().map(|at| named[*at].0).collect();
    if names.len() > MOST_NAMED {
        names.truncate(MOST_NAMED);
        names.push("…");
    }
    names.push(named[*first].0);
    Some(
        Problem::new(format!(
            "projects wait for each other: {}",
            names.join(" → ")
        ))
        .at(place)
        .label("one of these dependencies must go"),
    )
}
