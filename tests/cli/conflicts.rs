//! Two runs that deploy the same project.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Ended, Running, orchestrate, results};

/// A run with a running deployment, and the deployment's id.
fn blocker(sandbox: &Sandbox, folder: &Folder) -> (Running, String) {
    let mut run = orchestrate("--message-format json --api-url")
        .arg(&sandbox.url)
        .within(folder.path())
        .start();
    let id = run.event("project.submitted")["data"]["deployment_id"].clone();
    (run, id.as_str().unwrap().to_owned())
}

fn second(sandbox: &Sandbox, folder: &Folder, flags: &str) -> Ended {
    orchestrate(&format!("{flags} --message-format json --api-url"))
        .arg(&sandbox.url)
        .within(folder.path())
        .run()
}

/// The only conflict in the report of a run with one project.
fn conflict(ended: &Ended) -> (String, String) {
    let report = ended.report();
    let [conflict] = &report["projects"][0]["conflicts"].as_array().unwrap()[..] else {
        panic!("one conflict: {report}");
    };
    let text = |key: &str| conflict[key].as_str().unwrap().to_owned();
    (text("deployment_id"), text("policy"))
}

#[test]
fn the_second_run_waits_for_the_first() {
    let sandbox = Sandbox::start(1.0);
    let folder = Folder::of(&["shop"]);
    let (first, id) = blocker(&sandbox, &folder);
    let ended = second(&sandbox, &folder, "").expect(0);
    assert_eq!(conflict(&ended), (id.clone(), "wait".into()));
    assert!(ended.err.contains(&id), "{}", ended.err);
    first.end().expect(0);
}

#[test]
fn on_conflict_cancel_cancels_the_blocker() {
    for flag in ["--cancel-in-progress-deployment", "--on-conflict cancel"] {
        let sandbox = Sandbox::start(1.0);
        let folder = Folder::of(&["shop"]).checks("shop", 10);
        let (first, id) = blocker(&sandbox, &folder);
        let ended = second(&sandbox, &folder, flag).expect(0);
        assert_eq!(conflict(&ended), (id, "cancel".into()));
        let ended = first.end().expect(1);
        let result = ended.report()["projects"][0]["result"].clone();
        assert!(result == "cancelled" || result == "superseded", "{result}");
    }
}

#[test]
fn on_conflict_fail_fails_at_once() {
    let sandbox = Sandbox::start(10.0);
    let folder = Folder::of(&["shop"]);
    let (_first, id) = blocker(&sandbox, &folder);

    let ended = second(&sandbox, &folder, "--on-conflict fail").expect(75);
    assert_eq!(
        results(&ended.report()),
        ["shop conflicted conflict_policy"]
    );
    assert_eq!(conflict(&ended), (id.clone(), "fail".into()));
    assert!(ended.err.contains(&id), "{}", ended.err);

    let ended = second(&sandbox, &folder, "--conflict-deadline 50ms").expect(75);
    assert_eq!(
        results(&ended.report()),
        ["shop conflicted conflict_deadline"]
    );
}

#[test]
fn a_deployment_that_cannot_be_cancelled_is_told_with_the_reason() {
    let sandbox = Sandbox::scripted(
        0.05,
        "[[rule]]\nfault.blocker = { for = 'ever', on_cancel = 'refuse' }\n",
    );
    let folder = Folder::of(&["shop"]);
    let flags = "--cancel-in-progress-deployment --conflict-deadline 1s";
    let ended = second(&sandbox, &folder, flags).expect(75);
    let events = ended.events();
    let failed = events
        .iter()
        .find(|event| event["type"] == "project.cancel_failed");
    let failed = &failed.unwrap()["data"];
    let conflict = &ended.report()["projects"][0]["conflicts"][0];
    assert_eq!(failed["deployment_id"], conflict["deployment_id"]);
    assert_eq!(failed["error"]["http_status"], 403);
    assert_eq!(failed["error"], conflict["cancel_error"]);
    assert!(
        ended.err.contains("; cancelling it failed: "),
        "{}",
        ended.err
    );
    let says = " failed: HTTP 403";
    assert!(ended.err.contains(says), "{}", ended.err);
    let advice = "with --cancel-in-progress-deployment";
    assert!(!ended.err.contains(advice), "{}", ended.err);
}
