//! Asks git: what has changed, which files it sees, which commit is checked out.
//!
//! Uses the `git` program, which alone knows all rules of ignored files, line endings, and sparse checkouts. It runs
//! without a shell, writes nothing, and is bound to the repository of one directory, even if a hook has set
//! `GIT_DIR`.

mod changes;
mod error;
mod facts;
mod program;
mod status;

pub use changes::{before, since};
pub use error::GitError;
pub use facts::{GitFacts, Repositories};

use program::Git;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The root of the working tree around a directory: the nearest one that contains `.git`.
pub(crate) fn root(dir: &Path) -> Option<&Path> {
    dir.ancestors().find(|dir| dir.join(".git").exists())
}

/// The file's path from the root of the working tree around it, or else from one of these directories; as given, if it is in
/// none.
pub(crate) fn from_root(file: &Path, checkouts: &[PathBuf]) -> PathBuf {
    let within = || {
        // The file may be a symbolic link: it is its name that the repository has.
        let dir = Path::new(".").join(file.parent()?).canonicalize().ok()?;
        let mut checkouts = checkouts.iter().filter_map(|it| it.canonicalize().ok());
        let root = root(&dir).map(Path::to_owned);
        let root = root.or_else(|| checkouts.find(|it| dir.starts_with(it)))?;
        let dir = dir.strip_prefix(root).ok()?;
        Some(dir.join(file.file_name()?))
    };
    within().unwrap_or_else(|| file.to_owned())
}

/// What git sees in a repository below these paths: tracked files, and untracked ones that it does not ignore. A nested
/// repository is one entry, and so is a symbolic link. Tracked files may be missing.
///
/// # Errors
/// Why git cannot list them.
pub(crate) fn files(root: &Path, paths: &[&Path]) -> Result<Vec<PathBuf>, GitError> {
    let mut arguments: Vec<&OsStr> = ["--literal-pathspecs", "ls-files", "-z", "--cached"]
        .into_iter()
        .chain(["--others", "--exclude-standard", "--"])
        .map(OsStr::new)
        .collect();
    arguments.extend(paths.iter().map(|path| path.as_os_str()));
    let output = Git::unowned(root).output(arguments)?;
    let names = output.split(|byte| *byte == 0);
    let names = names.filter(|name| !name.is_empty());
    Ok(names
        .map(|name| root.join(OsStr::from_bytes(name)))
        .collect())
}
