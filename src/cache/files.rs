//! Hashes files, those of `inputs` among them.

use super::{KeyError, copy};
use crate::inputs::{self, InputPattern};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The hashes of files by path.
pub(super) type Hashes = BTreeMap<PathBuf, String>;

/// The hashes of all matching files.
pub(super) fn matching(base: &Path, globs: &[String]) -> Result<Hashes, KeyError> {
    let mut patterns = vec![];
    for glob in globs {
        let pattern = InputPattern::of_glob(base, glob);
        patterns.push(pattern.map_err(|why| KeyError::NoPattern(glob.clone(), why))?);
    }
    let mut paths = BTreeMap::new();
    for (pattern, found) in patterns.iter().zip(inputs::files(&patterns)?) {
        if found.is_empty() {
            return Err(match pattern.meets(pattern.start()) {
                true => KeyError::Ignored(pattern.to_string()),
                false => KeyError::NoMatch(pattern.to_string()),
            });
        }
        paths.extend(found.into_iter().map(|file| (file.name, file.path)));
    }
    let hash = |(name, path): (PathBuf, PathBuf)| Ok((name, of(&path)?));
    paths.into_iter().map(hash).collect()
}

/// The hash of a file's content.
pub(super) fn of(path: &Path) -> Result<String, KeyError> {
    let content = File::open(path).and_then(|file| copy(file, io::sink()));
    content.map_err(|error| KeyError::unreadable(path, error))
}
