//! Project names and dependencies: duplicates, unknown names, and cycles.

use super::diagnostic::suggest;
use super::document::File;
use super::expand::{MatrixRow, refers_to};
use super::project_table::ProjectTable;
use super::value::{Node, items};
use crate::model::Diagnostic;
use std::collections::HashMap;
use toml::de::DeTable;

/// The most projects of a cycle that are named.
const MOST_NAMED: usize = 12;

/// Reports duplicate names, duplicate or unknown dependencies, and cycles among all projects with a name, even if
/// they lack something else.
pub(super) fn check(tables: &[ProjectTable], diagnostics: &mut Vec<Diagnostic>) {
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    let mut named: Vec<&ProjectTable> = Vec::new();
    for table in tables {
        let Some(name) = table.name() else { continue };
        if let Some(&first) = by_name.get(name) {
            diagnostics.push(duplicate_name(name, table, named[first]));
        } else {
            by_name.insert(name, named.len());
            named.push(table);
        }
    }

    let mut edges = Vec::with_capacity(named.len());
    for table in &named {
        let mut known = Vec::new();
        let mut seen: HashMap<&str, &Node> = HashMap::new();
        for node in items(&table.own, "depends_on") {
            let Some(name) = node.text() else { continue };
            if let Some(first) = seen.insert(name, node) {
                diagnostics.push(
                    Diagnostic::new(format!("`{name}` is listed twice in `depends_on`"))
                        .at(node.place())
                        .label("again here")
                        .also(first.place(), "first here")
                        .help("remove one of them"),
                );
            } else if let Some(&at) = by_name.get(name) {
                known.push(at);
            } else {
                let near = suggest(name, named.iter().filter_map(|table| table.name()));
                let what = format!("there is no project `{name}` to depend on");
                diagnostics.push(
                    Diagnostic::new(what).at(node.place()).help(match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => {
                            "declare it in this manifest or one that it includes, or remove it here"
                                .into()
                        }
                    }),
                );
            }
        }
        edges.push(known);
    }
    for cycle in cycles(&edges) {
        diagnostics.extend(cycle_diagnostic(&cycle, &named));
    }
}

/// The diagnostic of a second project with a name.
fn duplicate_name(name: &str, table: &ProjectTable, first: &ProjectTable) -> Diagnostic {
    let what = format!("two projects are named `{name}`");
    if table.place() != first.place() {
        return Diagnostic::new(what)
            .at(table.place())
            .label("again here")
            .also(first.place(), "first here")
            .help("rename one of them");
    }
    // One `[[project]]` makes both.
    let what = format!("{what}: {} and {}", variant(first), variant(table));
    let help = if first.directory == table.directory {
        "write a name that differs for every combination of the matrix"
    } else {
        "write name = \"${parent}-${folder}\", where `${parent}` is the parent directory, or give each its own \
         [[project]]"
    };
    Diagnostic::new(what).at(table.place()).help(help)
}

/// What distinguishes a project from the others of its `[[project]]`.
fn variant(table: &ProjectTable) -> String {
    let directory = table.directory.iter().map(|dir| dir.display().to_string());
    let values = table.row.iter();
    let values = values.map(|(name, value)| format!("{name} = \"{value}\""));
    directory.chain(values).collect::<Vec<_>>().join(", ")
}

/// The diagnostic of a name that is the same for all directories of a pattern.
pub(super) fn same_for_directories(project: &DeTable<'_>, file: &File) -> Option<Diagnostic> {
    let value = project.get("name")?;
    let name = value.get_ref().as_str()?;
    if is_by_directory(name) {
        return None;
    }
    let diagnostic = Diagnostic::new("every directory that `path` matches needs its own name")
        .at(file.place(value.span()))
        .help(format!(
            "remove `name` to use the directories' names, or write name = \"{name}-${{folder}}\""
        ));
    Some(diagnostic)
}

/// The diagnostic of a name that does not depend on all variables of the matrix.
pub(super) fn same_for_rows(
    project: &DeTable<'_>,
    file: &File,
    row: &MatrixRow,
) -> Option<Diagnostic> {
    let (name, path) = (project.get("name"), project.get("path"));
    let place = file.place(name.or(path)?.span());
    let name = name.map_or(Some("${folder}"), |name| name.get_ref().as_str())?;
    let path = path.and_then(|path| path.get_ref().as_str());
    // The path contributes the directory's name.
    let texts = [Some(name), path.filter(|_| is_by_directory(name))];
    let is_lost = |variable: &&str| {
        let reference = format!("matrix.{variable}");
        let mut texts = texts.iter().flatten();
        !texts.any(|text| refers_to(text, &reference))
    };
    let lost: Vec<&str> = row.keys().map(String::as_str).filter(is_lost).collect();
    if lost.is_empty() {
        return None;
    }
    let added = lost
        .iter()
        .map(|variable| format!("-${{matrix.{variable}}}"));
    let better = name.to_owned() + &added.collect::<String>();
    let what = format!(
        "the name is the same for every value of `{}`",
        lost.join("` and `")
    );
    Some(
        Diagnostic::new(what)
            .at(place)
            .help(format!("write name = \"{better}\"")),
    )
}

/// Whether a name contains the directory's.
fn is_by_directory(name: &str) -> bool {
    refers_to(name, "folder") || refers_to(name, "parent")
}

/// The diagnostic of a cycle, at the first project's dependency on the second.
fn cycle_diagnostic(cycle: &[usize], named: &[&ProjectTable]) -> Option<Diagnostic> {
    let mut names: Vec<&str> = cycle.iter().filter_map(|at| named[*at].name()).collect();
    let first = *names.first()?;
    let second = *names.get(1).unwrap_or(&first);
    let mut dependencies = items(&named[*cycle.first()?].own, "depends_on").iter();
    let place = dependencies
        .find(|node| node.text() == Some(second))?
        .place();
    if cycle.len() == 1 {
        let what = format!("`{first}` depends on itself");
        return Some(Diagnostic::new(what).at(place).help("remove it here"));
    }
    if names.len() > MOST_NAMED {
        names.truncate(MOST_NAMED);
        names.push("…");
    }
    names.push(first);
    Some(
        Diagnostic::new(format!("dependency cycle: {}", names.join(" → ")))
            .at(place)
            .label("remove one of these dependencies"),
    )
}

/// One cycle for each edge that closes one, as its nodes starting at the lowest. Removing these edges leaves no
/// cycle. `edges[n]` are the nodes that `n` depends on. Iterative, so a long chain does not overflow the stack.
fn cycles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        OnPath,
        Done,
    }
    let mut seen = vec![Seen::No; edges.len()];
    let mut cycles = Vec::new();
    for root in 0..edges.len() {
        if seen[root] != Seen::No {
            continue;
        }
        // The path from the root: each node with the number of its edges followed.
        let mut path = vec![(root, 0)];
        seen[root] = Seen::OnPath;
        while let Some((node, followed)) = path.last_mut() {
            let Some(&next) = edges[*node].get(*followed) else {
                seen[*node] = Seen::Done;
                path.pop();
                continue;
            };
            *followed += 1;
            match seen[next] {
                Seen::No => {
                    seen[next] = Seen::OnPath;
                    path.push((next, 0));
                }
                Seen::OnPath => {
                    let start = path.iter().position(|(node, _)| *node == next);
                    let nodes = path[start.unwrap_or(0)..].iter().map(|(node, _)| *node);
                    cycles.push(from_lowest(nodes.collect()));
                }
                Seen::Done => {}
            }
        }
    }
    cycles
}

fn from_lowest(mut cycle: Vec<usize>) -> Vec<usize> {
    let lowest = (0..cycle.len()).min_by_key(|&at| cycle[at]);
    cycle.rotate_left(lowest.unwrap_or(0));
    cycle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diamond_has_no_cycle() {
        assert!(cycles(&[vec![1, 2], vec![3], vec![3], vec![]]).is_empty());
    }

    #[test]
    fn a_cycle_starts_at_its_lowest_node_wherever_it_is_entered() {
        assert_eq!(cycles(&[vec![3], vec![2], vec![3], vec![1]]), [[1, 2, 3]]);
    }

    #[test]
    fn a_node_that_depends_on_itself_is_a_cycle_of_one() {
        assert_eq!(cycles(&[vec![0]]), [[0]]);
    }

    #[test]
    fn separate_cycles_are_all_found() {
        assert_eq!(
            cycles(&[vec![1], vec![0], vec![3], vec![2]]),
            [[0, 1], [2, 3]]
        );
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_nodes_is_walked() {
        let length = 100_000;
        let mut edges: Vec<_> = (1..length).map(|next| vec![next]).collect();
        edges.push(vec![0]);
        assert_eq!(cycles(&edges)[0].len(), length);
    }

    proptest::proptest! {
        #[test]
        fn removing_the_closing_edges_leaves_no_cycle(
            edges in proptest::collection::vec(proptest::collection::vec(0_usize..8, 0..4), 8),
        ) {
            let found = cycles(&edges);
            for cycle in &found {
                for (at, node) in cycle.iter().enumerate() {
                    let next = cycle[(at + 1) % cycle.len()];
                    proptest::prop_assert!(edges[*node].contains(&next), "not a cycle: {:?}", cycle);
                }
            }
            // The oracle: removing nodes without dependencies again and again leaves nothing iff there is no cycle.
            let mut left: Vec<usize> = (0..edges.len()).collect();
            while let Some(at) = left.iter().position(|n| edges[*n].iter().all(|to| !left.contains(to))) {
                left.remove(at);
            }
            proptest::prop_assert_eq!(found.is_empty(), left.is_empty());
        }
    }
}
