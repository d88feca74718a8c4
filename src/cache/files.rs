//! Finds the files of `inputs` and hashes files.

use super::{KeyError, copy};
use globset::GlobBuilder;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// The hashes of files by path, which starts at `base` without a leading `./`.
pub(super) type Hashes = BTreeMap<PathBuf, String>;

/// The hashes of all matching files. Links are followed. Skips hidden directories and `node_modules`, unless a
/// pattern names them before its first wildcard.
pub(super) fn matching(base: &Path, globs: &[String]) -> Result<Hashes, KeyError> {
    let mut paths = BTreeMap::new();
    for glob in globs {
        let found = files(base, glob)?;
        if found.is_empty() {
            return Err(match base.join(glob).is_dir() {
                true => KeyError::Folder(glob.clone()),
                false => KeyError::NoMatch(glob.clone()),
            });
        }
        paths.extend(found);
    }
    let hash = |(name, path): (PathBuf, PathBuf)| Ok((name, of(&path)?));
    paths.into_iter().map(hash).collect()
}

/// The hash of a file's content.
pub(super) fn of(path: &Path) -> Result<String, KeyError> {
    let content = File::open(path).and_then(|file| copy(file, io::sink()));
    content.map_err(|error| KeyError::unreadable(path, error))
}

/// The files that match one pattern: their names in the key, and their paths.
fn files(base: &Path, glob: &str) -> Result<Vec<(PathBuf, PathBuf)>, KeyError> {
    let pattern = glob.strip_prefix("./").unwrap_or(glob);
    let Some(wild) = pattern.find(['*', '?', '[', '{']) else {
        let file = base.join(pattern);
        let is_there = file.is_file().then(|| (pattern.into(), file));
        return Ok(is_there.into_iter().collect());
    };
    // The search starts at the directory that contains the first wildcard.
    let (fixed, wild) = pattern.split_at(pattern[..wild].rfind('/').map_or(0, |slash| slash + 1));
    let matcher = GlobBuilder::new(wild)
        .literal_separator(true)
        .build()
        .map_err(|error| KeyError::NoPattern(glob.to_owned(), error.kind().to_string()))?
        .compile_matcher();
    let root = match base.join(fixed) {
        here if here.as_os_str().is_empty() => PathBuf::from("."),
        root => root,
    };
    if !root.is_dir() {
        return Ok(vec![]);
    }
    let depth = match wild.contains("**") {
        true => usize::MAX,
        false => wild.split('/').count(),
    };
    let walk = WalkDir::new(&root)
        .follow_links(true)
        .min_depth(1)
        .max_depth(depth);
    let mut found = vec![];
    for entry in walk.into_iter().filter_entry(|entry| {
        let name = entry.file_name().as_encoded_bytes();
        let is_left_out = name == b"node_modules" || name.starts_with(b".");
        entry.depth() == 0 || !(entry.file_type().is_dir() && is_left_out)
    }) {
        let below = |path: &Path| path.strip_prefix(&root).map(Path::to_owned).ok();
        match entry {
            Ok(entry) => {
                let name = below(entry.path()).filter(|name| matcher.is_match(name));
                if let Some(name) = name.filter(|_| entry.file_type().is_file()) {
                    found.push((Path::new(fixed).join(name), entry.into_path()));
                }
            }
            // A link to a directory above: everything in it is found without it.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().unwrap_or(&root).to_owned();
                // A broken link is ignored unless a pattern names it.
                let leads_nowhere = path.is_symlink() && !path.exists();
                let is_wanted = below(&path).is_some_and(|name| matcher.is_match(name));
                if is_wanted || !leads_nowhere {
                    let error = error.into_io_error();
                    let error = error.unwrap_or_else(|| io::ErrorKind::Other.into());
                    return Err(KeyError::unreadable(&path, error));
                }
            }
        }
    }
    Ok(found)
}
