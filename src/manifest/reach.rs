//! The files that one pattern of a project's inputs covers.

use crate::model::ChangedFile;
use globset::{GlobBuilder, GlobMatcher};
use std::fmt;
use std::path::{Component, Path, PathBuf};

/// A file, a directory with everything in it, or the files in a directory that match a glob.
pub(super) struct Reach {
    /// As the user wrote it.
    said: String,
    /// The part without wildcards; absolute until `start_from`.
    fixed: PathBuf,
    /// The same with a link at its end unresolved: git reports changes of either.
    link: Option<PathBuf>,
    /// The part after it, if any.
    wild: Option<GlobMatcher>,
}

impl Reach {
    /// A file, or a directory with everything in it.
    pub(super) fn of_path(path: &Path) -> Self {
        Self {
            said: path.display().to_string(),
            fixed: real(path),
            link: unfollowed(path),
            wild: None,
        }
    }

    /// A glob relative to a directory. Without wildcards it is a path.
    pub(super) fn of_glob(base: &Path, glob: &str) -> Result<Self, String> {
        let (mut fixed, mut wild) = (base.to_owned(), vec![]);
        if glob.starts_with('/') {
            fixed = PathBuf::from("/");
        }
        for part in glob.split('/').filter(|part| !part.is_empty()) {
            if wild.is_empty() && !part.contains(['*', '?', '[', '{', '\\']) {
                fixed.push(part);
            } else {
                wild.push(part);
            }
        }
        let mut reach = Self::of_path(&fixed);
        reach.said = glob.to_owned();
        if !wild.is_empty() {
            let glob = GlobBuilder::new(&wild.join("/"))
                .literal_separator(true)
                .build()
                .map_err(|error| format!("{glob} is not a valid pattern: {}", error.kind()))?;
            reach.wild = Some(glob.compile_matcher());
        }
        Ok(reach)
    }

    /// Whether any file in a directory is covered. Skips hidden directories and `node_modules`.
    pub(super) fn meets(&self, dir: &Path) -> bool {
        let dir = real(dir);
        let below = self.fixed.strip_prefix(&dir).is_ok();
        if !below && dir.strip_prefix(&self.fixed).is_err() {
            return false;
        }
        let from = if below { &self.fixed } else { &dir };
        let Some(wild) = &self.wild else {
            return from.exists();
        };
        let is_covered = |file: &Path| {
            let path = file.strip_prefix(&self.fixed);
            path.is_ok_and(|path| wild.is_match(path))
        };
        any_file(from, &is_covered)
    }

    /// Makes paths relative to the repository's root; false if they are outside of it.
    pub(super) fn start_from(&mut self, root: &Path) -> bool {
        let within = |path: &Path| path.strip_prefix(root).map(Path::to_owned).ok();
        self.link = self.link.take().and_then(|link| within(&link));
        match within(&self.fixed) {
            Some(fixed) => {
                self.fixed = fixed;
                true
            }
            None => false,
        }
    }

    /// The directory of all covered files, or the only file.
    pub(super) fn fixed(&self) -> &Path {
        &self.fixed
    }

    /// Whether a change is covered. The changed files of a nested repository are unknown, so it counts if it overlaps
    /// at all.
    pub(super) fn covers(&self, file: &ChangedFile) -> bool {
        if file.is_repository && self.fixed.starts_with(&file.path) {
            return true;
        }
        match (file.path.strip_prefix(&self.fixed), &self.wild) {
            (Err(_), _) => self.link.as_ref() == Some(&file.path),
            (Ok(_), None) => true,
            (Ok(path), Some(wild)) => file.is_repository || wild.is_match(path),
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

/// Whether a directory contains a matching file. Does not follow links to directories.
fn any_file(dir: &Path, is_it: &dyn Fn(&Path) -> bool) -> bool {
    let mut folders = vec![];
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_skipped = name == "node_modules" || name.as_encoded_bytes().starts_with(b".");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !is_skipped => folders.push(entry.path()),
            Ok(kind) if !kind.is_dir() && is_it(&entry.path()) => return true,
            _ => {}
        }
    }
    folders.iter().any(|folder| any_file(folder, is_it))
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
fn unfollowed(path: &Path) -> Option<PathBuf> {
    if !path.is_symlink() {
        return None;
    }
    let path = absolute(path);
    Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?))
}

/// Absolute, without `..`.
fn absolute(path: &Path) -> PathBuf {
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
