//! `repoInfo`: the commit of a deployment, as the Checkly CLI sends it (`getGitInformation` in its `util.js`).

use crate::git::GitFacts;
use serde::ser::{Serialize, Serializer};

/// The commit of a deployment and its CI context, serialized with the Checkly CLI's keys in its order.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RepoInfo {
    /// The commit id; empty if a variable sets it so.
    pub commit_id: String,
    /// The repository URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo_url: Option<String>,
    /// The branch; `null` if there is none.
    pub branch_name: Option<String>,
    /// The committer's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_owner: Option<String>,
    /// The commit's subject; `null` if there is none.
    pub commit_message: Option<String>,
    /// The GitHub workflow to report to, if reporting is enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github: Option<GitHub>,
}

/// The GitHub workflow that receives the results: `{"reporting": true, …}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHub(Vec<(&'static str, String)>);

/// The keys of `github`, with the variables they are copied from, without `CHECKLY_GITHUB_`.
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

/// Looks up an environment variable.
type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

/// The facts about a commit before the bundle is known: everything but the bundle's repository URL.
///
/// The same as the Checkly CLI sends, except for the facts that the CLI reads wrongly from git: see [`GitFacts`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    info: Option<RepoInfo>,
    /// The repository URL from a variable, which overrides the bundle's.
    has_address: bool,
    /// The repository URL from git's remote, or else from CI. Not sent.
    origin: Option<String>,
}

impl Commit {
    /// The commit that git knows, if any. `CHECKLY_…` variables, which `env` looks up, override git; one that is set but
    /// empty counts as set.
    pub fn new(git: Option<GitFacts>, env: Env<'_>) -> Self {
        Self {
            origin: git
                .as_ref()
                .and_then(|git| git.origin.clone())
                .or_else(|| ci_address(env)),
            info: RepoInfo::new(git, env),
            has_address: ADDRESS.iter().any(|name| env(name).is_some()),
        }
    }

    /// The repository URL that a variable sets.
    pub fn address(&self) -> Option<&str> {
        self.info.as_ref()?.repo_url.as_deref()
    }

    /// The repository URL of git's remote `origin`, or else of CI: for comparison, not sent.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The `repoInfo` to send, with the bundle's repository URL. `None`, which is sent as `null`, if neither git nor
    /// a variable names a commit.
    pub fn info(&self, bundle_repo_url: Option<&str>) -> Option<RepoInfo> {
        let mut info = self.info.clone()?;
        if let (Some(url), false) = (bundle_repo_url, self.has_address) {
            info.repo_url = Some(url.to_owned());
        }
        Some(info)
    }
}

/// The variables for the repository URL.
const ADDRESS: [&str; 2] = ["CHECKLY_REPO_URL", "CHECKLY_TEST_REPO_URL"];

impl RepoInfo {
    /// Everything but the bundle's URL.
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
        // Only here, an empty variable counts as unset.
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

/// The repository URL from GitHub's own variables, which are forwarded as Checkly's.
fn github_url(env: Env<'_>) -> Option<String> {
    let repository =
        env("CHECKLY_GITHUB_REPOSITORY").filter(|repository| !repository.is_empty())?;
    let server =
        env("CHECKLY_GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_owned());
    let server = server.strip_suffix('/').unwrap_or(&server);
    Some(format!("{server}/{repository}"))
}

/// The repository URL from a CI system's variables.
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
