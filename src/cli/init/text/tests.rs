//! The text of the manifest.

use super::*;
use crate::cli::init::find::Variant;
use toml::Table;

fn known(path: &str, name: &str, logical_id: &str) -> Finding {
    Finding {
        found: Found {
            path: path.to_owned(),
            config: "checkly.config.ts".to_owned(),
            variant: None,
            cwd: None,
        },
        identity: Ok(Identity {
            name: name.to_owned(),
            logical_id: logical_id.to_owned(),
            files: vec![],
            resources: [].into(),
        }),
        inputs: vec![],
    }
}

fn unknown(path: &str, why: &str) -> Finding {
    Finding {
        identity: Err(why.to_owned()),
        ..known(path, "", "")
    }
}

/// A project whose configuration has an unusual name.
fn variant(path: &str, word: &str, logical_id: &str) -> Finding {
    let mut finding = known(path, &format!("Shop {word}"), logical_id);
    finding.found.config = format!("checkly.{word}.config.ts");
    finding.found.variant = Some(Variant {
        before: "checkly.".to_owned(),
        word: word.to_owned(),
        after: ".config.ts".to_owned(),
    });
    finding
}

fn written(findings: &[Finding]) -> Written {
    manifest(findings, "shop")
}

/// The text below the head.
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
    # The Checkly projects in this directory, found by `orchestrate init`. Review this file, then run:
    #
    #   orchestrate validate          # check this file
    #   orchestrate list              # list the projects in start order
    #   orchestrate --sandbox --yes   # deploy to a local stand-in for the API, without an account
    #   orchestrate                   # deploy

    version = 1

    # Without [accounts], projects are deployed to the account in CHECKLY_ACCOUNT_ID and CHECKLY_API_KEY.
    #
    # [accounts.prod]
    # account_id = "${env:CHECKLY_ACCOUNT_ID}"
    # api_key = { env = "CHECKLY_API_KEY" }

    # logical_id is the project's `logicalId`. If its bundle has another one, the project is not deployed.
    # depends_on = ["shared-alerts"] starts a project only after shared-alerts has succeeded.
    # For all keys, see docs/manifest.md of orchestrate.

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
    let written = written(&findings);
    assert_eq!(written.projects, 3);
    assert_eq!(written.unread.len(), 1);
}

#[test]
fn configurations_that_differ_by_one_word_become_a_matrix() {
    let findings = [
        known("web", "Shop", "shop"),
        variant("web", "eu", "shop-eu-checks"),
        variant("web", "us", "shop-us-checks"),
    ];
    insta::assert_snapshot!(projects(&findings), @r#"
    [[project]] # Shop
    name = "web"
    path = "web"
    logical_id = "shop"

    [[project]]
    name = "web-${matrix.variant}"
    path = "web"
    matrix = { variant = ["eu", "us"] }
    config = "checkly.${matrix.variant}.config.ts"
    logical_id = "shop-${matrix.variant}-checks"
    "#);
    assert_eq!(written(&findings).projects, 3);
}

#[test]
fn configurations_that_differ_by_more_get_a_table_each() {
    let findings = [
        variant("web", "production", "shop"),
        variant("web", "staging", "shop-staging"),
    ];
    insta::assert_snapshot!(projects(&findings), @r#"
    [[project]] # Shop production
    name = "web-production"
    path = "web"
    config = "checkly.production.config.ts"
    logical_id = "shop"

    [[project]] # Shop staging
    name = "web-staging"
    path = "web"
    config = "checkly.staging.config.ts"
    logical_id = "shop-staging"
    "#);
}

#[test]
fn configurations_with_the_same_logical_id_need_separate_accounts() {
    let findings = ["production", "staging"].map(|stage| variant("web", stage, "shop"));
    insta::assert_snapshot!(projects(&findings), @r#"
    [[project]] # Shop production
    name = "web-production"
    path = "web"
    config = "checkly.production.config.ts"
    logical_id = "shop"

    # web/checkly.staging.config.ts has the same `logicalId` as web/checkly.production.config.ts: in one account, each deployment would delete the checks of the other.
    # Set a unique `logicalId` in checkly.staging.config.ts, or give each project its own `account`. Then uncomment this one.
    # [[project]] # Shop staging
    # name = "web-staging"
    # path = "web"
    # config = "checkly.staging.config.ts"
    # logical_id = "shop"
    "#);
}

#[test]
fn names_from_a_matrix_are_unique() {
    let findings = [
        known("web-eu", "Other", "other"),
        variant("web", "eu", "a-eu"),
        variant("web", "us", "a-us"),
    ];
    assert!(projects(&findings).contains("name = \"web-2-${matrix.variant}\"\n"));
}

#[test]
fn a_reason_is_written_once() {
    let why = "no Checkly CLI is installed for it";
    let findings = ["a", "b", "c"].map(|path| unknown(path, why));
    let written = written(&findings);
    assert_eq!(written.text.matches(why).count(), 1);
    let others = written.text.matches("# not read: same reason as a\n");
    assert_eq!(others.count(), 2);
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    let why = why.to_owned();
    assert_eq!(written.unread, [Unread { why, names }]);
}

#[test]
fn a_project_with_a_duplicate_logical_id_is_commented_out() {
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

    # us/web has the same `logicalId` as eu/web: in one account, each deployment would delete the checks of the other.
    # Set a unique `logicalId` in checkly.config.ts, or give each project its own `account`. Then uncomment this one.
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
fn a_commented_out_project_is_valid_when_uncommented() {
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
fn special_characters_are_escaped() {
    let odd = "a \"b\" \\ c # ${env:HOME} $${x} \u{1b}[31m é\ttab";
    let findings = [
        known(odd, "two\nlines \u{7}", odd),
        unknown("x", "why\n[[project]]"),
    ];
    let text = written(&findings).text;
    let projects = parsed(&text);
    assert_eq!(projects.len(), 2);
    // `$${` is an escaped `${`.
    let escaped = odd.replace("${", "$${");
    assert_eq!(projects[0]["path"].as_str(), Some(&*escaped));
    assert_eq!(projects[0]["logical_id"].as_str(), Some(&*escaped));
    assert!(text.contains("[[project]] # two lines"));
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'));
}

#[test]
fn inputs_and_working_directory_are_written() {
    let mut finding = known("web", "web", "web");
    finding.inputs = ["web/**", "package.json"].map(str::to_owned).to_vec();
    finding.found.cwd = Some(".".to_owned());
    insta::assert_snapshot!(projects(&[finding.clone()]), @r#"
    [[project]]
    name = "web"
    path = "web"
    logical_id = "web"
    cwd = "."
    inputs = ["web/**", "package.json"]
    "#);
    finding.inputs = (1..=9)
        .map(|nth| format!("packages/number-{nth}/**"))
        .collect();
    assert!(projects(&[finding]).contains("inputs = [\n    \"packages/number-1/**\",\n"));
}

#[test]
fn a_logical_id_from_a_template_is_marked() {
    let text = projects(&[
        known("a", "A", "boilerplate-project"),
        known("b", "B", "shop"),
    ]);
    let marked: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("from a template"))
        .collect();
    assert_eq!(
        marked,
        ["logical_id = \"boilerplate-project\" # from a template; set a unique `logicalId`"]
    );
}
