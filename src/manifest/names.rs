//! Project names and dependencies.

use super::entry::{Entry, Sheet};
use super::file::File;
use super::graph;
use super::nearest::nearest;
use super::value::{Node, Table};
use crate::model::{Diagnostic, SourceSpan};
use std::collections::HashMap;

/// The dependencies of a project.
pub(super) fn dependencies(table: &Table) -> impl Iterator<Item = &Node> {
    table.get("depends_on").map_or(&[][..], Node::items).iter()
}

/// Reports duplicate names, duplicate or unknown dependencies, and cycles among all projects with a name, even if
/// they lack something else.
pub(super) fn check(sheets: &[Sheet<'_>], diagnostics: &mut Vec<Diagnostic>) {
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    let mut named: Vec<Named<'_>> = Vec::new();
    for sheet in sheets {
        let file = &sheet.document.file;
        for entry in &sheet.entries {
            let Some(name) = entry.table.get("name").and_then(Node::text) else {
                continue;
            };
            let one = Named { name, file, entry };
            if let Some(&first) = by_name.get(name) {
                diagnostics.push(one.same_as(&named[first]));
            } else {
                by_name.insert(name, named.len());
                named.push(one);
            }
        }
    }

    let mut edges = Vec::with_capacity(named.len());
    for one in &named {
        let mut known = Vec::new();
        let mut seen: HashMap<&str, &Node> = HashMap::new();
        for node in dependencies(&one.entry.table) {
            let Some(name) = node.text() else { continue };
            if let Some(first) = seen.insert(name, node) {
                let place = |node: &Node| one.file.place(node.span.clone());
                diagnostics.push(
                    Diagnostic::new(format!("`{name}` is listed twice in `depends_on`"))
                        .at(place(node))
                        .label("again here")
                        .also(place(first), "first here")
                        .help("remove one of them"),
                );
                continue;
            }
            if let Some(&at) = by_name.get(name) {
                known.push(at);
                continue;
            }
            let near = nearest(name, named.iter().map(|one| one.name));
            let mut diagnostic =
                Diagnostic::new(format!("there is no project `{name}` to depend on"))
                    .at(one.file.place(node.span.clone()));
            diagnostic.help = Some(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "declare it in this manifest or one that it includes, or remove it here".into()
                }
            });
            diagnostics.push(diagnostic);
        }
        edges.push(known);
    }
    for circle in graph::circles(&edges) {
        diagnostics.extend(cycle_diagnostic(&circle, &named));
    }
}

/// A project that has a name.
struct Named<'a> {
    name: &'a str,
    file: &'a File,
    entry: &'a Entry,
}

impl Named<'_> {
    /// The position of the name.
    fn place(&self) -> SourceSpan {
        let name = self.entry.table.get("name");
        let span = name.map_or(&self.entry.span, |node| &node.span);
        self.file.place(span.clone())
    }

    /// The diagnostic of a second project with this name.
    fn same_as(&self, first: &Self) -> Diagnostic {
        let what = format!("two projects are named `{}`", self.name);
        if self.place() != first.place() {
            return Diagnostic::new(what)
                .at(self.place())
                .label("again here")
                .also(first.place(), "first here")
                .help("rename one of them");
        }
        // One `[[project]]` makes both.
        let what = format!("{what}: {} and {}", first.origin(), self.origin());
        let help = if first.entry.folder == self.entry.folder {
            "write a name that differs for every combination of the matrix"
        } else {
            "write name = \"${parent}-${folder}\", where `${parent}` is the parent directory, or give each its own \
             [[project]]"
        };
        Diagnostic::new(what).at(self.place()).help(help)
    }

    /// What distinguishes it from the others of its `[[project]]`.
    fn origin(&self) -> String {
        let folder = self.entry.folder.iter();
        let values = self.entry.cell.iter();
        folder
            .map(|folder| folder.display().to_string())
            .chain(values.map(|(name, value)| format!("{name} = \"{value}\"")))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// The most projects of a cycle that are named.
const MOST_NAMED: usize = 12;

/// The diagnostic of a cycle, at the first project's dependency on the second.
fn cycle_diagnostic(circle: &[usize], named: &[Named<'_>]) -> Option<Diagnostic> {
    let (first, second) = (circle.first()?, circle.get(1).or(circle.first())?);
    let (first, second) = (&named[*first], &named[*second]);
    let node = dependencies(&first.entry.table).find(|node| node.text() == Some(second.name))?;
    let place = first.file.place(node.span.clone());
    if circle.len() == 1 {
        let what = format!("`{}` depends on itself", first.name);
        return Some(Diagnostic::new(what).at(place).help("remove it here"));
    }
    let mut names: Vec<&str> = circle.iter().map(|at| named[*at].name).collect();
    if names.len() > MOST_NAMED {
        names.truncate(MOST_NAMED);
        names.push("…");
    }
    names.push(first.name);
    Some(
        Diagnostic::new(format!("dependency cycle: {}", names.join(" → ")))
            .at(place)
            .label("remove one of these dependencies"),
    )
}
