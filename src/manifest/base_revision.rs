//! Compares the manifest with its version at a commit.
//!
//! The old version is read as plain TOML and leniently: it can no longer be corrected. A table has changed if its
//! keys or values differ; white space, comments, order, and the values of variables do not count.

use super::project::Project;
use super::schema::LIMITS;
use crate::inputs;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toml::de::DeTable;
use toml::{Table, Value};

/// One file of a manifest, now and at the base.
#[derive(Clone, Debug)]
pub struct Version {
    /// The file, as [`SourceSpan`](crate::model::SourceSpan)s name it.
    pub file: PathBuf,
    /// Whether it is the root manifest.
    pub is_root: bool,
    /// Its old content.
    pub base: BaseContent,
}

/// The old content of a file.
#[derive(Clone, Debug)]
pub enum BaseContent {
    /// Unchanged.
    Same,
    /// Changed.
    Text {
        /// The current text.
        now: String,
        /// The old text.
        before: String,
    },
    /// It did not exist, or git does not know it.
    Unknown,
}

/// The changed parts of the manifest that concern a project, by their names.
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
        match &own.base {
            BaseContent::Same => {}
            BaseContent::Unknown => changed.push(unknown(&own.file)),
            BaseContent::Text { now, before } => {
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
    let BaseContent::Text { now, before } = &root.base else {
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
        false => format!("{}, which was not in git", file.display()),
    }
}

/// Whether the old text has an equal `[[project]]`.
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

/// The value under a path of keys, without the settings of the whole run.
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

/// The names of an old file's projects that the manifest no longer has, under this name or with this logical id.
/// Skips names that contain variables or patterns.
pub fn gone(before: &str, projects: &[Project]) -> Vec<String> {
    let names: BTreeSet<&str> = projects.iter().map(|project| &*project.name).collect();
    let ids: BTreeSet<&str> = projects
        .iter()
        .filter_map(|project| Some(&*project.logical_id.as_ref()?.id))
        .collect();
    let is_gone = |table: &Value| {
        let text = |key: &str| table.get(key).and_then(Value::as_str);
        // Without a name, a project has that of its directory.
        let directory = || text("path")?.trim_end_matches('/').rsplit('/').next();
        let name = text("name").or_else(directory)?;
        let is_here = names.contains(name) || text("logical_id").is_some_and(|id| ids.contains(id));
        let is_plain = !name.contains("${") && !name.contains(['*', '?', '[', '{']);
        (!is_here && is_plain).then(|| name.to_owned())
    };
    self::projects(before).iter().filter_map(is_gone).collect()
}

/// The files that an old root manifest included; paths start at its directory.
pub fn included<'p>(before: &str, files: impl Iterator<Item = &'p Path>) -> Vec<&'p Path> {
    let include = parse(before).remove("include");
    let patterns = include.as_ref().and_then(Value::as_array).into_iter();
    let matchers: Vec<_> = patterns
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|pattern| {
            let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
            inputs::glob(pattern).ok()
        })
        .collect();
    files
        .filter(|file| matchers.iter().any(|matcher| matcher.is_match(file)))
        .collect()
}
