//! What a pattern of `inputs` means, for `--affected` and for the cache key.
//!
//! A pattern is a glob, a file, or a directory with everything in it. It matches the files that git sees: tracked ones,
//! and untracked ones that are not ignored. Outside of a repository it matches all files but those in `.git` and
//! `node_modules`. A symbolic link counts, and so does its target.

use crate::git::{self, GitError};
use crate::model::{ChangedFile, Changes};
use crate::os_error::plain;
use globset::{GlobBuilder, GlobMatcher};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use walkdir::WalkDir;

/// Where a wildcard of a glob may start.
const WILDCARDS: [char; 5] = ['*', '?', '[', '{', '\\'];

/// One pattern.
pub(crate) struct InputPattern {
    /// As the user wrote it.
    text: String,
    /// Its path without wildcards, as written.
    name: PathBuf,
    /// The same, absolute.
    written: PathBuf,
    /// The same without symbolic links.
    start: PathBuf,
    /// The part after it, if any.
    wild: Option<GlobMatcher>,
}

/// A file of a project, or a directory that a link leads to.
pub(crate) struct InputFile {
    /// Its name: it starts as its pattern does, and contains the names of links.
    pub(crate) name: PathBuf,
    /// Where it is, absolute.
    pub(crate) path: PathBuf,
    is_dir: bool,
}

impl InputPattern {
    /// A file, or a directory with everything in it.
    pub(crate) fn of_path(path: &Path) -> Self {
        Self {
            text: path.display().to_string(),
            name: path.to_owned(),
            written: unfollowed(path),
            start: real(path),
            wild: None,
        }
    }

    /// A glob relative to a directory. Without wildcards it is a path.
    ///
    /// # Errors
    /// Why it is no glob.
    pub(crate) fn of_glob(base: &Path, text: &str) -> Result<Self, String> {
        let parts = text.split('/').filter(|part| !["", "."].contains(part));
        let (mut name, mut wild) = (PathBuf::new(), vec![]);
        if text.starts_with('/') {
            name.push("/");
        }
        for part in parts {
            if wild.is_empty() && !part.contains(WILDCARDS) {
                name.push(part);
            } else {
                wild.push(part);
            }
        }
        let wild = match &wild[..] {
            [] => None,
            wild => Some(glob(&wild.join("/"))?),
        };
        let mut pattern = Self::of_path(&base.join(&name));
        pattern.text = text.to_owned();
        pattern.written = absolute(&real(base).join(&name));
        pattern.name = name;
        pattern.wild = wild;
        Ok(pattern)
    }

    /// The directory of all files, or the only file; absolute and without symbolic links.
    pub(crate) fn start(&self) -> &Path {
        &self.start
    }

    /// Whether any file in a directory is covered, even if git ignores it.
    pub(crate) fn meets(&self, dir: &Path) -> bool {
        let dir = real(dir);
        let below = self.start.starts_with(&dir);
        if !below && !dir.starts_with(&self.start) {
            return false;
        }
        let from = if below { &self.start } else { &dir };
        let files = walk(from).filter_map(Result::ok);
        files
            .filter_map(|file| file.strip_prefix(&self.start).map(Path::to_owned).ok())
            .any(|file| self.is_match(&file))
    }

    /// The changes that concern it.
    pub(crate) fn changed<'c>(&self, changes: &'c Changes) -> Vec<&'c ChangedFile> {
        let links: Vec<PathBuf> = changes.links.iter().map(|l| changes.root.join(l)).collect();
        let links_in = |dir: &Path| {
            let links = links.iter().filter(|link| link.starts_with(dir));
            Ok::<_, InputError>(links.cloned().collect())
        };
        let mut places = self.found(&links_in).unwrap_or_default();
        places.push(InputFile {
            name: self.name.clone(),
            path: self.start.clone(),
            is_dir: true,
        });
        let concerns = |file: &&ChangedFile| {
            self.concerns(&changes.root.join(&file.path), file.is_opaque, &places)
        };
        changes.files.iter().filter(concerns).collect()
    }

    /// Whether a change concerns it, in one of these places. The changes in an opaque one are unknown, so it counts if it
    /// overlaps at all.
    fn concerns(&self, path: &Path, is_opaque: bool, places: &[InputFile]) -> bool {
        self.written.starts_with(path)
            || self.start.starts_with(path)
            || places.iter().any(|place| {
                let name = place.name.strip_prefix(&self.name);
                match (name, path.strip_prefix(&place.path)) {
                    (Ok(name), Ok(rest)) => is_opaque || self.is_match(&join(name, rest)),
                    _ => false,
                }
            })
    }

    fn is_match(&self, below: &Path) -> bool {
        self.wild.as_ref().is_none_or(|wild| wild.is_match(below))
    }

    /// Everything that `list` finds, which is called for the start and for every directory that a link leads to.
    fn found(&self, list: &List<'_>) -> Result<Vec<InputFile>, InputError> {
        let mut search = Search {
            list,
            above: vec![],
            found: vec![],
        };
        search.visit(&self.name, &self.start)?;
        Ok(search.found)
    }
}

impl fmt::Display for InputPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Compiles a glob: `*` does not match `/`, `**` does.
///
/// # Errors
/// Why it is none.
pub(crate) fn glob(text: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher())
        .map_err(|error| error.kind().to_string())
}

/// The glob that matches only this path.
pub(crate) fn escape(path: &str) -> String {
    globset::escape(path).replace('\\', "[\\]")
}

/// Why the files of a pattern cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Git fails.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A directory outside of a repository cannot be read.
    #[error("cannot read {0}: {why}", why = plain(.1))]
    Unreadable(PathBuf, io::Error),
}

/// Lists the files and links in a directory, absolute.
type List<'a> = dyn Fn(&Path) -> Result<Vec<PathBuf>, InputError> + 'a;

struct Search<'a> {
    list: &'a List<'a>,
    /// The directories of the current search, each found through a link in the one before.
    above: Vec<PathBuf>,
    found: Vec<InputFile>,
}

impl Search<'_> {
    fn visit(&mut self, name: &Path, path: &Path) -> Result<(), InputError> {
        self.above.push(path.to_owned());
        for entry in (self.list)(path)? {
            let name = join(name, entry.strip_prefix(path).unwrap_or(&entry));
            let target = entry.is_symlink().then(|| entry.canonicalize().ok());
            let path = target.flatten().unwrap_or_else(|| entry.clone());
            let data = path.metadata();
            let is_dir = data.as_ref().is_ok_and(std::fs::Metadata::is_dir);
            // A link to a directory above: everything in it is found without it.
            let is_cycle =
                entry.starts_with(&path) || self.above.iter().any(|above| above.starts_with(&path));
            if is_dir && !is_cycle {
                self.visit(&name, &path)?;
            }
            if is_dir || data.map_or(true, |data| data.is_file()) {
                self.found.push(InputFile { name, path, is_dir });
            }
        }
        self.above.pop();
        Ok(())
    }
}

/// The files that each pattern matches. A broken link is one.
///
/// # Errors
/// They cannot be listed.
pub(crate) fn files(patterns: &[InputPattern]) -> Result<Vec<Vec<InputFile>>, InputError> {
    let starts: Vec<&Path> = patterns.iter().map(InputPattern::start).collect();
    let listed = list(&starts)?;
    let list = |path: &Path| match listed.get(path) {
        Some(entries) => Ok(entries.clone()),
        None => Ok(list(&[path])?.into_values().flatten().collect()),
    };
    let matches = |pattern: &InputPattern| {
        let mut found = pattern.found(&list)?;
        found.retain(|file| {
            let below = file.name.strip_prefix(&pattern.name);
            !file.is_dir && below.is_ok_and(|below| pattern.is_match(below))
        });
        Ok(found)
    };
    patterns.iter().map(matches).collect()
}

/// The files and links in directories: those that git sees, or without a repository all. A file is in itself. Git is asked
/// once for each repository.
fn list(paths: &[&Path]) -> Result<HashMap<PathBuf, Vec<PathBuf>>, InputError> {
    let (mut found, mut repositories) = (HashMap::new(), BTreeMap::<_, Vec<_>>::new());
    for path in paths.iter().copied().collect::<BTreeSet<_>>() {
        let dir = if path.is_dir() {
            Some(path)
        } else {
            path.parent()
        };
        match dir.and_then(git::root) {
            Some(root) => repositories.entry(root).or_default().push(path),
            None => drop(found.insert(path.to_owned(), walk(path).collect::<Result<_, _>>()?)),
        }
    }
    for (root, paths) in repositories {
        let mut entries = vec![];
        for entry in git::files(root, &paths)? {
            match entry.symlink_metadata() {
                // A nested repository, which may be a submodule that is not checked out.
                Ok(data) if data.is_dir() && entry.join(".git").exists() => {
                    entries.extend(list(&[&entry])?.into_values().flatten());
                }
                Ok(data) if data.is_dir() => {}
                Err(error) if is_gone(&error) => {}
                _ => entries.push(entry),
            }
        }
        for path in paths {
            let within = entries.iter().filter(|entry| entry.starts_with(path));
            found.insert(path.to_owned(), within.cloned().collect());
        }
    }
    Ok(found)
}

/// The files and links on disk in a directory, or a file itself.
fn walk(path: &Path) -> impl Iterator<Item = Result<PathBuf, InputError>> {
    let walk = WalkDir::new(path).into_iter();
    let walk = walk.filter_entry(|entry| {
        let name = entry.file_name();
        entry.depth() == 0 || (name != ".git" && name != "node_modules")
    });
    walk.filter_map(|entry| match entry {
        Ok(entry) => {
            let kind = entry.file_type();
            (kind.is_file() || kind.is_symlink()).then(|| Ok(entry.into_path()))
        }
        Err(error) => {
            let path = error.path().unwrap_or(Path::new("")).to_owned();
            let error = error.into_io_error()?;
            (!is_gone(&error)).then_some(Err(InputError::Unreadable(path, error)))
        }
    })
}

fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Joins two paths of which one may be empty.
fn join(name: &Path, rest: &Path) -> PathBuf {
    name.iter().chain(rest.iter()).collect()
}

/// The path as git knows it: absolute and without symbolic links. Missing files keep their names.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let path = absolute(path);
    let mut above = path.ancestors().skip(1);
    above
        .find_map(|above| {
            let rest = path.strip_prefix(above).ok()?;
            Some(above.canonicalize().ok()?.join(rest))
        })
        .unwrap_or(path)
}

/// The same without following a link at the end.
fn unfollowed(path: &Path) -> PathBuf {
    let path = absolute(path);
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => path,
    }
}

/// Absolute, without `..`.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_default().components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
