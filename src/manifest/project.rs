//! The projects: names, bundles, dependencies.

use super::document::Document;
use super::graph;
use super::nearest::nearest;
use super::settings::{Base, Overrides};
use super::value::{Node, Table, sub};
use crate::model::{Place, Problem, ProjectPolicy};
use std::collections::HashMap;
use std::path::PathBuf;

/// One project, every value settled.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name, unique in the manifest.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// The file with its payload; relative to the working directory or absolute. It existed when the manifest was loaded.
    pub bundle: PathBuf,
    /// Where the manifest says so.
    pub bundle_place: Place,
    /// The folder of the manifest that declares it.
    pub dir: PathBuf,
    /// The account it is deployed to: a key of [`Manifest::accounts`](super::Manifest::accounts).
    pub account: String,
    /// Projects that must be deployed before it.
    pub depends_on: Vec<String>,
    /// For `--only tag:…`.
    pub tags: Vec<String>,
    /// Higher starts earlier.
    pub priority: i64,
    /// The logical id that its bundle must have, and where that is said.
    pub logical_id: Option<(String, Place)>,
    /// What its deployment obeys.
    pub policy: ProjectPolicy,
}

/// All projects of all files. Those that lack something are left out, with a problem.
pub(super) fn all(
    root: &Document,
    files: &[&Document],
    profile: Option<&Table>,
    overrides: &Overrides,
    problems: &mut Vec<Problem>,
) -> Vec<Project> {
    let mut projects = Vec::new();
    for file in files {
        let base = match Base::new(root, file, profile) {
            Ok(base) => base,
            Err(error) => {
                problems.push(super::unsettled(&error));
                continue;
            }
        };
        let reader = Reader {
            root,
            file,
            profile,
            overrides,
            base,
        };
        for (node, table) in file.projects() {
            projects.extend(reader.project(node, table, problems));
        }
    }
    check_names(files, problems);
    projects
}

/// Reads the projects of one file.
struct Reader<'a> {
    root: &'a Document,
    file: &'a Document,
    profile: Option<&'a Table>,
    overrides: &'a Overrides,
    base: Base,
}

impl Reader<'_> {
    fn project(&self, node: &Node, table: &Table, problems: &mut Vec<Problem>) -> Option<Project> {
        let file = &self.file.file;
        let name = table.get("name");
        let text = name.and_then(Node::text);
        if name.is_none() {
            problems.push(
                Problem::new("this project has no name")
                    .at(file.place(node.span.clone()))
                    .help("add name = \"…\""),
            );
        }
        let place = file.place(name.unwrap_or(node).span.clone());
        let called = text.map_or_else(|| "this project".to_owned(), |name| format!("`{name}`"));
        let bundle = self.bundle(&called, &place, table, problems);
        let settings = match self.base.project(table) {
            Ok(settings) => settings,
            Err(error) => {
                problems.push(super::unsettled(&error).at(place));
                return None;
            }
        };
        let account = settings.account.clone().or_else(|| self.only_account());
        if account.is_none()
            && !self
                .layers(table)
                .any(|(_, table)| table.contains_key("account"))
        {
            let known = super::account_names(self.root).join("`, `");
            problems.push(
                Problem::new(format!(
                    "{called} does not say which account it is deployed to"
                ))
                .at(place.clone())
                .help(format!(
                    "set account, here or in [defaults], to one of `{known}`"
                )),
            );
        }
        let (bundle, bundle_place) = bundle?;
        let mut depends_on = Vec::new();
        for name in dependencies(table).filter_map(Node::text) {
            if !depends_on.iter().any(|known| known == name) {
                depends_on.push(name.to_owned());
            }
        }
        Some(Project {
            name: text?.to_owned(),
            place,
            bundle,
            bundle_place,
            dir: match file.dir.as_os_str().is_empty() {
                true => PathBuf::from("."),
                false => file.dir.clone(),
            },
            account: account?,
            depends_on,
            policy: settings.policy(self.overrides),
            tags: settings.tags,
            priority: settings.priority,
            logical_id: self.layers(table).find_map(|(document, table)| {
                let node = table.get("logical_id")?;
                Some((
                    node.text()?.to_owned(),
                    document.file.place(node.span.clone()),
                ))
            }),
        })
    }

    /// The tables that settle a project's values, the strongest first.
    fn layers<'t>(&'t self, project: &'t Table) -> impl Iterator<Item = (&'t Document, &'t Table)> {
        let profile = self.profile.map(|profile| (self.root, profile));
        let defaults = [self.file, self.root]
            .into_iter()
            .filter_map(|document| Some((document, sub(&document.table, "defaults")?)));
        std::iter::once((self.file, project))
            .chain(profile)
            .chain(defaults)
    }

    fn bundle(
        &self,
        called: &str,
        place: &Place,
        table: &Table,
        problems: &mut Vec<Problem>,
    ) -> Option<(PathBuf, Place)> {
        let Some(node) = table.get("bundle") else {
            if !table.contains_key("path") {
                problems.push(
                    Problem::new(format!("{called} has no bundle"))
                        .at(place.clone())
                        .help("add bundle = \"…\", the file that `checkly deploy --debug-bundle` writes"),
                );
            }
            return None;
        };
        let path = self.file.file.dir.join(node.text()?);
        let place = self.file.file.place(node.span.clone());
        let why = match path.metadata() {
            Ok(data) if data.is_file() => return Some((path, place)),
            Ok(_) => "it is not a file".to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                "there is no such file".to_owned()
            }
            Err(error) => error.to_string(),
        };
        problems.push(
            Problem::new(format!("cannot read the bundle {}: {why}", path.display()))
                .at(place)
                .help("write it with `checkly deploy --debug-bundle`; a relative path starts from the manifest's folder"),
        );
        None
    }

    /// The account of projects that name none, where there is only one.
    fn only_account(&self) -> Option<String> {
        match super::account_names(self.root)[..] {
            [only] => Some(only.to_owned()),
            _ => None,
        }
    }
}

fn dependencies(table: &Table) -> impl Iterator<Item = &Node> {
    table.get("depends_on").map_or(&[][..], Node::items).iter()
}

/// Tells names used twice, dependencies that are no project, and circles. Looks at all projects that have a name, also
/// at those that lack something else.
fn check_names(files: &[&Document], problems: &mut Vec<Problem>) {
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
