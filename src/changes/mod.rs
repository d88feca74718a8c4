//! Asks git what has changed since a branch was left.
//!
//! The `git` program answers, since it alone knows every rule of what is ignored, how line ends are converted and what
//! a sparse checkout leaves out. It is run without a shell, writes nothing, and is asked about the repository of one
//! folder, whatever `GIT_DIR` a hook may have set.

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

/// What the default branch of a clone may be called, the surest first.
const DEFAULT_BRANCHES: [&str; 3] = ["origin/HEAD", "origin/main", "origin/master"];

/// The mode that git gives a repository in the repository.
const GITLINK: &[u8] = b"160000";

/// The mode that git gives to nothing.
const ABSENT: &[u8] = b"000000";

/// What is different in the working tree around a folder since HEAD and a reference parted; without a reference, since
/// HEAD and the remote's default branch did. Files that are not committed count, those that git ignores do not.
///
/// # Errors
/// Where git cannot say.
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
    // Stable: where a file was changed in a commit and after it, the commit's word comes first.
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

/// A file of the base, by its path from the root. What is not UTF-8 in it is replaced.
///
/// # Errors
/// Where git cannot say; also where there was no such file.
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

/// The remote's default branch, by its own name where that is known.
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

/// What differs between a commit and HEAD: `:modes and ids NUL path NUL`.
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
