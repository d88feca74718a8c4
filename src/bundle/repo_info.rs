//! `repoInfo`: which commit a deployment is of, in the words of the Checkly CLI (`getGitInformation` in its `util.js`).

use super::GitFacts;
use serde::ser::{Serialize, Serializer};
use std::path::Path;

/// The commit a deployment is of, and what CI says about it. Serialised with the keys, and in their order, of the Checkly CLI.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RepoInfo {
    /// The commit; may be empty where a variable says so.
    pub commit_id: String,
    /// The repository's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo_url: Option<String>,
    /// The branch; `null` where there is none.
    pub branch_name: Option<String>,
    /// The committer's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_owner: Option<String>,
    /// The commit's subject; `null` where there is none.
    pub commit_message: Option<String>,
    /// The GitHub workflow to report to, where reporting is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github: Option<GitHub>,
}

/// The GitHub workflow that the results are reported to: `{"reporting": true, …}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHub(Vec<(&'static str, String)>);

/// The keys of `github` and, after `CHECKLY_GITHUB_`, the variables they are copied from.
const GITHUB: [(&str, &str); 15] = [
    ("source", "SOURCE"),
    ("githubCheckName", "CHECK_NAME"),
    ("pullRequestNumber", "PULL_REQUEST_NUMBER"),
    ("environmentUrl", "ENVIRONMENT_URL"),
    ("repository", "REPOSITORY"),
    ("sha", "SHA"),
    ("runId", "RUN_ID"),
    ("runAttempt", "RUN_ATTEMPT"),
    ("workflow", "WORKFLOW"),
    ("job", "JOB"),
    ("eventName", "EVENT_NAME"),
    ("ref", "REF"),
    ("headRef", "HEAD_REF"),
    ("baseRef", "BASE_REF"),
    ("serverUrl", "SERVER_URL"),
];

/// How variables of the environment are looked up.
type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

/// What to say about the commit that the folder `dir` stands on.
///
/// `bundle_repo_url` is the address in the bundle, `env` looks up a variable of the environment. `CHECKLY_…` variables go before
/// git, and one that is set to nothing counts as set. `None`, which is sent as `null`, where neither names a commit.
///
/// It says what the Checkly CLI says, but for the facts from git that the CLI gets wrong: see [`GitFacts`].
pub fn repo_info(dir: &Path, bundle_repo_url: Option<&str>, env: Env<'_>) -> Option<RepoInfo> {
    RepoInfo::new(GitFacts::read(dir), bundle_repo_url, env)
}

impl RepoInfo {
    /// The rules of [`repo_info`], on facts.
    fn new(git: Option<GitFacts>, bundle_repo_url: Option<&str>, env: Env<'_>) -> Option<Self> {
        const COMMIT: [&str; 3] = [
            "CHECKLY_REPO_SHA",
            "CHECKLY_TEST_REPO_SHA",
            "CHECKLY_GITHUB_SHA",
        ];
        let first = |names: &[&str]| names.iter().find_map(|name| env(name));
        let (sha, branch, committer, subject) = match git {
            Some(git) => (Some(git.sha), git.branch, git.committer, git.subject),
            None => (None, None, None, None),
        };
        // Here, and only here, a variable set to nothing does not count.
        let named = |name: &&str| env(name).is_some_and(|sha| !sha.is_empty());
        if sha.is_none() && !COMMIT.iter().any(named) {
            return None;
        }
        Some(Self {
            commit_id: first(&COMMIT).or(sha)?,
            repo_url: first(&["CHECKLY_REPO_URL", "CHECKLY_TEST_REPO_URL"])
                .or_else(|| bundle_repo_url.map(str::to_owned))
                .or_else(|| github_url(env)),
            branch_name: first(&["CHECKLY_REPO_BRANCH", "CHECKLY_TEST_REPO_BRANCH"]).or(branch),
            commit_owner: first(&[
                "CHECKLY_REPO_COMMIT_OWNER",
                "CHECKLY_TEST_REPO_COMMIT_OWNER",
            ])
            .or(committer),
            commit_message: first(&[
                "CHECKLY_REPO_COMMIT_MESSAGE",
                "CHECKLY_TEST_REPO_COMMIT_MESSAGE",
            ])
            .or(subject),
            github: GitHub::new(env),
        })
    }
}

/// Where GitHub's own variables, handed on as Checkly's, say the repository is.
fn github_url(env: Env<'_>) -> Option<String> {
    let repository =
        env("CHECKLY_GITHUB_REPOSITORY").filter(|repository| !repository.is_empty())?;
    let server =
        env("CHECKLY_GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_owned());
    let server = server.strip_suffix('/').unwrap_or(&server);
    Some(format!("{server}/{repository}"))
}

impl GitHub {
    fn new(env: Env<'_>) -> Option<Self> {
        let wanted = env("CHECKLY_GITHUB_REPORT")?.trim().to_lowercase();
        if wanted != "true" && wanted != "1" {
            return None;
        }
        let variable = |(key, name): &(&'static str, &str)| {
            Some((*key, env(&format!("CHECKLY_GITHUB_{name}"))?))
        };
        Some(Self(GITHUB.iter().filter_map(variable).collect()))
    }
}

impl Serialize for GitHub {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = to.serialize_map(Some(self.0.len() + 1))?;
        map.serialize_entry("reporting", &true)?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
