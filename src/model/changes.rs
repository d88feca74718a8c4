//! What has changed in a repository since a commit.

use std::path::{Path, PathBuf};

/// The files of a working tree that are not as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The repository's folder, absolute and without symbolic links.
    pub root: PathBuf,
    /// The commit they are compared with: where HEAD and `reference` parted. 40 or 64 hexadecimal digits.
    pub base: String,
    /// What HEAD was compared with, as a user writes it.
    pub reference: String,
    /// Every file that was changed, added, removed or renamed (then both names), committed or not; by path, each once.
    pub files: Vec<ChangedFile>,
    /// Files and folders that git ignores, from `root`: nobody knows whether these have changed.
    pub ignored: Vec<PathBuf>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangedFile {
    /// From the repository's folder.
    pub path: PathBuf,
    /// Whether this is a repository in the repository, of which is only known that something in it has changed.
    pub is_repository: bool,
    /// Whether it was there at the base.
    pub existed: bool,
}

impl Changes {
    /// The base in words, to go behind "since".
    pub fn base(&self) -> String {
        let short = self.base.get(..7).unwrap_or(&self.base);
        format!("{short}, the merge base with {}", self.reference)
    }

    /// What happened to a file, if anything did.
    pub fn file(&self, path: &Path) -> Option<&ChangedFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether git ignores a file, or a folder that it is in.
    pub fn ignores(&self, path: &Path) -> bool {
        self.ignored.iter().any(|ignored| path.starts_with(ignored))
    }
}
