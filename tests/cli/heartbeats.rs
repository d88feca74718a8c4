//! Heartbeat checks: the ping URLs of new ones are shown, as in the Checkly CLI.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Ended, orchestrate};
use serde_json::{Value, json};

/// A project with an API check and a heartbeat check.
fn nightly() -> Folder {
    let folder = Folder::of(&["shop"]).checks("shop", 2);
    let mut bundle = folder.json("shop.json");
    bundle["resources"][1]["logicalId"] = json!("nightly");
    bundle["resources"][1]["payload"]["checkType"] = json!("HEARTBEAT");
    folder.write("shop.json", &bundle.to_string());
    folder
}

fn deploy(sandbox: &Sandbox, folder: &Folder) -> Ended {
    orchestrate("--yes --message-format json --report-file report.md --api-url")
        .arg(&sandbox.url)
        .within(folder.path())
        .run()
        .expect(0)
}

/// The heartbeat check in the report.
fn heartbeat(ended: &Ended) -> Value {
    let report = ended.report();
    let changes = &report["projects"][0]["changes"];
    assert_eq!(changes[0]["logicalId"], "check-1");
    assert!(changes[0].get("heartbeat").is_none(), "{changes}");
    assert_eq!(changes[1]["logicalId"], "nightly");
    changes[1].get("heartbeat").cloned().unwrap_or_default()
}

#[test]
fn the_ping_url_of_a_created_heartbeat_check_is_shown_and_reported() {
    let sandbox = Sandbox::start(0.05);
    let folder = nightly();
    let ended = deploy(&sandbox, &folder);
    let id = &ended.report()["projects"][0]["changes"][1]["physicalId"];
    let url = format!("https://ping.sandbox.invalid/{}", id.as_str().unwrap());
    assert_eq!(heartbeat(&ended), json!({ "pingUrl": url }));
    let says = "Ping URL of heartbeat check nightly in shop:";
    let human = format!("\n{says}\n    {url}\n");
    assert!(ended.err.contains(&human), "{}", ended.err);
    let markdown = folder.read("report.md");
    let line = format!("\n- {says} `{url}`\n");
    assert!(markdown.contains(&line), "{markdown}");

    let again = deploy(&sandbox, &folder);
    assert_eq!(heartbeat(&again), Value::Null, "it was created before");
    assert!(!again.err.contains("Ping URL"), "{}", again.err);
}

#[test]
fn a_deployment_succeeds_without_a_ping_url() {
    let sandbox = Sandbox::scripted(
        0.05,
        r#"
            [[rule]]
            on = "other"
            fault.status.code = 403
            fault.status.body = '{"statusCode":403,"error":"Forbidden","message":"Not this one."}'
            fault.status.content_type = "application/json"
        "#,
    );
    let ended = deploy(&sandbox, &nightly());
    assert_eq!(ended.report()["projects"][0]["result"], "succeeded");
    let error = heartbeat(&ended)["error"].clone();
    assert_eq!(error, "Not this one.");
    let says = "Ping URL of heartbeat check nightly in shop is unknown: Not this one.";
    assert!(ended.err.contains(says), "{}", ended.err);
}
