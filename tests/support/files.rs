//! Files in temporary directories.

use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory with these files.
pub(crate) fn tree<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(dir.path(), name, text);
    }
    dir
}

/// Writes a file and creates the directories above it.
pub(crate) fn write(dir: &Path, name: impl AsRef<Path>, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}
