//! What the git repository around a folder says about the commit it stands on.
//!
//! Reads files of the repository and nothing else: no subprocess, no hook, no configuration of user or system, no `GIT_*`
//! variable. That is why it does not ask who owns the repository (`safe.directory`), which in CI is often somebody else.

use gix::bstr::{BStr, ByteSlice};
use gix::discover::upwards::{Options, TrustPolicy};
use gix::sec::{Trust, trust};
use std::path::Path;

/// The commit a working tree stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitFacts {
    /// The commit, 40 hexadecimal digits.
    pub sha: String,
    /// The branch without `refs/heads/`; `None` on a detached HEAD, as CI systems like to leave behind.
    pub branch: Option<String>,
    /// The committer's name without the address.
    pub committer: Option<String>,
    /// The commit's subject as `git log --format=%s` shows it: the first paragraph on one line. Text that is not UTF-8
    /// is read as if it were, with replacement characters.
    pub subject: Option<String>,
    /// The address of the remote `origin` as it is configured, credentials included.
    pub origin: Option<String>,
}

impl GitFacts {
    /// Looks for a `.git` in `dir` and upwards. `None` without one, before the first commit, and for repositories that
    /// cannot be read (those with SHA-256 names, for example): a deployment is not stopped for that.
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
        // Nothing in a repository is trusted, whoever owns it.
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
    // A commit that is not there is still one with a name.
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
