//! The projects: names, bundles, dependencies.

use super::document::Document;
use super::names;
use super::settings::{Base, Overrides, Settings};
use super::value::{Node, Table, sub};
use crate::model::{Folder, Inputs, Place, Problem, ProjectPolicy};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// One project, every value settled.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name, unique in the manifest.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// Where its payload comes from.
    pub origin: Origin,
    /// Where the manifest says so.
    pub origin_place: Place,
    /// The files it is made of.
    pub inputs: Inputs,
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

/// Where a project's payload comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A bundle, from the working directory or absolute. It existed when the manifest was loaded.
    Bundle(PathBuf),
    /// A Checkly project, to be bundled.
    Folder(Folder),
}

/// All projects of all files, and the accounts they name. A project that lacks something is left out, with a problem;
/// its account is not, so that what is wrong with that is told too.
pub(super) fn all(
    root: &Document,
    files: &[&Document],
    profile: Option<&Table>,
    overrides: &Overrides,
    problems: &mut Vec<Problem>,
) -> (Vec<Project>, BTreeSet<String>) {
    let (mut projects, mut accounts) = (Vec::new(), BTreeSet::new());
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
            projects.extend(reader.project(node, table, &mut accounts, problems));
        }
    }
    names::check(files, problems);
    (projects, accounts)
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
    fn project(
        &self,
        node: &Node,
        table: &Table,
        accounts: &mut BTreeSet<String>,
        problems: &mut Vec<Problem>,
    ) -> Option<Project> {
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
        let account = self.account(&called, &place, &settings, table, problems);
        accounts.extend(account.clone());
        let (bundle, origin_place) = bundle?;
        let mut depends_on = Vec::new();
        for name in names::dependencies(table).filter_map(Node::text) {
            if !depends_on.iter().any(|known| known == name) {
                depends_on.push(name.to_owned());
            }
        }
        Some(Project {
            name: text?.to_owned(),
            place,
            inputs: Inputs {
                base: file.dir.clone(),
                globs: vec![bundle.display().to_string()],
                declared: false,
            },
            origin: Origin::Bundle(bundle),
            origin_place,
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

    /// The account that is named, or else the only one there is.
    fn account(
        &self,
        called: &str,
        place: &Place,
        settings: &Settings,
        table: &Table,
        problems: &mut Vec<Problem>,
    ) -> Option<String> {
        if let Some(name) = &settings.account {
            return Some(name.clone());
        }
        let known = super::account_names(self.root)?;
        if let [only] = known[..] {
            return Some(only.to_owned());
        }
        if !self
            .layers(table)
            .any(|(_, table)| table.contains_key("account"))
        {
            problems.push(
                Problem::new(format!(
                    "{called} does not say which account it is deployed to"
                ))
                .at(place.clone())
                .help(format!(
                    "set account, here or in [defaults], to one of `{}`",
                    known.join("`, `")
                )),
            );
        }
        None
    }
}
