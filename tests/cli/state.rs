//! The state of a server between runs.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::orchestrate;
use serde_json::{Value, json};

/// The actions of the next run, by check.
fn actions(sandbox: &Sandbox, folder: &Folder, flags: &str) -> Vec<String> {
    let report = orchestrate(&format!("{flags} --yes --message-format json --api-url"))
        .arg(&sandbox.url)
        .within(folder.path())
        .run()
        .expect(0)
        .report();
    let changes = report["projects"][0]["changes"].as_array().unwrap();
    let text = |change: &Value, key: &str| change[key].as_str().unwrap().to_owned();
    let words: Vec<String> = changes
        .iter()
        .map(|change| format!("{} {}", text(change, "action"), text(change, "logicalId")))
        .collect();
    let count = |action: &str| words.iter().filter(|word| word.starts_with(action)).count();
    assert_eq!(
        report["projects"][0]["diff"],
        json!({ "create": count("CREATE"), "update": count("UPDATE"), "delete": count("DELETE"), "detach": count("DETACHED") })
    );
    words
}

#[test]
fn the_first_run_creates_the_next_updates_and_deletes() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["shop"]).checks("shop", 2);
    assert_eq!(
        actions(&sandbox, &folder, ""),
        ["CREATE check-1", "CREATE check-2"]
    );
    assert_eq!(
        actions(&sandbox, &folder, ""),
        ["UPDATE check-1", "UPDATE check-2"]
    );
    let folder = folder.checks("shop", 1);
    assert_eq!(
        actions(&sandbox, &folder, ""),
        ["UPDATE check-1", "DELETE check-2"]
    );
    assert_eq!(actions(&sandbox, &folder, ""), ["UPDATE check-1"]);
}

#[test]
fn preserve_resources_keeps_removed_resources() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["shop"]).checks("shop", 2);
    actions(&sandbox, &folder, "");
    let folder = folder.checks("shop", 1);
    assert_eq!(
        actions(&sandbox, &folder, "--preserve-resources"),
        ["UPDATE check-1", "DETACHED check-2"]
    );
}

#[test]
fn two_accounts_are_independent() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["shop"]);
    assert_eq!(actions(&sandbox, &folder, ""), ["CREATE check-1"]);
    orchestrate("-q --api-url")
        .arg(&sandbox.url)
        .env("CHECKLY_ACCOUNT_ID", "account-2")
        .within(folder.path())
        .run()
        .expect(0);
    assert_eq!(actions(&sandbox, &folder, ""), ["UPDATE check-1"]);
}

#[test]
fn output_lists_every_change() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["shop"]).checks("shop", 2);
    actions(&sandbox, &folder, "");
    let folder = folder.checks("shop", 1);
    let ended = orchestrate("--yes --output --api-url")
        .arg(&sandbox.url)
        .within(folder.path())
        .run()
        .expect(0);
    assert!(ended.err.contains("~ check check-1\n"), "{}", ended.err);
    assert!(ended.err.contains("- check check-2\n"), "{}", ended.err);
}
