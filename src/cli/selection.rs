//! `--affected`: the projects that changes in git affect. `--why NAME`: why a project is or is not selected.

use super::Exit;
use super::console::{print, refused, say, show};
use super::flags::CommonArgs;
use super::values::Since;
use crate::cache::Target;
use crate::git::{self, GitError};
use crate::manifest::{self, Affected, BaseContent, Manifest, Origin, Project, Selection, Version};
use crate::model::{Changes, sanitize};
use crate::run::cache_key;
use crate::ui::one_line;
use crate::words;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The affected projects of a manifest whose root is this file, or standard input if `None`. Shows errors itself.
pub(super) fn affected(
    since: &Since,
    selection: &Selection,
    manifest: &Manifest,
    root: Option<&Path>,
    profile: Option<&str>,
    common: &CommonArgs,
) -> Result<Affected, Exit> {
    let reference = match since {
        Since::DefaultBranch => None,
        Since::Reference(reference) => Some(&**reference),
    };
    let dir = root.and_then(Path::parent).unwrap_or(Path::new(""));
    let changes = git::since(dir, reference).map_err(|error| failed(&error))?;
    let versions = versions(&changes, manifest, root).map_err(|error| failed(&error))?;
    let affected = manifest::affected(&manifest.projects, selection, &changes, &versions, profile);
    let affected = affected.map_err(|problems| show(&problems, common))?;
    let count = affected.causes.len();
    let verb = if count == 1 { "is" } else { "are" };
    let all = words::count(manifest.projects.len(), "project");
    let since = &affected.since;
    say(&format!(
        "{count} of {all} {verb} affected by changes since {since}"
    ));
    let gone = root.map_or_else(|| Ok(vec![]), |root| gone(&changes, manifest, root));
    for name in gone.map_err(|error| failed(&error))? {
        say(&format!(
            "{} was removed since {}; it stays deployed until it is destroyed",
            one_line(&name),
            changes.reference
        ));
    }
    Ok(affected)
}

fn failed(error: &GitError) -> Exit {
    say(&format!("error: {}", one_line(&error.to_string())));
    if let Some(hint) = error.hint() {
        say(&format!("help: {hint}"));
    }
    Exit::USAGE
}

/// The manifest's files, now and at the merge base.
fn versions(
    changes: &Changes,
    manifest: &Manifest,
    root: Option<&Path>,
) -> Result<Vec<Version>, GitError> {
    let root = root.unwrap_or(Path::new("-")); // standard input, as in a place
    let projects = manifest.projects.iter();
    let mut files: BTreeSet<&Path> = projects.map(|project| &*project.place.file).collect();
    files.insert(root);
    let version = |file: &Path| {
        Ok(Version {
            file: file.to_owned(),
            is_root: file == root,
            base: base_content(changes, file)?,
        })
    };
    files.into_iter().map(version).collect()
}

fn base_content(changes: &Changes, file: &Path) -> Result<BaseContent, GitError> {
    let Some(path) = from_root(changes, file) else {
        return Ok(BaseContent::Unknown);
    };
    match changes.file(&path) {
        None if changes.ignores(&path) => Ok(BaseContent::Unknown),
        None => Ok(BaseContent::Same),
        Some(changed) if changed.existed && !changed.is_opaque => Ok(BaseContent::Text {
            now: std::fs::read_to_string(file).unwrap_or_default(),
            before: git::before(changes, &path)?,
        }),
        Some(_) => Ok(BaseContent::Unknown),
    }
}

/// A file's path relative to the repository, if it is inside.
fn from_root(changes: &Changes, file: &Path) -> Option<PathBuf> {
    let path = file.canonicalize().ok()?;
    Some(path.strip_prefix(&changes.root).ok()?.to_owned())
}

/// The projects that were in any of the manifest's files at the merge base and are no longer.
fn gone(changes: &Changes, manifest: &Manifest, root: &Path) -> Result<Vec<String>, GitError> {
    let Some(path) = from_root(changes, root) else {
        return Ok(vec![]);
    };
    let changed = changes.file(&path);
    let text = match changed {
        Some(changed) if changed.existed => git::before(changes, &path)?,
        Some(_) => return Ok(vec![]),
        None => std::fs::read_to_string(root).unwrap_or_default(),
    };
    let dir = path.parent().unwrap_or(Path::new(""));
    let existed = changes.files.iter().filter(|file| file.existed);
    let below = existed.filter_map(|file| file.path.strip_prefix(dir).ok());
    let mut texts = vec![];
    for included in manifest::included(&text, below) {
        texts.push(git::before(changes, &dir.join(included))?);
    }
    texts.extend(changed.is_some().then_some(text));
    let gone = texts
        .iter()
        .flat_map(|text| manifest::gone(text, &manifest.projects));
    Ok(Vec::from_iter(gone.collect::<BTreeSet<_>>()))
}

/// Prints why the project is or is not selected, and when its cached bundle is rebuilt.
pub(super) fn explain(
    manifest: &Manifest,
    selection: &Selection,
    name: &str,
    common: &CommonArgs,
) -> Result<Exit, Exit> {
    let mut lines = manifest::explain(&manifest.projects, selection, name)
        .map_err(|problems| refused(&problems, common))?;
    lines.extend(cache_inputs(manifest, name));
    let plain = |line: &String| sanitize::lines(line).replace('\n', " ") + "\n";
    print(&lines.iter().map(plain).collect::<String>())
}

/// The inputs of a project's cached bundle, if it is cached.
fn cache_inputs(manifest: &Manifest, name: &str) -> Vec<String> {
    let is_it = |project: &&Project| project.name == name;
    let Some(project) = manifest.projects.iter().find(is_it) else {
        return vec![];
    };
    let Origin::Directory(directory) = &project.origin else {
        return vec![];
    };
    if !directory.cache {
        return vec![];
    }
    let account = manifest.accounts.get(&project.account);
    let target = account.map(|account| Target {
        api_url: &manifest.api_url,
        account_id: &account.account_id,
    });
    match cache_key(directory, &project.inputs, target) {
        Ok(key) => {
            let made_of = key.explain().into_iter().map(|line| format!("  {line}"));
            let head = format!("the bundle of {name} is rebuilt when one of these changes:");
            std::iter::once(head).chain(made_of).collect()
        }
        Err(error) => vec![format!(
            "the bundle of {name} is rebuilt every time: {error}"
        )],
    }
}
