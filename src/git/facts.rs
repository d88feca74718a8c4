//! The commit of a working tree, for `repoInfo` and the ownership check.

use super::GitError;
use super::program::Git;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The commit of a working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitFacts {
    /// The commit id in hexadecimal.
    pub sha: String,
    /// The branch without `refs/heads/`; `None` for a detached HEAD, which is common in CI.
    pub branch: Option<String>,
    /// The committer's name without the email address.
    pub committer: Option<String>,
    /// The commit's subject: the first paragraph on one line. Invalid UTF-8 becomes replacement characters.
    pub subject: Option<String>,
    /// The configured URL of the remote `origin`, including credentials.
    pub origin: Option<String>,
}

/// The repositories of a run. Each is read once.
#[derive(Debug, Default)]
pub struct Repositories(HashMap<PathBuf, Result<Option<GitFacts>, GitError>>);

impl Repositories {
    /// The commit of the working tree around a directory. `None` without a repository, before the first commit, and if git
    /// cannot read it: a deployment does not need it.
    pub fn facts(&mut self, dir: &Path) -> Option<&GitFacts> {
        let dir = dir.canonicalize().ok()?;
        let root = super::root(&dir)?.to_owned();
        let facts = self.0.entry(root).or_insert_with_key(|root| read(root));
        facts.as_ref().ok()?.as_ref()
    }

    /// Why git cannot read one of them.
    pub fn error(&self) -> Option<&GitError> {
        self.0.values().find_map(|facts| facts.as_ref().err())
    }
}

fn read(root: &Path) -> Result<Option<GitFacts>, GitError> {
    let git = Git::unowned(root);
    let branch = git.answer(["symbolic-ref", "--quiet", "HEAD"])?;
    let Some(sha) = git.answer(["rev-parse", "--verify", "--quiet", "HEAD"])? else {
        return Ok(None);
    };
    // A missing commit still has an id.
    let commit = git.output([
        "log",
        "-1",
        "--no-show-signature",
        "--encoding=UTF-8",
        "--format=%cn%x00%s",
    ]);
    let commit = commit.unwrap_or_default();
    let commit = String::from_utf8_lossy(&commit);
    let (committer, subject) = commit.split_once('\0').unwrap_or_default();
    let set = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let origin = [
        "config",
        "--local",
        "--includes",
        "--get",
        "remote.origin.url",
    ];
    Ok(Some(GitFacts {
        sha,
        branch: branch.map(|name| {
            name.strip_prefix("refs/heads/")
                .map_or(name.clone(), str::to_owned)
        }),
        committer: set(committer.trim()),
        subject: set(subject.strip_suffix('\n').unwrap_or(subject)),
        origin: git.answer(origin)?,
    }))
}

#[cfg(test)]
mod tests;
