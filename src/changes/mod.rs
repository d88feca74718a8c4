//! Asks git what has changed since the merge base with a branch.
//!
//! Uses the `git` program, which alone knows all rules of ignored files, line endings, and sparse checkouts. It runs
//! without a shell, writes nothing, and is bound to the repository of one directory, even if a hook has set
//! `GIT_DIR`.

mod error;
mod git;
mod status;

pub use error::ChangesError;

use crate::model::{ChangedFile, Changes};
use git::Git;
use status::Status;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The possible default branches of a clone, the most reliable first.
const DEFAULT_BRANCHES: [&str; 3] = ["origin/HEAD", "origin/main", "origin/master"];

/// Git's mode for a nested repository.
const GITLINK: &[u8] = b"160000";

/// Git's mode for a missing entry.
const ABSENT: &[u8] = b"000000";

/// The changes in the working tree around a directory since the merge base of HEAD and a reference, by default the
/// remote's default branch. Includes uncommitted files, but not ignored ones.
///
/// # Errors
/// Why git cannot determine them.
pub fn since(dir: &Path, reference: Option<&str>) -> Result<Changes, ChangesError> {
    let root = Git::new(dir).root()?;
    let git = Git::new(&root);
    if git.commit("HEAD")?.is_none() {
        return Err(ChangesError::NoCommit);
    }
    let (reference, commit) = match reference {
        Some(reference) => (reference.to_owned(), named(&git, reference)?),
        None => default_branch(&git)?,
    };
    let base = match git.merge_base(&commit)? {
        Some(base) => base,
        None if git.is_shallow()? => return Err(ChangesError::Shallow { reference }),
        None => return Err(ChangesError::Unrelated { reference }),
    };
    let mut files = committed(&git, &base)?;
    let Status { changed, ignored } = status::read(&git)?;
    files.extend(changed);
    // A stable sort: if a file was changed in a commit and after it, the commit's entry comes first.
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files.dedup_by(|later, first| later.path == first.path);
    Ok(Changes {
        root,
        base,
        reference,
        files,
        ignored,
    })
}

/// The content of a file at the base, by its path from the root. Invalid UTF-8 is replaced.
///
/// # Errors
/// Why git cannot read it, such as a file that did not exist.
pub fn before(changes: &Changes, path: &Path) -> Result<String, ChangesError> {
    let mut name = OsString::from(&changes.base);
    name.push(":");
    name.push(path);
    let text = Git::new(&changes.root).output(["cat-file".as_ref(), "blob".as_ref(), &*name])?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn named(git: &Git, reference: &str) -> Result<String, ChangesError> {
    match git.commit(reference)? {
        Some(commit) => Ok(commit),
        None => Err(ChangesError::Unknown {
            reference: reference.to_owned(),
            shallow: git.is_shallow()?,
        }),
    }
}

/// The remote's default branch, by its real name if known.
fn default_branch(git: &Git) -> Result<(String, String), ChangesError> {
    for name in DEFAULT_BRANCHES {
        if let Some(commit) = git.commit(&format!("refs/remotes/{name}"))? {
            let name = git.branch_behind(name)?.unwrap_or_else(|| name.to_owned());
            return Ok((name, commit));
        }
    }
    Err(ChangesError::NoDefault {
        shallow: git.is_shallow()?,
    })
}

/// The differences between a commit and HEAD: `:modes and ids NUL path NUL`.
fn committed(git: &Git, base: &str) -> Result<Vec<ChangedFile>, ChangesError> {
    let flags = ["diff-tree", "-r", "--raw", "-z", "--no-renames"];
    let output = git.output(flags.iter().chain(&[base, "HEAD", "--"]))?;
    let mut words = output.split(|byte| *byte == 0);
    let mut files = vec![];
    while let (Some(facts), Some(path)) = (words.next(), words.next()) {
        let modes = facts.strip_prefix(b":").unwrap_or(facts);
        let (before, after) = (modes.get(..6), modes.get(7..13));
        files.push(ChangedFile {
            path: PathBuf::from(OsStr::from_bytes(path)),
            is_repository: before == Some(GITLINK) || after == Some(GITLINK),
            existed: before != Some(ABSENT),
        });
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
