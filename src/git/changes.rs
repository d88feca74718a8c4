//! What has changed since the merge base with a branch.

use super::GitError;
use super::program::Git;
use super::status::{self, Status};
use crate::model::{ChangedFile, Changes};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The possible default branches of a clone, the most reliable first.
const DEFAULT_BRANCHES: [&str; 3] = ["origin/HEAD", "origin/main", "origin/master"];

/// Git's mode for a nested repository.
const REPOSITORY: &[u8] = b"160000";

/// Git's mode for a symbolic link.
const SYMLINK: &[u8] = b"120000";

/// Git's mode for a missing entry.
pub(super) const ABSENT: &[u8] = b"000000";

/// The changes in the working tree around a directory since the merge base of HEAD and a reference, by default the
/// remote's default branch. Includes uncommitted files, but not ignored ones.
///
/// # Errors
/// Why git cannot determine them.
pub fn since(dir: &Path, reference: Option<&str>) -> Result<Changes, GitError> {
    let root = Git::new(dir).root()?;
    let git = Git::new(&root);
    if git.commit("HEAD")?.is_none() {
        return Err(GitError::NoCommit);
    }
    let (reference, commit) = match reference {
        Some(reference) => (reference.to_owned(), named(&git, reference)?),
        None => default_branch(&git)?,
    };
    let base = match git.answer(["merge-base", "HEAD", &commit])? {
        Some(base) => base,
        None if git.is_shallow()? => return Err(GitError::Shallow { reference }),
        None => return Err(GitError::Unrelated { reference }),
    };
    let mut files = committed(&git, &base)?;
    let Status { changed, ignored } = status::read(&git)?;
    files.extend(changed);
    let links = links(&git, &files)?;
    // A stable sort: if a file was changed in a commit and after it, the commit's entry comes first.
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files.dedup_by(|later, first| later.path == first.path);
    Ok(Changes {
        root,
        base,
        reference,
        files,
        links,
        ignored,
    })
}

/// The content of a file at the base, by its path from the root. Invalid UTF-8 is replaced.
///
/// # Errors
/// Why git cannot read it, such as a file that did not exist.
pub fn before(changes: &Changes, path: &Path) -> Result<String, GitError> {
    let mut name = OsString::from(&changes.base);
    name.push(":");
    name.push(path);
    let text = Git::new(&changes.root).output(["cat-file".as_ref(), "blob".as_ref(), &*name])?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn named(git: &Git, reference: &str) -> Result<String, GitError> {
    if reference.len() >= 7 && reference.bytes().all(|digit| digit == b'0') {
        return Err(GitError::NewBranch);
    }
    match git.commit(reference)? {
        Some(commit) => Ok(commit),
        None => Err(GitError::Unknown {
            reference: reference.to_owned(),
            shallow: git.is_shallow()?,
        }),
    }
}

/// The remote's default branch, by its real name if known.
fn default_branch(git: &Git) -> Result<(String, String), GitError> {
    for name in DEFAULT_BRANCHES {
        let full = format!("refs/remotes/{name}");
        if let Some(commit) = git.commit(&full)? {
            let branch = git.answer(["symbolic-ref", "--quiet", "--short", &full])?;
            return Ok((branch.unwrap_or_else(|| name.to_owned()), commit));
        }
    }
    Err(GitError::NoDefault {
        shallow: git.is_shallow()?,
    })
}

pub(super) fn is_opaque(mode: &[u8]) -> bool {
    [REPOSITORY, SYMLINK].contains(&mode)
}

/// The symbolic links of the working tree, tracked and new.
fn links(git: &Git, changed: &[ChangedFile]) -> Result<Vec<PathBuf>, GitError> {
    let output = git.output(["ls-files", "-z", "--stage"])?;
    let entries = output.split(|byte| *byte == 0);
    let tracked = entries.filter_map(|entry| {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        let path = entry.starts_with(SYMLINK).then(|| &entry[tab + 1..])?;
        Some(PathBuf::from(OsStr::from_bytes(path)))
    });
    let new = changed.iter().filter(|file| file.is_opaque);
    let mut links: Vec<_> = tracked.chain(new.map(|file| file.path.clone())).collect();
    links.retain(|link| git.dir().join(link).is_symlink());
    links.sort();
    links.dedup();
    Ok(links)
}

/// The differences between a commit and HEAD: `:modes and ids NUL path NUL`.
fn committed(git: &Git, base: &str) -> Result<Vec<ChangedFile>, GitError> {
    let flags = ["diff-tree", "-r", "--raw", "-z", "--no-renames"];
    let output = git.output(flags.iter().chain(&[base, "HEAD", "--"]))?;
    let mut words = output.split(|byte| *byte == 0);
    let mut files = vec![];
    while let (Some(facts), Some(path)) = (words.next(), words.next()) {
        let modes = facts.strip_prefix(b":").unwrap_or(facts);
        let (before, after) = (modes.get(..6), modes.get(7..13));
        files.push(ChangedFile {
            path: PathBuf::from(OsStr::from_bytes(path)),
            is_opaque: [before, after].into_iter().flatten().any(is_opaque),
            existed: before != Some(ABSENT),
        });
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
