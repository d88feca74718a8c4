//! Reads the commit of the git repository around a directory.
//!
//! Reads only files of the repository: no subprocess, no hook, no user or system configuration, no `GIT_*` variable.
//! So it does not check the repository's owner (`safe.directory`), which in CI is often another user.

use gix::bstr::{BStr, ByteSlice};
use gix::discover::upwards::{Options, TrustPolicy};
use gix::sec::{Trust, trust};
use std::path::Path;

/// The commit of a working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitFacts {
    /// The commit id, 40 hexadecimal digits.
    pub sha: String,
    /// The branch without `refs/heads/`; `None` for a detached HEAD, which is common in CI.
    pub branch: Option<String>,
    /// The committer's name without the email address.
    pub committer: Option<String>,
    /// The commit's subject as `git log --format=%s` shows it: the first paragraph on one line. Invalid UTF-8 becomes
    /// replacement characters.
    pub subject: Option<String>,
    /// The configured URL of the remote `origin`, including credentials.
    pub origin: Option<String>,
}

impl GitFacts {
    /// Looks for a `.git` in `dir` and above. `None` without one, before the first commit, and for unreadable
    /// repositories (those with SHA-256 ids, for example): a deployment does not need it.
    pub fn read(dir: &Path) -> Option<Self> {
        match read(dir) {
            Ok(facts) => facts,
            Err(error) => {
                tracing::debug!(dir = %dir.display(), %error, "no facts from git");
                None
            }
        }
    }
}

fn read(dir: &Path) -> Result<Option<GitFacts>, gix::Error> {
    let options = Options {
        // The repository is never trusted, regardless of its owner.
        trust: TrustPolicy::Assume(Trust::Reduced),
        cross_fs: true,
        dot_git_only: true,
        ..Options::default()
    };
    let isolated = trust::Mapping {
        full: gix::open::Options::isolated(),
        reduced: gix::open::Options::isolated(),
    };
    let repository =
        gix::ThreadSafeRepository::discover_opts(dir, options, isolated)?.to_thread_local();
    let head = repository.head()?;
    let Some(id) = head.id() else {
        return Ok(None);
    };
    let branch = head.referent_name().map(|name| name.shorten().to_string());
    // A missing commit still has an id.
    let commit = repository.find_commit(id).ok();
    let committer = commit
        .as_ref()
        .and_then(|commit| commit.committer().ok())
        .map(|committer| committer.name.trim().to_str_lossy().into_owned());
    let subject = commit
        .as_ref()
        .and_then(|commit| commit.message_raw().ok())
        .map(subject);
    let origin = repository.config_snapshot().string("remote.origin.url");
    Ok(Some(GitFacts {
        origin: origin.map(|url| url.to_string()),
        sha: id.to_string(),
        branch,
        committer: committer.filter(|name| !name.is_empty()),
        subject: subject.filter(|subject| !subject.is_empty()),
    }))
}

/// The first paragraph on one line.
fn subject(message: &BStr) -> String {
    let lines: Vec<_> = message
        .lines()
        .map(|line| line.trim_ascii_end().to_str_lossy())
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests;
