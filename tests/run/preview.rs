//! Dry runs: what they tell, and that they change nothing.

use crate::rig::{Rig, write_bundle};
use orchestrate::model::{DiffCounts, Event, Operation};
use orchestrate::report::Signal;
use orchestrate::sandbox::Reply;
use serde_json::json;

const DRY_RUN: &str = "POST deploy?dryRun=true";

#[actix::test]
async fn a_preview_costs_one_request_and_tells_what_a_deployment_would_change() {
    let rig = Rig::new().project("a", 3, "");
    rig.deploy().await;
    write_bundle(&rig.bundle("a"), "a", 2);
    let before = rig.requests().len();
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "succeeded");
    assert_eq!(ran.report.operation, Operation::Preview);
    assert_eq!(ran.report.exit_code, 0);
    let diff = DiffCounts {
        update: 2,
        delete: 1,
        ..DiffCounts::default()
    };
    assert_eq!(ran.project("a").diff, Some(diff));
    assert_eq!(ran.project("a").changes[2].logical_id, "heartbeat-2");
    assert_eq!(ran.project("a").deployment_id, None);
    assert_eq!(
        rig.requests()[before..],
        ["POST deploy?dryRun=true&scheduleOnDeploy=true"]
    );
}

#[actix::test]
async fn a_preview_changes_nothing_on_the_server() {
    let rig = Rig::new().project("a", 3, "");
    rig.preview().await;
    assert_eq!(rig.last_deployment("a"), None);
    let again = rig.preview().await;
    assert_eq!(again.project("a").diff.map(|diff| diff.create), Some(3));
}

#[actix::test]
async fn dependencies_do_not_order_a_preview_and_a_failure_holds_up_nobody() {
    let rig =
        Rig::new()
            .project("shared", 1, "")
            .project("checkout", 1, "depends_on = [\"shared\"]");
    rig.answer(
        DRY_RUN,
        1,
        Reply::json(402, json!({ "message": "no" }).to_string()),
    );
    let ran = rig.preview().await;
    assert_eq!(ran.result("shared"), "rejected http_402");
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(ran.report.exit_code, 1);
}

#[actix::test]
async fn a_dry_run_that_fails_in_a_way_that_passes_is_tried_again() {
    let rig = Rig::new().project("a", 1, "");
    rig.answer(DRY_RUN, 2, Reply::json(503, json!({}).to_string()));
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "succeeded");
    assert_eq!(ran.project("a").attempts, 3);
    rig.answer(DRY_RUN, 9, Reply::json(503, json!({}).to_string()));
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "unreachable http_503");
    assert_eq!(ran.report.exit_code, 75);
}

#[actix::test]
async fn a_dry_run_that_meets_a_deployment_is_tried_again_and_never_waits_for_it() {
    let conflict = Reply::json(
        409,
        json!({ "message": "busy", "deploymentId": "other" }).to_string(),
    );
    let rig = Rig::new().project("a", 1, "");
    rig.answer(DRY_RUN, 1, conflict.clone());
    assert_eq!(rig.preview().await.result("a"), "succeeded");
    rig.answer(DRY_RUN, 9, conflict);
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "unreachable http_409");
    assert_eq!(rig.count("GET"), 0);
}

#[actix::test]
async fn a_lost_reply_to_a_dry_run_leaves_no_doubt() {
    let rig = Rig::with_script("[[rule]]\nfault = { lose = \"close\" }\n").project("a", 1, "");
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "unreachable reply_lost");
    assert_eq!(ran.project("a").cause, None);
    let message = &ran.project("a").error.as_ref().unwrap().message;
    assert!(!message.contains("may have"), "{message}");
}

#[actix::test]
async fn one_signal_ends_a_preview_at_once() {
    let rig = Rig::with_script("[[rule]]\nfault = \"hang\"\n").project("a", 1, "");
    let ran = rig
        .preview_watched(Box::new(|event, signals| {
            if matches!(event.event, Event::Previewing { .. }) {
                signals.unbounded_send(Signal::Sigint).unwrap();
            }
        }))
        .await;
    assert_eq!(ran.result("a"), "interrupted interrupted");
    assert_eq!(ran.report.exit_code, 130);
    assert_eq!(ran.seconds(), 0);
}
