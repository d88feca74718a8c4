//! `deploy --plan`: deploys exactly the previewed plan, or nothing.

use super::folder::Folder;
use super::guard::{envelope, says};
use super::preview::{against, counting, shrunken};
use super::program::results;
use serde_json::json;

#[test]
fn a_plan_is_deployed_as_it_was_previewed() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    against(&sandbox, &folder, "preview --out plan.json")
        .run()
        .expect(0);
    let plan = folder.json("plan.json");
    assert_eq!(
        plan["projects"][1]["deletes"],
        json!([{ "type": "check", "logicalId": "check-2" }])
    );
    assert!(
        !folder.read("plan.json").contains("key-1"),
        "nothing secret"
    );
    let ended = against(
        &sandbox,
        &folder,
        "deploy --plan plan.json --message-format json",
    );
    let report = ended.run().expect(0).report();
    assert_eq!(results(&report), ["blog succeeded -", "shop succeeded -"]);
    assert_eq!(report["projects"][0]["diff"]["delete"], 1);
    // Fewer deletions than planned are allowed.
    against(&sandbox, &folder, "deploy --plan plan.json")
        .run()
        .expect(0);
}

#[test]
fn a_plan_selects_its_projects() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    against(&sandbox, &folder, "preview --only shop --out plan.json")
        .run()
        .expect(0);
    let deploy = against(
        &sandbox,
        &folder,
        "deploy --plan plan.json --message-format json",
    );
    assert_eq!(
        results(&deploy.run().expect(0).report()),
        ["shop succeeded -"]
    );
    let both = against(&sandbox, &folder, "deploy --plan plan.json --only blog");
    both.run().expect(64);
}

#[test]
fn a_plan_is_refused_when_one_more_resource_would_be_deleted() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    against(&sandbox, &folder, "preview --out plan.json")
        .run()
        .expect(0);
    // Another bundle is deployed in the meantime: ours would delete its additions.
    let folder = folder.checks("blog", 4);
    against(&sandbox, &folder, "--yes --only blog")
        .run()
        .expect(0);
    let folder = folder.checks("blog", 2);
    let words = "deploy --plan plan.json --yes --message-format json";
    let ended = against(&sandbox, &folder, words).run().expect(1);
    says(
        &ended,
        "error: nothing was deployed: the plan plan.json (written by orchestrate ",
    );
    says(&ended, "\n  blog: would now also delete check check-4\n");
    assert_eq!(
        envelope(&ended)["reasons"],
        json!(["blog: would now also delete check check-4"])
    );
}

#[test]
fn a_plan_with_a_different_bundle_is_refused_before_any_request() {
    let sandbox = counting();
    let folder = Folder::of(&["blog", "shop"]);
    against(&sandbox, &folder, "preview --out plan.json")
        .run()
        .expect(0);
    let before = sandbox.seen();
    let folder = folder.checks("shop", 2);
    let ended = against(&sandbox, &folder, "deploy --plan plan.json")
        .run()
        .expect(1);
    says(&ended, "\n  shop: its bundle changed from ");
    let only_blog = folder
        .read("projects.toml")
        .replace("\"shop\"", "\"store\"");
    folder.write("projects.toml", &only_blog);
    let ended = against(&sandbox, &folder, "deploy --plan plan.json")
        .run()
        .expect(1);
    says(&ended, "\n  shop: no longer in the manifest\n");
    assert_eq!(sandbox.seen(), before);
}

#[test]
fn a_file_that_is_not_a_plan_exits_with_78() {
    let sandbox = counting();
    let folder = Folder::of(&["shop"]);
    for (text, why) in [
        ("{}", "missing field `version`"),
        ("{\"version\": 2}", "the plan has version 2"),
    ] {
        folder.write("plan.json", text);
        let ended = against(&sandbox, &folder, "deploy --plan plan.json")
            .run()
            .expect(78);
        says(&ended, "error: --plan plan.json: ");
        says(&ended, why);
    }
    let mut empty =
        json!({ "version": 1, "orchestrate": "0", "run": "r", "manifest": "m", "projects": [] });
    empty["planned_at"] = json!("2026-11-22T18:17:00.000Z");
    empty["api_url"] = json!(sandbox.url);
    folder.write("plan.json", &empty.to_string());
    let ended = against(&sandbox, &folder, "deploy --plan plan.json")
        .run()
        .expect(3);
    says(
        &ended,
        "error: --plan plan.json: the plan contains no projects",
    );
    let ended = against(&sandbox, &folder, "deploy --plan none.json")
        .run()
        .expect(78);
    says(&ended, "error: --plan none.json: there is no such file\n");
    assert_eq!(sandbox.seen(), [""; 0]);
}
