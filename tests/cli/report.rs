//! Report files: the JSON, key by key; and Markdown.

use super::api::{Sandbox, nobody};
use super::folder::{Folder, monorepo};
use super::program::{orchestrate, results};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[track_caller]
fn has_keys(value: &Value, keys: &str) {
    let found: BTreeSet<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(found, keys.split_whitespace().collect(), "{value}");
}

/// Exactly the keys in docs/output.md.
#[track_caller]
fn has_the_documented_shape(report: &Value) {
    has_keys(
        report,
        "version run operation manifest started_at finished_at duration_ms result exit_code counts projects",
    );
    for row in report["projects"].as_array().unwrap() {
        has_keys(
            row,
            "name logical_id account account_id result reason cause error deployment_id attempts reconnects conflicts \
             started_at finished_at durations_ms diff changes bundle",
        );
        has_keys(&row["durations_ms"], "queued bundling waiting deploying");
        has_keys(&row["bundle"], "sha256 resources bytes gzip_bytes");
        if !row["error"].is_null() {
            has_keys(&row["error"], "code message http_status hint");
        }
        if !row["diff"].is_null() {
            has_keys(&row["diff"], "create update delete detach");
        }
        for change in row["changes"].as_array().unwrap() {
            match change.get("heartbeat") {
                None => has_keys(change, "action type logicalId physicalId"),
                Some(heartbeat) => {
                    has_keys(change, "action type logicalId physicalId heartbeat");
                    has_keys(heartbeat, "pingUrl");
                }
            }
        }
    }
}

#[test]
fn a_good_run_is_reported_in_full() {
    let folder = Folder::empty();
    let ended = orchestrate("--sandbox --time-scale 0.05 --message-format json --report-file")
        .arg(folder.file("x.json"))
        .within(monorepo())
        .run()
        .expect(0);
    let report = folder.json("x.json");
    assert_eq!(
        report,
        ended.report(),
        "the file holds what `run.finished` holds"
    );
    assert_eq!(folder.names(), ["x.json"], "and nothing is left beside it");
    has_the_documented_shape(&report);

    assert_eq!(report["version"], 2);
    assert_eq!(report["result"], "succeeded");
    assert_eq!(report["exit_code"], 0);
    assert_eq!(report["counts"], json!({ "succeeded": 10 }));
    assert_eq!(report["manifest"], "projects.toml");
    let time = |value: &Value| humantime::parse_rfc3339(value.as_str().unwrap()).unwrap();
    let (from, to) = (time(&report["started_at"]), time(&report["finished_at"]));
    let duration = u64::try_from(to.duration_since(from).unwrap().as_millis()).unwrap();
    assert_eq!(report["duration_ms"], duration);
    for row in report["projects"].as_array().unwrap() {
        assert!(row["deployment_id"].is_string() && row["error"].is_null());
        assert_eq!(
            (&row["attempts"], &row["reconnects"]),
            (&json!(1), &json!(0))
        );
        assert!(from <= time(&row["started_at"]) && time(&row["finished_at"]) <= to);
        let changes = row["changes"].as_array().unwrap().len();
        assert_eq!(
            row["diff"],
            json!({ "create": changes, "update": 0, "delete": 0, "detach": 0 })
        );
        assert_eq!(row["bundle"]["sha256"].as_str().unwrap().len(), 64);
    }
}

#[test]
fn a_change_is_reported_as_the_server_names_it() {
    let folder = Folder::of(&["shop"]);
    let report = orchestrate("--sandbox --time-scale 0.05 --message-format json")
        .within(folder.path())
        .run()
        .report();
    let change = &report["projects"][0]["changes"][0];
    assert_eq!(change["action"], "CREATE");
    assert_eq!(change["type"], "check");
    assert_eq!(change["logicalId"], "check-1");
    assert!(change["physicalId"].is_string());
}

#[test]
fn an_unsuccessful_project_has_the_same_shape() {
    let folder = Folder::of(&["alerts", "shop < alerts", "search"]).refused("alerts");
    let ended =
        orchestrate("--sandbox --time-scale 0.05 --message-format json --report-file x.json")
            .within(folder.path())
            .run()
            .expect(1);
    let report = ended.report();
    has_the_documented_shape(&report);
    assert_eq!(report, folder.json("x.json"));
    assert_eq!(report["result"], "failed");
    assert_eq!(report["exit_code"], 1);
    assert_eq!(
        report["counts"],
        json!({ "succeeded": 1, "rejected": 1, "skipped": 1 })
    );
    let [alerts, shop, _] = &report["projects"].as_array().unwrap()[..] else {
        panic!("three projects");
    };
    assert_eq!(alerts["error"]["http_status"], 400);
    assert!(
        alerts["error"]["message"]
            .as_str()
            .unwrap()
            .contains("resources[0].type")
    );
    assert!(alerts["deployment_id"].is_null());
    assert!(shop["started_at"].is_null() && shop["diff"].is_null());
    assert_eq!(shop["attempts"], 0);
}

#[test]
fn a_run_without_an_api_has_the_same_shape() {
    let folder = Folder::of(&["shop"]);
    let report = orchestrate("--outage-limit 0s --message-format json --api-url")
        .arg(nobody())
        .within(folder.path())
        .run()
        .expect(75)
        .report();
    has_the_documented_shape(&report);
    assert_eq!(results(&report), ["shop unavailable connection"]);
}

#[test]
fn several_reports_can_be_written() {
    let folder = Folder::of(&["shop"]);
    orchestrate("--sandbox --time-scale 0.05 --report-file a.json --report-file b.json")
        .within(folder.path())
        .run()
        .expect(0);
    assert_eq!(folder.read("a.json"), folder.read("b.json"));
}

#[test]
fn json_and_markdown_reports_can_be_combined() {
    let folder = Folder::of(&["alerts", "shop < alerts", "search"]).refused("alerts");
    orchestrate("--sandbox --time-scale 0.05 --report-file x.md,x.json")
        .within(folder.path())
        .run()
        .expect(1);
    assert_eq!(folder.json("x.json")["counts"]["skipped"], 1);
    let text = folder.read("x.md");
    assert!(
        text.starts_with("## ✗ Deployment of `projects.toml`\n\n**3 projects: 1 succeeded"),
        "{text}"
    );
    assert!(text.contains("### ✗ `alerts` rejected\n"), "{text}");
    assert!(
        text.contains("| `search` | ✓ succeeded | 1 created |"),
        "{text}"
    );
}

#[test]
fn an_older_report_is_removed_if_a_run_has_none() {
    let good = Folder::of(&["shop"]);
    let bad = Folder::of(&["shop"]).with("[limits]\nconcurrency = 0");
    for (folder, words, code) in [
        (&good, "--sandbox --exclude *", 3),
        (&good, "--sandbox --only nothing*", 64),
        (&bad, "--sandbox", 78),
        (&bad, "preview --sandbox", 78),
        (&bad, "destroy --sandbox --yes", 78),
    ] {
        folder.write("report.md", "of the run before");
        let run = orchestrate(&format!("{words} --report-file report.md"));
        run.within(folder.path()).run().expect(code);
        assert!(!folder.file("report.md").exists(), "{words}");
    }
    good.write("plan.json", "of the preview before");
    let url = nobody();
    let preview = orchestrate("preview --outage-limit 0s --out plan.json --api-url").arg(&url);
    preview.within(good.path()).run().expect(75);
    assert!(!good.file("plan.json").exists());
}

#[test]
fn output_lists_every_change() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["shop"]).checks("shop", 2);
    let deploy = |folder: &Folder| {
        let program = orchestrate("--yes --output --api-url").arg(&sandbox.url);
        program.within(folder.path()).run().expect(0)
    };
    deploy(&folder);
    let ended = deploy(&folder.checks("shop", 1));
    assert!(ended.err.contains("~ check check-1\n"), "{}", ended.err);
    assert!(ended.err.contains("- check check-2\n"), "{}", ended.err);
}
