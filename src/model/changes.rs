//! The changes in a repository since a commit.

use std::path::{Path, PathBuf};

/// The changed files of a working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The repository's root directory, absolute and without symbolic links.
    pub root: PathBuf,
    /// The base of the comparison: the merge base of HEAD and `reference`. 40 or 64 hexadecimal digits.
    pub base: String,
    /// The reference to compare with, as the user wrote it.
    pub reference: String,
    /// Every file that was changed, added, removed, or renamed (both names), committed or not; sorted, without duplicates.
    pub files: Vec<ChangedFile>,
    /// The symbolic links of the working tree, relative to `root`.
    pub links: Vec<PathBuf>,
    /// Files and directories that git ignores, relative to `root`: whether they changed is unknown.
    pub ignored: Vec<PathBuf>,
}

/// A changed file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangedFile {
    /// Relative to the repository's root.
    pub path: PathBuf,
    /// Whether it is or was a nested repository or a symbolic link: which files in it changed is unknown.
    pub is_opaque: bool,
    /// Whether it existed at the base.
    pub existed: bool,
}

impl Changes {
    /// The base in words, to follow "since".
    pub fn base(&self) -> String {
        let short = self.base.get(..7).unwrap_or(&self.base);
        format!("{short}, the merge base with {}", self.reference)
    }

    /// The change of a file, if it changed.
    pub fn file(&self, path: &Path) -> Option<&ChangedFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether git ignores a file or one of its parent directories.
    pub fn ignores(&self, path: &Path) -> bool {
        self.ignored.iter().any(|ignored| path.starts_with(ignored))
    }
}
