//! Failures of other projects, and time limits.

use crate::sandbox::Reply;
use crate::tests::run::rig::Rig;
use std::time::Duration;

const REFUSED: &str = r#"{"statusCode":422,"error":"Unprocessable","message":"no"}"#;

/// The sandbox refuses this project's uploads.
fn refuse(rig: &Rig, project: &'static str) {
    let logical_id = format!("\"logicalId\":\"{project}\"");
    rig.sandbox.intercept(move |request| {
        let body = String::from_utf8_lossy(&request.body);
        let refused = request.method == "POST" && body.contains(&logical_id);
        refused.then(|| Reply::json(422, REFUSED))
    });
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn dependents_of_a_failure_are_skipped_and_others_continue() {
    let rig = Rig::new()
        .project("shared", 1, "")
        .project("a", 1, "depends_on = [\"shared\"]")
        .project("b", 1, "depends_on = [\"a\"]")
        .project("other", 1, "");
    refuse(&rig, "shared");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shared"), "rejected http_422");
    assert_eq!(ran.result("a"), "skipped dependency_failed");
    assert_eq!(ran.result("b"), "skipped dependency_failed");
    assert_eq!(ran.project("b").cause.as_deref(), Some("shared"));
    assert_eq!(ran.result("other"), "succeeded");
    assert_eq!(ran.report.exit_code, 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn fail_fast_drains_the_run() {
    let mut rig = Rig::new()
        .project("slow", 300, "")
        .project("first", 1, "")
        .project("bad", 1, "depends_on = [\"first\"]")
        .project("late", 1, "depends_on = [\"slow\"]");
    rig.overrides.concurrency = Some(2);
    rig.overrides.max_fail = Some(1);
    refuse(&rig, "bad");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("slow"), "succeeded");
    assert_eq!(ran.result("bad"), "rejected http_422");
    assert_eq!(ran.result("late"), "skipped max_fail");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn past_its_time_limit_a_deployment_is_cancelled() {
    let rig = Rig::new()
        .project("slow", 700, "timeout = \"10s\"")
        .project("quick", 1, "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("slow"), "timed_out project_timeout");
    assert_eq!(ran.result("quick"), "succeeded");
    assert_eq!(rig.count("POST cancel"), 1);
    assert_eq!(ran.report.exit_code, 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn past_the_runs_time_limit_everything_ends() {
    let mut rig = Rig::new().project("slow", 700, "").project("late", 1, "");
    rig.overrides.concurrency = Some(1);
    rig.overrides.timeout = Some(Duration::from_secs(10));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("slow"), "timed_out run_timeout");
    assert_eq!(ran.result("late"), "timed_out run_timeout");
    assert_eq!(ran.report.exit_code, 124);
    assert_eq!(ran.seconds(), 10);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_cancel_that_is_never_confirmed_is_reported_as_left_running() {
    let rig = Rig::new().project("slow", 700, "timeout = \"10s\"");
    rig.answer("POST cancel", 99, Reply::json(200, "{}"));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("slow"), "detached cancel_timeout");
    assert!(ran.project("slow").deployment_id.is_some());
    assert_eq!(ran.seconds(), 40, "the grace period is half a minute");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_time_limit_does_not_hide_an_earlier_failure() {
    let keys = "timeout = \"20s\"\nretries = { delay = \"30s\", jitter = false }";
    let rig = Rig::new().project("checkout", 1, keys);
    let slow_down = Reply::json(
        429,
        r#"{"statusCode":429,"error":"Too Many Requests","message":"slow down"}"#,
    );
    rig.answer("POST deploy", 1, slow_down);
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "timed_out project_timeout");
    let error = ran.project("checkout").error.as_ref().unwrap();
    assert_eq!(error.http_status, Some(429));
    assert_eq!(error.message, "slow down");
}
