//! `orphans`: projects in the accounts that are not in the manifest.

use super::api::{Sandbox, nobody};
use super::bundling::shop;
use super::folder::Folder;
use super::owners::{impatient, says, taken};
use super::preview::{against, counting};
use super::program::orchestrate;
use serde_json::json;

#[test]
fn orphans_are_in_the_account_but_not_in_the_manifest() {
    let (sandbox, folder) = taken();
    let ended = against(&sandbox, &folder, "orphans").run().expect(0);
    assert_eq!(ended.out, "");
    says(
        &ended,
        "no orphans: every project in account default is in projects.toml",
    );
    against(&sandbox, &folder, "orphans --detailed-exitcode")
        .run()
        .expect(0);

    let other = Folder::of(&["docs"]);
    let ended = against(&sandbox, &other, "orphans").run().expect(0);
    let today = ended.out.rsplit(' ').next().unwrap().trim().to_owned();
    assert_eq!(today.len(), "2026-11-22".len(), "{today}");
    insta::assert_snapshot!(ended.out.replace(&today, "<today>"), @r#"
    LOGICAL ID  NAME  REPOSITORY                 ACCOUNT  CREATED
    blog        blog                             default  <today>
    shop        shop  gitlab.com/umbrella/store  default  <today>
    "#);
    insta::assert_snapshot!(ended.err, @r#"
    2 projects in account default are not in projects.toml
    help: to delete one, run `orchestrate destroy` with a manifest that has its `logical_id`, or `npx checkly destroy` in its directory
    "#);
    let code = "orphans --detailed-exitcode --format json";
    let ended = against(&sandbox, &other, code).run().expect(2);
    says(&ended, "");
    let list: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(list["version"], 1);
    let shop = &list["orphans"][1];
    assert_eq!(
        (
            &shop["logical_id"],
            &shop["repository"],
            &shop["account"],
            &shop["account_id"]
        ),
        (
            &json!("shop"),
            &json!("gitlab.com/umbrella/store"),
            &json!("default"),
            &json!("account-1")
        )
    );
    assert!(shop["created_at"].as_str().unwrap().starts_with(&today));
    assert_eq!(list["orphans"][0]["repository"], json!(null));
}

#[test]
fn an_outage_is_told_once_when_it_begins_and_once_when_it_ends() {
    let rule = "[[rule]]\non = 'other'\ntimes = 3\nfault.status = { code = 503 }\n";
    for command in ["orphans", "validate --online"] {
        let sandbox = Sandbox::scripted(0.05, rule);
        let ended = against(&sandbox, &Folder::of(&["docs"]), command).run();
        let ended = ended.expect(0);
        let lines: Vec<&str> = ended.err.lines().take(2).collect();
        assert!(
            lines[0].starts_with("API unavailable for account default since 00:00: HTTP 503"),
            "{lines:?}"
        );
        assert!(
            lines[1].starts_with("API available again for account default after "),
            "{lines:?}"
        );
        assert_eq!(ended.err.matches("API ").count(), 2, "{}", ended.err);
    }
}

#[test]
fn text_from_the_server_is_sanitized() {
    let sandbox = counting();
    let folder = Folder::of(&["shop"]);
    let mut bundle = folder.json("shop.json");
    bundle["project"]["name"] = json!("Shop\u{1b}[2J\nshop2");
    bundle["project"]["repoUrl"] = json!("https://example.com/\u{1b}[31macme");
    folder.write("shop.json", &bundle.to_string());
    against(&sandbox, &folder, "--yes -q").run().expect(0);
    let other = Folder::of(&["docs"]);
    let ended = against(&sandbox, &other, "orphans").run().expect(0);
    assert_eq!(ended.out.lines().count(), 2, "{}", ended.out);
    assert!(!ended.out.contains('\u{1b}'), "{:?}", ended.out);
}

#[test]
fn a_directory_that_cannot_be_bundled_is_an_error() {
    let sandbox = counting();
    let folder = Folder::of(&["shop"]);
    folder.write("blog/checkly.config.ts", "");
    let project = "[[project]]\nname = \"blog\"\npath = \"blog\"";
    let folder = folder.with(project);
    let ended = against(&sandbox, &folder, "orphans").run().expect(78);
    says(&ended, "error: blog: ");
    assert_eq!(ended.out, "");
    // A logical id is enough.
    let known = format!("{project}\nlogical_id = \"blog\"");
    folder.write("projects.toml", &known);
    against(&sandbox, &folder, "orphans").run().expect(0);
}

/// A directory `shop` whose Checkly CLI prints this offline.
pub(crate) fn printing(project: &str, resources: &str, settings: &str) -> Folder {
    let printed = format!(
        "{{\n\"diagnostics\":{{\"fatal\":false,\"benign\":false,\"observations\":[]}},\
         \"payload\":{{\"project\":{project},\"sharedFiles\":[],\"resources\":{resources}}}}}"
    );
    shop(&format!("echo '{printed}'"), settings)
}

#[test]
fn a_directory_is_bundled_to_read_its_logical_id() {
    let (sandbox, _) = taken();
    let folder = printing(r#"{"logicalId":"shop","name":"Shop"}"#, "[]", "");
    let ended = against(&sandbox, &folder, "orphans").run().expect(0);
    assert!(ended.out.contains("\nblog"), "{}", ended.out);
    assert!(!ended.out.contains("\nshop"), "{}", ended.out);
}

#[test]
fn a_project_that_needs_the_api_needs_a_logical_id() {
    let (sandbox, _) = taken();
    let suite = r#"[{"logicalId":"e2e","type":"check","member":true,"payload":{"checkType":"PLAYWRIGHT","codeBundlePath":"x"}}]"#;
    let project = r#"{"logicalId":"shop","name":"Shop"}"#;
    let ended = against(&sandbox, &printing(project, suite, ""), "orphans").run();
    let ended = ended.expect(78);
    says(&ended, "error: cannot determine logical ids offline: shop");
    says(
        &ended,
        "help: set `logical_id` of these projects in the manifest",
    );
    let folder = printing(project, suite, "logical_id = \"shop\"");
    against(&sandbox, &folder, "orphans").run().expect(0);
}

#[test]
fn an_unavailable_account_is_an_error() {
    let folder = Folder::of(&["shop"]);
    for (key, code) in [("invalid-key", 77), ("key-1", 0)] {
        let sandbox = counting();
        let program = against(&sandbox, &folder, "orphans");
        let ended = program.env("CHECKLY_API_KEY", key).run().expect(code);
        assert_eq!(ended.out, "");
    }
    let folder = impatient(folder);
    let words = format!("orphans --api-url {}", nobody());
    orchestrate(&words).within(folder.path()).run().expect(75);
}
