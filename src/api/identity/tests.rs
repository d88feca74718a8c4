//! Expectations: `ci-info` 4.5.0 and `helpers/cli-mode.js` of checkly 9.5.0.

use super::*;

fn identity(env: &[(&str, &str)]) -> Identity {
    Identity::from_env(&|name| {
        let found = env.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn operator_of(env: &[(&str, &str)]) -> String {
    identity(env).operator
}

fn ci_of(env: &[(&str, &str)]) -> Option<String> {
    identity(env).ci_name
}

#[test]
fn an_empty_environment_is_a_person_with_a_published_cli() {
    let expected = Identity {
        cli_version: "9.5.0".to_owned(),
        ci_name: None,
        operator: "manual".to_owned(),
    };
    assert_eq!(identity(&[]), expected);
    assert_eq!(identity(&[("CI", ""), ("GITHUB_ACTIONS", "")]), expected);
}

#[test]
fn the_version_may_be_overridden_as_in_the_cli() {
    let identity = identity(&[("CHECKLY_E2E_CLI_VERSION", "9.6.1")]);
    assert_eq!(identity.cli_version, "9.6.1");
}

#[test]
fn ci_products_have_the_names_of_ci_info() {
    for (env, name) in [
        (
            vec![("CI", "true"), ("GITHUB_ACTIONS", "true")],
            Some("GitHub Actions"),
        ),
        (
            vec![("CI", "true"), ("GITLAB_CI", "true")],
            Some("GitLab CI"),
        ),
        (vec![("CIRCLECI", "true")], Some("CircleCI")),
        (
            vec![("JENKINS_URL", "http://j"), ("BUILD_ID", "7")],
            Some("Jenkins"),
        ),
        (vec![("JENKINS_URL", "http://j")], None),
        (vec![("NOW_BUILDER", "1")], Some("Vercel")),
        (vec![("CI_NAME", "codeship")], Some("Codeship")),
        (vec![("CI_NAME", "sourcehut")], Some("Sourcehut")),
        (vec![("CI_NAME", "another")], None),
        (vec![("TASK_ID", "7"), ("RUN_ID", "0")], Some("TaskCluster")),
        (vec![("TASK_ID", "7")], None),
        (vec![("NODE", "/app/.heroku/node/bin/node")], Some("Heroku")),
        (vec![("NODE", "/usr/bin/node")], None),
        (vec![("CI", "woodpecker")], Some("Woodpecker")),
        (vec![("CI", "true")], None),
    ] {
        assert_eq!(ci_of(&env).as_deref(), name, "{env:?}");
    }
}

#[test]
fn the_last_of_several_ci_products_counts() {
    let env = [("TRAVIS", "1"), ("GITHUB_ACTIONS", "true")];
    assert_eq!(ci_of(&env).as_deref(), Some("Travis CI"));
}

#[test]
fn ci_false_means_no_ci_product() {
    assert_eq!(ci_of(&[("CI", "false"), ("GITHUB_ACTIONS", "true")]), None);
}

#[test]
fn the_operator_is_found_in_the_order_of_the_cli() {
    for (env, operator) in [
        (
            vec![("GITHUB_ACTIONS", "true"), ("CI", "true")],
            "github-actions",
        ),
        (vec![("GITLAB_CI", "true"), ("CI", "true")], "gitlab-ci"),
        (vec![("CI", "true")], "ci"),
        (
            vec![("JENKINS_URL", "http://j"), ("BUILD_ID", "7")],
            "manual",
        ),
        (vec![("TERM_PROGRAM", "vscode")], "vscode"),
        (vec![("TERM_PROGRAM", "vscode"), ("CI", "1")], "ci"),
        (vec![("REPL_ID", "x")], "replit"),
        (
            vec![("CURSOR_TRACE_ID", "x"), ("GITHUB_ACTIONS", "true")],
            "cursor",
        ),
        (vec![("CURSOR_EXTENSION_HOST_ROLE", "agent-exec")], "cursor"),
        (vec![("CURSOR_EXTENSION_HOST_ROLE", "main")], "manual"),
        (vec![("AI_AGENT", "1"), ("CI", "true")], "agent"),
        (vec![("AI_AGENT", "1"), ("OPENCODE", "1")], "opencode"),
        (vec![("AI_AGENT", "off"), ("CI", "true")], "ci"),
        (
            vec![("AI_AGENT", " My_Agent "), ("OPENCODE", "1")],
            "my-agent",
        ),
        (vec![("AI_AGENT", "no"), ("AGENT", "codex")], "codex-cli"),
        (vec![("AGENT", "not a name")], "agent"),
        (vec![("AGENT", "manual")], "agent"),
    ] {
        assert_eq!(operator_of(&env), operator, "{env:?}");
    }
}

#[test]
fn every_value_from_the_environment_can_be_sent() {
    let operator = operator_of(&[("AI_AGENT", "a\r\nx-injected: 1")]);
    assert_eq!(operator, "agent");
}
