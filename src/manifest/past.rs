//! The manifest as it was at a commit, beside what it is now.
//!
//! Read as plain TOML and leniently: nobody can correct the past. A table counts as changed when it has other keys or
//! values; white space, comments, order, and what variables expand to do not count.

use super::project::Project;
use super::schema::LIMITS;
use globset::GlobBuilder;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toml::de::DeTable;
use toml::{Table, Value};

/// One file of a manifest, now and at the base.
#[derive(Clone, Debug)]
pub struct Version {
    /// The file, as [`Place`](crate::model::Place)s name it.
    pub file: PathBuf,
    /// Whether it is the root manifest.
    pub is_root: bool,
    /// What became of it since.
    pub then: Then,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub enum Then {
    /// Nothing.
    Same,
    /// It was another.
    Text {
        /// What it says now.
        now: String,
        /// What it said.
        before: String,
    },
    /// It was not there, or git does not know it.
    Unknown,
}

/// What of the manifest's words about a project has changed: what to call each.
pub(super) fn changed(
    project: &Project,
    versions: &[Version],
    profile: Option<&str>,
) -> Vec<String> {
    let own = |version: &&Version| version.file == project.place.file;
    let own = versions.iter().find(own);
    let root = versions.iter().find(|version| version.is_root);
    let mut changed = vec![];
    if let Some(own) = own {
        let file = own.file.display();
        match &own.then {
            Then::Same => {}
            Then::Unknown => changed.push(unknown(&own.file)),
            Then::Text { now, before } => {
                if !has_project_of(project, now, before) {
                    changed.push(format!("its [[project]] in {file}"));
                }
                if table(now, &["defaults"]) != table(before, &["defaults"]) {
                    changed.push(format!("[defaults] of {file}"));
                }
            }
        }
    }
    let Some(root) = root else {
        return changed;
    };
    let Then::Text { now, before } = &root.then else {
        return changed;
    };
    let mut shared = vec![vec!["api"], vec!["accounts", &project.account]];
    if own.is_none_or(|own| !own.is_root) {
        shared.push(vec!["defaults"]);
    }
    shared.extend(profile.map(|profile| vec!["profile", profile]));
    for path in shared {
        if table(now, &path) != table(before, &path) {
            let (title, file) = (path.join("."), root.file.display());
            changed.push(format!("[{title}] of {file}"));
        }
    }
    changed
}

fn unknown(file: &Path) -> String {
    match file == Path::new("-") {
        true => "the manifest, which comes from standard input".to_owned(),
        false => format!("{}, which git did not know", file.display()),
    }
}

/// Whether the old text has the very `[[project]]` that the project comes from.
fn has_project_of(project: &Project, now: &str, before: &str) -> bool {
    let place = project.place.span.start;
    let (tree, _) = DeTable::parse_recoverable(now);
    let tables = tree.get_ref().get("project");
    let tables = tables.and_then(|tables| tables.get_ref().as_array());
    let begun = tables.map(|tables| {
        let starts = tables.iter().map(|table| table.span().start);
        starts.filter(|start| *start <= place).count()
    });
    let (now, before) = (projects(now), projects(before));
    let own = begun.and_then(|begun| now.get(begun.checked_sub(1)?));
    own.is_some_and(|own| before.contains(own))
}

fn projects(text: &str) -> Vec<Value> {
    match parse(text).remove("project") {
        Some(Value::Array(projects)) => projects,
        _ => vec![],
    }
}

/// What stands under a path of keys, but for what the run as a whole obeys.
fn table(text: &str, path: &[&str]) -> Option<Value> {
    let mut value = Value::Table(parse(text));
    for key in path {
        value = value.as_table_mut()?.remove(*key)?;
    }
    if let Some(table) = value.as_table_mut() {
        table.retain(|key, _| LIMITS.iter().all(|limit| limit.name != key));
    }
    Some(value)
}

fn parse(text: &str) -> Table {
    text.parse().unwrap_or_default()
}

/// The names of projects that a file had at the base and that the manifest has no longer, under this name or another.
/// Names that are made of variables or found by a pattern are passed over.
pub fn gone(before: &str, projects: &[Project]) -> Vec<String> {
    let names: BTreeSet<&str> = projects.iter().map(|project| &*project.name).collect();
    let ids: BTreeSet<&str> = projects
        .iter()
        .filter_map(|project| Some(&*project.logical_id.as_ref()?.0))
        .collect();
    let is_gone = |table: &Value| {
        let text = |key: &str| table.get(key).and_then(Value::as_str);
        // The last folder of its path is a project's name where it has no other.
        let folder = || text("path")?.trim_end_matches('/').rsplit('/').next();
        let name = text("name").or_else(folder)?;
        let is_here = names.contains(name) || text("logical_id").is_some_and(|id| ids.contains(id));
        let is_plain = !name.contains("${") && !name.contains(['*', '?', '[', '{']);
        (!is_here && is_plain).then(|| name.to_owned())
    };
    self::projects(before).iter().filter_map(is_gone).collect()
}

/// Which of these files an old root manifest included; paths start from its folder.
pub fn included<'p>(before: &str, files: impl Iterator<Item = &'p Path>) -> Vec<&'p Path> {
    let include = parse(before).remove("include");
    let patterns = include.as_ref().and_then(Value::as_array).into_iter();
    let matchers: Vec<_> = patterns
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|pattern| {
            let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
            let glob = GlobBuilder::new(pattern).literal_separator(true).build();
            Some(glob.ok()?.compile_matcher())
        })
        .collect();
    files
        .filter(|file| matchers.iter().any(|matcher| matcher.is_match(file)))
        .collect()
}
