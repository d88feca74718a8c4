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

/// What can be said about a commit before the bundle is known: all but the repository's address in it.
///
/// It says what the Checkly CLI says, but for the facts from git that the CLI gets wrong: see [`GitFacts`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    info: Option<RepoInfo>,
    /// A variable names the repository's address, whatever the bundle says.
    has_address: bool,
    /// Where git's remote, or else CI, says the repository is. It is not sent.
    origin: Option<String>,
}

impl Commit {
    /// The commit that the folder `dir` stands on. `env` looks up a variable of the environment: `CHECKLY_…` variables
    /// go before git, and one that is set to nothing counts as set.
    pub fn of(dir: &Path, env: Env<'_>) -> Self {
        Self::new(GitFacts::read(dir), env)
    }

    fn new(git: Option<GitFacts>, env: Env<'_>) -> Self {
        Self {
            origin: git
                .as_ref()
                .and_then(|git| git.origin.clone())
                .or_else(|| ci_address(env)),
            info: RepoInfo::new(git, env),
            has_address: ADDRESS.iter().any(|name| env(name).is_some()),
        }
    }

    /// The repository's address, where a variable names it.
    pub fn address(&self) -> Option<&str> {
        self.info.as_ref()?.repo_url.as_deref()
    }

    /// The repository's address as git's remote `origin` has it, or else as CI names it: for comparing, not for sending.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// What the server is told, with the repository's address in the bundle. `None`, which is sent as `null`, where
    /// neither git nor a variable names a commit.
    pub fn info(&self, bundle_repo_url: Option<&str>) -> Option<RepoInfo> {
        let mut info = self.info.clone()?;
        if let (Some(url), false) = (bundle_repo_url, self.has_address) {
            info.repo_url = Some(url.to_owned());
        }
        Some(info)
    }
}

/// The variables that name the repository's address.
const ADDRESS: [&str; 2] = ["CHECKLY_REPO_URL", "CHECKLY_TEST_REPO_URL"];

impl RepoInfo {
    /// All but the address in the bundle.
    fn new(git: Option<GitFacts>, env: Env<'_>) -> Option<Self> {
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
            repo_url: first(&ADDRESS).or_else(|| github_url(env)),
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

/// Where a CI system says the repository is that it runs for.
fn ci_address(env: Env<'_>) -> Option<String> {
    const ADDRESS: [&str; 8] = [
        "CI_PROJECT_URL",            // GitLab
        "BITBUCKET_GIT_HTTP_ORIGIN", // Bitbucket
        "BUILDKITE_REPO",
        "CIRCLE_REPOSITORY_URL",
        "BUILD_REPOSITORY_URI", // Azure
        "DRONE_GIT_HTTP_URL",
        "SEMAPHORE_GIT_URL",
        "GIT_URL", // Jenkins
    ];
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let github = set("GITHUB_REPOSITORY").map(|repository| {
        let server = set("GITHUB_SERVER_URL");
        let server = server.as_deref().unwrap_or("https://github.com");
        format!("{server}/{repository}")
    });
    github.or_else(|| ADDRESS.iter().find_map(|name| set(name)))
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
