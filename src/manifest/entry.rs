//! From `[[project]]` to projects: one for each folder that its `path` matches.
//!
//! The table is read once for each of them, since what stands in it may differ: `${folder}`.

use super::check::{Check, Named};
use super::document::Document;
use super::expand::{Env, Given, Scope, refers_to};
use super::folder::{self, Names};
use super::layers::Layers;
use super::pattern::{self, Wanted};
use super::schema::{Kind, PROJECT};
use super::value::{Node, Table, Value};
use crate::model::{Place, Problem};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// A file and the projects that it declares.
pub(super) struct Sheet<'a> {
    pub(super) document: &'a Document<'a>,
    pub(super) layers: Layers<'a>,
    pub(super) entries: Vec<Entry>,
}

/// One project.
pub(super) struct Entry {
    /// Where its `[[project]]` begins.
    pub(super) span: Range<usize>,
    pub(super) table: Table,
    /// The folder of its `path`, which can be bundled.
    pub(super) folder: Option<PathBuf>,
}

impl<'a> Sheet<'a> {
    /// Reads the projects of a file.
    pub(super) fn new(layers: Layers<'a>, env: &'a Env<'a>, problems: &mut Vec<Problem>) -> Self {
        let document = layers.file;
        let mut entries = Vec::new();
        for value in &document.projects {
            // What is not a table has been told.
            if let DeValue::Table(raw) = value.get_ref() {
                let span = value.span();
                let reader = Reader {
                    layers,
                    env,
                    raw,
                    span,
                };
                entries.extend(reader.entries(problems));
            }
        }
        Self {
            document,
            layers,
            entries,
        }
    }
}

/// Reads one `[[project]]`.
struct Reader<'a> {
    layers: Layers<'a>,
    env: &'a Env<'a>,
    raw: &'a DeTable<'a>,
    span: Range<usize>,
}

impl Reader<'_> {
    fn entries(&self, problems: &mut Vec<Problem>) -> Vec<Entry> {
        let Some(value) = self.raw.get("path") else {
            let why = "it is the last part of `path`, which this project does not have";
            return vec![self.entry(Given::Absent(why), None, problems)];
        };
        let itself = Given::Absent("`path` itself says which folder it is");
        let path = self
            .check(itself, problems)
            .value(&Named::key("path"), &Kind::Text, value);
        let path = path.as_ref().and_then(Node::text);
        let Some(path) = path else {
            return vec![self.entry(Given::Wrong, None, problems)];
        };
        let place = self.layers.file.file.place(value.span());
        let dir = self.layers.file.file.dir.join(path);
        if pattern::is_pattern(path) && !dir.is_dir() {
            self.several(path, place, problems)
        } else {
            vec![self.one(&dir, place, problems)]
        }
    }

    /// The project of a plain path.
    fn one(&self, dir: &Path, place: Place, problems: &mut Vec<Problem>) -> Entry {
        let mut entry = self.entry(Given::This(&Names::of(dir)), None, problems);
        let fault = match folder::missing(dir) {
            Some(problem) => Some(problem.at(place)),
            None => self.unconfigured(dir, place, &entry.table),
        };
        if fault.is_none() {
            entry.folder = Some(dir.to_owned());
        }
        problems.extend(fault);
        entry
    }

    /// The projects of a pattern.
    fn several(&self, path: &str, place: Place, problems: &mut Vec<Problem>) -> Vec<Entry> {
        let dir = &self.layers.file.file.dir;
        let matched = match pattern::matches(dir, path, Wanted::Folders) {
            Ok(matched) => matched,
            Err(why) => {
                let problem = Problem::new("this is not a pattern for folders");
                problems.push(problem.at(place).label(why));
                return vec![self.entry(Given::Wrong, None, problems)];
            }
        };
        let mut entries = Vec::new();
        let mut config = None;
        for dir in &matched {
            let mut told = Vec::new();
            let entry = self.entry(Given::This(&Names::of(dir)), Some(dir.clone()), &mut told);
            if self.is_project(dir, &entry.table) {
                problems.append(&mut told);
                entries.push(entry);
            } else {
                config = self.config(&entry.table).map(str::to_owned);
            }
        }
        if entries.is_empty() {
            let problem = folder::none_found(&matched, config.as_deref());
            problems.push(problem.at(place));
            entries.push(self.entry(Given::Wrong, None, problems));
        }
        if let Some(problem) = self.same_name() {
            problems.push(problem);
            entries.truncate(1);
        }
        entries
    }

    /// A name that does not tell the folders of a pattern apart.
    fn same_name(&self) -> Option<Problem> {
        let value = self.raw.get("name")?;
        let name = value.get_ref().as_str()?;
        let refers = |to| refers_to(name, to);
        if refers("folder") || refers("parent") {
            return None;
        }
        let problem = Problem::new("one name cannot be that of all folders that `path` matches")
            .at(self.layers.file.file.place(value.span()))
            .help(format!(
                "leave `name` out to call each by its folder, or write name = \"{name}-${{folder}}\""
            ));
        Some(problem)
    }

    fn check<'c>(&'c self, folder: Given<&'c Names>, problems: &'c mut Vec<Problem>) -> Check<'c> {
        let env = self.env;
        Check {
            file: &self.layers.file.file,
            included: false,
            scope: Scope { env, folder },
            problems,
        }
    }

    /// What stands in the table, for one folder. Without a name it is called as the folder is.
    fn entry(
        &self,
        names: Given<&Names>,
        folder: Option<PathBuf>,
        problems: &mut Vec<Problem>,
    ) -> Entry {
        let mut check = self.check(names, problems);
        let mut table = check.table("[[project]]", PROJECT, self.raw);
        if let (None, Some(path)) = (table.get("name"), table.get("path")) {
            let span = path.span.clone();
            let name = check.text(&Named::key("name"), &Kind::Name, "${folder}", span.clone());
            let value = name.map_or(Value::Wrong, Value::Text);
            table.insert("name".to_owned(), Node { span, value });
        }
        Entry {
            span: self.span.clone(),
            table,
            folder,
        }
    }

    /// Whether a folder that a pattern matches is one that can be bundled, or may be, once what is wrong is put right.
    fn is_project(&self, dir: &Path, table: &Table) -> bool {
        let is_wrong = |key| {
            let found = self.layers.find(table, key);
            found.is_some_and(|(_, node)| node.is_wrong())
        };
        self.has_command(table) || is_wrong("config") || folder::holds(dir, self.config(table))
    }

    /// What to say about a folder without a configuration.
    fn unconfigured(&self, dir: &Path, place: Place, table: &Table) -> Option<Problem> {
        if self.is_project(dir, table) {
            return None;
        }
        let problem = folder::unconfigured(dir, self.config(table));
        Some(match self.layers.place(table, "config") {
            Some(config) => problem.at(config).also(place, "of this folder"),
            None => problem.at(place),
        })
    }

    fn config<'t>(&'t self, table: &'t Table) -> Option<&'t str> {
        self.layers.find(table, "config")?.1.text()
    }

    fn has_command(&self, table: &Table) -> bool {
        self.layers.find(table, "bundle_command").is_some()
    }
}
