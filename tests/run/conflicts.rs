//! Another deployment holds the project.

use crate::model::OnConflict;
use crate::sandbox::{Fault, Reply};
use crate::tests::run::rig::Rig;

const UPLOAD: &str = "POST deploy";

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_blocker_is_awaited_without_uploads() {
    let rig = Rig::new().project("checkout", 3, "");
    let blocker = rig.start_blocker("checkout", 100);
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    let row = ran.project("checkout");
    assert_eq!(row.attempts, 2);
    assert_eq!(row.conflicts.len(), 1);
    assert_eq!(row.conflicts[0].deployment_id, blocker);
    assert_eq!(row.conflicts[0].policy, OnConflict::Wait);
    assert!((99_000..117_000).contains(&row.conflicts[0].waited_ms));
    // 100 s in polls of 30 s: one upload before, four polls, one upload after.
    let requests = rig.requests();
    assert_eq!(rig.count(UPLOAD), 2);
    assert_eq!(rig.count("GET completion?maxWaitSeconds=30"), 4);
    assert!(
        requests[1..5]
            .iter()
            .all(|request| request.starts_with("GET completion"))
    );
    assert_eq!(rig.count("POST cancel"), 0);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_blocker_is_cancelled_once_on_request() {
    let rig = Rig::new().project("checkout", 3, "on_conflict = \"cancel\"");
    rig.start_blocker("checkout", 1000);
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(rig.count("POST cancel"), 1);
    assert_eq!(rig.count(UPLOAD), 2);
    assert!(ran.seconds() < 10);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_policy_fail_does_not_wait() {
    let rig = Rig::new().project("checkout", 3, "on_conflict = \"fail\"");
    rig.start_blocker("checkout", 1000);
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "conflicted conflict_policy");
    assert_eq!(ran.report.exit_code, 75, "a conflict is transient");
    assert_eq!(rig.requests().len(), 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn past_the_deadline_the_project_is_conflicted() {
    let rig = Rig::new().project("checkout", 3, "");
    rig.start_blocker("checkout", 100_000);
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "conflicted conflict_deadline");
    assert_eq!(ran.report.exit_code, 75);
    assert_eq!(ran.seconds(), 30 * 60);
    assert_eq!(rig.count(UPLOAD), 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_deadline_is_enforced_while_a_request_hangs() {
    let rig = Rig::new().project("checkout", 3, "conflict_deadline = \"10s\"");
    rig.start_blocker("checkout", 100_000);
    rig.answer("GET completion", 9, Reply::Fault(Fault::Hang));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "conflicted conflict_deadline");
    assert_eq!(ran.seconds(), 10);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn several_conflicts_in_a_row_are_each_resolved() {
    let rig = Rig::new().project("checkout", 3, "");
    rig.start_blocker("checkout", 10);
    // The response to the second upload names another blocker, which has finished already.
    let another =
        r#"{"statusCode":409,"error":"Conflict","message":"busy","deploymentId":"other"}"#;
    let mut uploads = 0;
    rig.sandbox.intercept(move |request| {
        if request.method == "POST" {
            uploads += 1;
        }
        (request.method == "POST" && uploads == 2).then(|| Reply::json(409, another))
    });
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(ran.project("checkout").conflicts.len(), 2);
    assert_eq!(ran.project("checkout").attempts, 3);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_409_without_a_known_deployment_is_repeated_twice_and_then_rejected_in_its_words() {
    for body in [
        r#"{"statusCode":409,"error":"Conflict","message":"locked for maintenance"}"#,
        r#"{"statusCode":409,"error":"Conflict","message":"locked for maintenance","deploymentId":7}"#,
        r#"{"statusCode":409,"error":"Conflict","message":"locked for maintenance","deploymentId":"unknown"}"#,
    ] {
        for (times, result, uploads) in [(2, "succeeded", 3), (9, "rejected http_409", 3)] {
            let rig = Rig::new().project("checkout", 3, "");
            rig.answer(UPLOAD, times, Reply::json(409, body));
            let ran = rig.deploy().await;
            assert_eq!(ran.result("checkout"), result, "{body}");
            assert_eq!(rig.count(UPLOAD), uploads, "{body}");
            assert!((2..20).contains(&ran.seconds()), "{} s", ran.seconds());
            if let Some(error) = &ran.project("checkout").error {
                assert_eq!(error.message, "locked for maintenance");
                assert_eq!(ran.report.exit_code, 1);
            }
        }
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_immediate_answer_does_not_cause_an_immediate_poll() {
    let rig = Rig::new().project("checkout", 3, "");
    rig.start_blocker("checkout", 10);
    let still = r#"{"statusCode":408,"error":"Request Time-out","message":"still running"}"#;
    rig.answer("GET completion", 30, Reply::json(408, still));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    // Thirty immediate answers took thirty seconds; the next one was real.
    assert_eq!(rig.count("GET completion"), 31);
    assert!((30..33).contains(&ran.seconds()), "{} s", ran.seconds());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_failed_poll_does_not_end_the_wait() {
    let rig = Rig::new().project("checkout", 3, "");
    rig.start_blocker("checkout", 40);
    rig.answer("GET completion", 3, Reply::Fault(Fault::Close));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(rig.count(UPLOAD), 2);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn only_a_valid_body_ends_the_wait() {
    let rig = Rig::new().project("checkout", 3, "");
    rig.start_blocker("checkout", 40);
    rig.answer(
        "GET completion",
        2,
        Reply::json(200, "<html>all is well</html>"),
    );
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(rig.count(UPLOAD), 2, "the page does not count as the end");
    assert!(ran.seconds() >= 40);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_blocker_that_no_longer_exists_is_not_awaited() {
    let rig = Rig::new().project("checkout", 3, "");
    let gone = r#"{"statusCode":409,"error":"Conflict","message":"busy","deploymentId":"gone"}"#;
    rig.answer(UPLOAD, 1, Reply::json(409, gone));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(rig.count("GET completion"), 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_cancel_that_the_server_refuses_becomes_a_wait() {
    let rig = Rig::new().project("checkout", 3, "on_conflict = \"cancel\"");
    rig.start_blocker("checkout", 20);
    let forbidden = r#"{"statusCode":403,"error":"Forbidden","message":"not yours"}"#;
    rig.answer("POST cancel", 9, Reply::json(403, forbidden));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(rig.count("POST cancel"), 1);
    assert!(ran.seconds() >= 20);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn others_deploy_while_one_waits() {
    let mut rig = Rig::new().project("busy", 3, "").project("free", 3, "");
    rig.overrides.concurrency = Some(1);
    rig.start_blocker("busy", 300);
    let ran = rig.deploy().await;
    assert_eq!(ran.report.exit_code, 0);
    let free = ran.project("free");
    assert!(free.finished_at < ran.project("busy").finished_at);
    assert!(free.durations_ms.queued < 1_000);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_poll_respects_retry_after() {
    let rig = Rig::new().project("checkout", 3, "");
    rig.start_blocker("checkout", 10);
    let still = Reply::Answer {
        status: 408,
        headers: vec![("retry-after".into(), "20".into())],
        body: "{}".into(),
    };
    rig.answer("GET completion", 2, still);
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(rig.count("GET completion"), 3);
    assert!((40..43).contains(&ran.seconds()), "{} s", ran.seconds());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_conflict_with_a_finished_deployment_does_not_flood_the_api() {
    // Every upload is refused because of a deployment that has finished.
    let rig = Rig::new().project("checkout", 3, "conflict_deadline = \"10m\"");
    let id = rig.start_blocker("checkout", 0);
    let busy = format!(
        r#"{{"statusCode":409,"error":"Conflict","message":"busy","deploymentId":"{id}"}}"#
    );
    rig.answer(UPLOAD, 9_999, Reply::json(409, busy));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "conflicted conflict_deadline");
    // It ends with a last attempt at the deadline.
    assert_eq!(ran.seconds(), 600);
    // The Checkly CLI sends 500 requests a second here.
    let requests = rig.requests().len();
    assert!((80..200).contains(&requests), "{requests} in ten minutes");
}
