//! The text that is written.

use super::*;
use toml::Table;

fn known(path: &str, name: &str, logical_id: &str) -> Finding {
    Finding {
        found: Found {
            path: path.to_owned(),
            config: "checkly.config.ts".to_owned(),
        },
        identity: Ok(Identity {
            name: name.to_owned(),
            logical_id: logical_id.to_owned(),
        }),
    }
}

fn unknown(path: &str, why: &str) -> Finding {
    Finding {
        identity: Err(why.to_owned()),
        ..known(path, "", "")
    }
}

fn written(findings: &[Finding]) -> Written {
    manifest(findings, "shop")
}

/// What stands below the head.
fn projects(findings: &[Finding]) -> String {
    let text = written(findings).text;
    text.strip_prefix(HEAD).unwrap().trim_start().to_owned()
}

fn parsed(text: &str) -> Vec<Table> {
    let table: Table = text.parse().unwrap();
    let projects = table["project"].as_array().unwrap();
    projects
        .iter()
        .map(|project| project.as_table().unwrap().clone())
        .collect()
}

#[test]
fn every_project_has_its_table() {
    let findings = [
        known("services/checkout", "Checkout page", "checkout-prod"),
        known("services/search/monitoring", "search", "search"),
        unknown("status", "the Checkly CLI is not installed for `status`"),
    ];
    insta::assert_snapshot!(written(&findings).text, @r#"
    # The Checkly projects below this folder, as `orchestrate init` found them. Look it over; then
    #
    #   orchestrate validate     checks it
    #   orchestrate list         shows the order in which projects would start
    #   orchestrate --sandbox    tries it, without an account
    #   orchestrate              deploys

    version = 1

    # Where to: without [accounts], to the account of the variables CHECKLY_ACCOUNT_ID and CHECKLY_API_KEY.
    #
    # [accounts.prod]
    # account_id = "${env:CHECKLY_ACCOUNT_ID}"
    # api_key = { env = "CHECKLY_API_KEY" }

    # logical_id is what a project calls itself: with it, nothing else is ever deployed in its place.
    # Who goes first: depends_on = ["shared-alerts"] in a project starts it when that one has succeeded.
    # All else that can be said is in docs/manifest.md of orchestrate.

    [[project]] # Checkout page
    name = "checkout"
    path = "services/checkout"
    logical_id = "checkout-prod"
    tags = ["services"]

    [[project]]
    name = "search"
    path = "services/search/monitoring"
    logical_id = "search"
    tags = ["services"]

    [[project]]
    name = "status"
    path = "status"
    # logical_id = "…" # not read: the Checkly CLI is not installed for `status`
    "#);
    assert_eq!(written(&findings).unread, 1);
}

#[test]
fn of_two_projects_with_one_logical_id_the_second_is_left_to_decide() {
    let findings = [
        known("eu/web", "Web", "web"),
        known("us/web", "Web", "web"),
        known("us/mail", "mail", "mail"),
    ];
    insta::assert_snapshot!(projects(&findings), @r#"
    [[project]] # Web
    name = "eu-web"
    path = "eu/web"
    logical_id = "web"
    tags = ["eu"]

    # us/web has the `logicalId` of eu/web: in one account, deploying either would delete the checks of the other.
    # Give it one of its own in checkly.config.ts, or give the two an `account` each. Then take the `#` away.
    # [[project]] # Web
    # name = "us-web"
    # path = "us/web"
    # logical_id = "web"
    # tags = ["us"]

    [[project]]
    name = "mail"
    path = "us/mail"
    logical_id = "mail"
    tags = ["us"]
    "#);
    let written = written(&findings);
    assert_eq!(written.doubles, 1);
    assert_eq!(parsed(&written.text).len(), 2);
}

#[test]
fn what_is_commented_out_is_sound_when_the_signs_are_taken_away() {
    let findings = [known("a", "x", "id"), known("b", "y", "id")];
    let text = projects(&findings);
    let (first, second) = text.split_once("# [[project]]").unwrap();
    let second = format!("# [[project]]{second}");
    let second: Vec<&str> = second
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap())
        .collect();
    assert_eq!(parsed(&format!("{first}{}", second.join("\n"))).len(), 2);
}

#[test]
fn any_text_can_stand_in_the_manifest() {
    let odd = "a \"b\" \\ c # ${env:HOME} $${x} \u{1b}[31m é\ttab";
    let findings = [
        known(odd, "two\nlines \u{7}", odd),
        unknown("x", "why\n[[project]]"),
    ];
    let text = written(&findings).text;
    let projects = parsed(&text);
    assert_eq!(projects.len(), 2);
    // What is read is not expanded: `$${` stands for `${`.
    let escaped = odd.replace("${", "$${");
    assert_eq!(projects[0]["path"].as_str(), Some(&*escaped));
    assert_eq!(projects[0]["logical_id"].as_str(), Some(&*escaped));
    assert!(text.contains("[[project]] # two lines"));
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'));
}
