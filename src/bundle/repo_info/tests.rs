//! The expected values are those of the Checkly CLI (8.23.2) for the same variables, in a repository with these facts
//! or in none.

use super::*;

fn facts() -> Option<GitFacts> {
    Some(GitFacts {
        sha: "7ec7f66385df03fd986fd50a4cd2c04f9011f910".to_owned(),
        branch: Some("feature/x".to_owned()),
        committer: Some("Ann Example".to_owned()),
        subject: Some("Add a check".to_owned()),
        origin: Some("git@github.com:acme/never-sent.git".to_owned()),
    })
}

/// The `repoInfo` that is sent, given `NAME=value` pairs without `CHECKLY_`.
fn sent(git: Option<GitFacts>, bundle_repo_url: Option<&str>, variables: &[&str]) -> String {
    let env = |asked: &str| {
        variables.iter().find_map(|variable| {
            let (name, value) = variable.split_once('=').unwrap();
            (asked.strip_prefix("CHECKLY_")? == name).then(|| value.to_owned())
        })
    };
    serde_json::to_string(&Commit::new(git, &env).info(bundle_repo_url)).unwrap()
}

/// The commit of [`facts`] with this `repoUrl`.
fn with_url(url: &str) -> String {
    format!(
        r#"{{"commitId":"7ec7f66385df03fd986fd50a4cd2c04f9011f910","repoUrl":"{url}","branchName":"feature/x","commitOwner":"Ann Example","commitMessage":"Add a check"}}"#
    )
}

const WITHOUT_URL: &str = r#"{"commitId":"7ec7f66385df03fd986fd50a4cd2c04f9011f910","branchName":"feature/x","commitOwner":"Ann Example","commitMessage":"Add a check"}"#;

#[test]
fn without_a_commit_nothing_is_sent() {
    for variables in [
        &[][..],
        &["REPO_SHA=", "TEST_REPO_SHA=", "GITHUB_SHA="],
        &["REPO_BRANCH=b"],
        &["GITHUB_REPORT=1"],
    ] {
        assert_eq!(sent(None, Some("u"), variables), "null", "{variables:?}");
    }
}

#[test]
fn a_variable_names_the_commit_without_git() {
    for (variables, commit) in [
        (
            &["REPO_SHA=a1", "TEST_REPO_SHA=a2", "GITHUB_SHA=a3"][..],
            "a1",
        ),
        (&["TEST_REPO_SHA=a2", "GITHUB_SHA=a3"], "a2"),
        (&["GITHUB_SHA=a3"], "a3"),
        (&["REPO_SHA=", "GITHUB_SHA=a3"], ""),
    ] {
        assert_eq!(
            sent(None, None, variables),
            format!(r#"{{"commitId":"{commit}","branchName":null,"commitMessage":null}}"#),
        );
    }
}

#[test]
fn git_alone_is_enough() {
    assert_eq!(sent(facts(), None, &[]), WITHOUT_URL);
}

#[test]
fn a_detached_head_without_a_message_has_nulls() {
    let git = GitFacts {
        branch: None,
        committer: None,
        subject: None,
        ..facts().unwrap()
    };
    assert_eq!(
        sent(Some(git), None, &[]),
        r#"{"commitId":"7ec7f66385df03fd986fd50a4cd2c04f9011f910","branchName":null,"commitMessage":null}"#
    );
}

#[test]
fn the_url_comes_from_variables_then_the_bundle_then_github() {
    let github = "GITHUB_REPOSITORY=acme/shop";
    for (bundle, variables, url) in [
        (Some("u"), &["REPO_URL=r1", "TEST_REPO_URL=r2"][..], "r1"),
        (Some("u"), &["TEST_REPO_URL=r2"], "r2"),
        (
            Some("https://example.com/r"),
            &[github],
            "https://example.com/r",
        ),
        (Some(""), &[github], ""),
        (None, &[github], "https://github.com/acme/shop"),
        (
            None,
            &[github, "GITHUB_SERVER_URL=https://ghe.example.com//"],
            "https://ghe.example.com//acme/shop",
        ),
        (None, &[github, "GITHUB_SERVER_URL="], "/acme/shop"),
    ] {
        assert_eq!(sent(facts(), bundle, variables), with_url(url));
    }
    let no_repository = ["GITHUB_REPOSITORY=", "GITHUB_SERVER_URL=https://x"];
    assert_eq!(sent(facts(), None, &no_repository), WITHOUT_URL);
}

#[test]
fn variables_override_git() {
    assert_eq!(
        sent(
            facts(),
            Some("u"),
            &[
                "REPO_SHA=s",
                "REPO_BRANCH=b",
                "TEST_REPO_BRANCH=b2",
                "REPO_COMMIT_OWNER=o",
                "TEST_REPO_COMMIT_OWNER=o2",
                "REPO_COMMIT_MESSAGE=m",
                "TEST_REPO_COMMIT_MESSAGE=m2",
            ]
        ),
        r#"{"commitId":"s","repoUrl":"u","branchName":"b","commitOwner":"o","commitMessage":"m"}"#
    );
    assert_eq!(
        sent(
            facts(),
            Some("u"),
            &[
                "TEST_REPO_BRANCH=b2",
                "TEST_REPO_COMMIT_OWNER=o2",
                "TEST_REPO_COMMIT_MESSAGE=m2",
            ]
        ),
        r#"{"commitId":"7ec7f66385df03fd986fd50a4cd2c04f9011f910","repoUrl":"u","branchName":"b2","commitOwner":"o2","commitMessage":"m2"}"#
    );
}

#[test]
fn an_empty_variable_counts_as_set() {
    assert_eq!(
        sent(
            facts(),
            Some("u"),
            &[
                "REPO_SHA=",
                "REPO_URL=",
                "REPO_BRANCH=",
                "REPO_COMMIT_OWNER=",
                "REPO_COMMIT_MESSAGE=",
            ]
        ),
        r#"{"commitId":"","repoUrl":"","branchName":"","commitOwner":"","commitMessage":""}"#
    );
}

#[test]
fn github_is_sent_only_if_reporting_is_enabled() {
    for off in ["GITHUB_REPORT=", "GITHUB_REPORT=yes", "GITHUB_REPORT=0"] {
        assert_eq!(sent(facts(), None, &[off]), WITHOUT_URL);
    }
    for on in ["GITHUB_REPORT= TRUE ", "GITHUB_REPORT=1"] {
        assert_eq!(
            sent(facts(), None, &[on]),
            WITHOUT_URL.replace("check\"}", r#"check","github":{"reporting":true}}"#)
        );
    }
}

#[test]
fn github_has_each_variable_unchanged() {
    assert_eq!(
        sent(
            facts(),
            None,
            &[
                "GITHUB_REPORT=1",
                "GITHUB_SOURCE=s",
                "GITHUB_CHECK_NAME=c",
                "GITHUB_PULL_REQUEST_NUMBER=7",
                "GITHUB_ENVIRONMENT_URL=e",
                "GITHUB_REPOSITORY=o/r",
                "GITHUB_SHA=",
                "GITHUB_RUN_ID=1",
                "GITHUB_RUN_ATTEMPT=2",
                "GITHUB_WORKFLOW=w",
                "GITHUB_JOB=j",
                "GITHUB_EVENT_NAME=n",
                "GITHUB_REF=rr",
                "GITHUB_HEAD_REF=h",
                "GITHUB_BASE_REF=b",
                "GITHUB_SERVER_URL=su",
            ]
        ),
        r#"{"commitId":"","repoUrl":"su/o/r","branchName":"feature/x","commitOwner":"Ann Example","commitMessage":"Add a check","github":{"reporting":true,"source":"s","githubCheckName":"c","pullRequestNumber":"7","environmentUrl":"e","repository":"o/r","sha":"","runId":"1","runAttempt":"2","workflow":"w","job":"j","eventName":"n","ref":"rr","headRef":"h","baseRef":"b","serverUrl":"su"}}"#
    );
}

#[test]
fn the_url_from_git_or_ci_is_known_but_not_sent() {
    let origin = |git, variables: &[(&str, &str)]| {
        let env = |asked: &str| {
            let found = variables.iter().find(|(name, _)| *name == asked);
            found.map(|(_, value)| (*value).to_owned())
        };
        Commit::new(git, &env).origin().map(str::to_owned)
    };
    let ci = [("GITHUB_REPOSITORY", "acme/shop")];
    let git = origin(facts(), &ci);
    assert_eq!(git.as_deref(), Some("git@github.com:acme/never-sent.git"));
    assert_eq!(
        origin(None, &ci).as_deref(),
        Some("https://github.com/acme/shop")
    );
    let enterprise = [ci[0], ("GITHUB_SERVER_URL", "https://git.acme.test")];
    assert_eq!(
        origin(None, &enterprise).as_deref(),
        Some("https://git.acme.test/acme/shop")
    );
    for name in [
        "CI_PROJECT_URL",
        "BITBUCKET_GIT_HTTP_ORIGIN",
        "BUILDKITE_REPO",
        "CIRCLE_REPOSITORY_URL",
        "BUILD_REPOSITORY_URI",
        "DRONE_GIT_HTTP_URL",
        "SEMAPHORE_GIT_URL",
        "GIT_URL",
    ] {
        assert_eq!(origin(None, &[(name, "")]), None);
        assert_eq!(
            origin(None, &[(name, "an address")]).as_deref(),
            Some("an address")
        );
    }
    assert_eq!(sent(facts(), None, &[]), WITHOUT_URL);
}
