//! Failed uploads.

use crate::model::{DeploymentId, Event};
use crate::sandbox::{Fault, Reply};
use crate::tests::run::rig::{Rig, write_bundle};

const UPLOAD: &str = "POST deploy";

fn refused(status: u16) -> Reply {
    let body = format!(r#"{{"statusCode":{status},"error":"No","message":"not like this"}}"#);
    Reply::json(status, body)
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_transient_failure_is_retried() {
    for status in [429, 500, 502, 503, 504] {
        let rig = Rig::new().project("checkout", 1, "");
        rig.answer(UPLOAD, 2, refused(status));
        let ran = rig.deploy().await;
        assert_eq!(ran.result("checkout"), "succeeded", "after HTTP {status}");
        assert_eq!(ran.project("checkout").attempts, 3);
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn retry_after_is_respected() {
    let rig = Rig::new().project("checkout", 1, "");
    let busy = Reply::Answer {
        status: 503,
        headers: vec![("retry-after".into(), "120".into())],
        body: "busy".into(),
    };
    rig.answer(UPLOAD, 1, busy);
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert!((120..125).contains(&ran.seconds()));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_lasting_failure_ends_with_the_retries() {
    let rig = Rig::new().project("checkout", 1, "retries = { count = 2, delay = \"1s\" }");
    rig.answer(UPLOAD, 99, refused(503));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "unavailable http_503");
    assert_eq!(ran.report.exit_code, 75);
    assert_eq!(rig.count(UPLOAD), 3);
    let error = ran.project("checkout").error.as_ref().unwrap();
    assert_eq!(error.message, "not like this");
    assert_eq!(error.http_status, Some(503));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_refusal_is_permanent() {
    for status in [400, 401, 402, 403, 404, 413, 422] {
        let rig = Rig::new().project("checkout", 1, "");
        rig.answer(UPLOAD, 99, refused(status));
        let ran = rig.deploy().await;
        assert_eq!(ran.result("checkout"), format!("rejected http_{status}"));
        assert_eq!(rig.requests().len(), 1);
        let credentials = [401, 403].contains(&status);
        assert_eq!(ran.report.exit_code, if credentials { 77 } else { 1 });
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_refused_key_is_not_a_transient_failure() {
    let rig = Rig::new()
        .with_api_key("invalid-key")
        .project("checkout", 1, "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "rejected http_401");
    assert!(!format!("{:?}", ran.report).contains("invalid-key"));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_lost_response_is_followed_by_another_upload() {
    let rig = Rig::new().project("checkout", 1, "");
    rig.answer(UPLOAD, 1, Reply::Fault(Fault::Close));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(rig.count(UPLOAD), 2);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_upload_without_a_response_ends_at_the_time_limit_and_is_reported() {
    let rig = Rig::new().project("checkout", 1, "timeout = \"20s\"");
    rig.answer(UPLOAD, 9, Reply::Fault(Fault::Hang));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "detached project_timeout");
    assert!(ran.seconds() < 60);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_bundle_that_changes_after_its_check_is_not_sent() {
    let rig = Rig::new()
        .project("first", 5, "")
        .project("second", 1, "depends_on = [\"first\"]");
    let second = rig.bundle("second");
    let ran = rig
        .deploy_watched(Box::new(move |event, _| {
            if matches!(event.event, Event::Submitted { .. }) {
                write_bundle(&second, "second", 2);
            }
        }))
        .await;
    assert_eq!(ran.result("first"), "succeeded");
    assert_eq!(ran.result("second"), "failed bundle_changed");
    assert_eq!(rig.count(UPLOAD), 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_unavailable_server_is_reported() {
    let rig = Rig::new()
        .project("a", 1, "")
        .project("b", 1, "depends_on = [\"a\"]");
    rig.sandbox.stop();
    let ran = rig.deploy().await;
    assert_eq!(ran.result("a"), "unavailable connection");
    assert_eq!(ran.result("b"), "skipped dependency_failed");
    assert_eq!(ran.project("b").cause.as_deref(), Some("a"));
    assert_eq!(ran.report.exit_code, 75);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_deployment_of_a_lost_upload_is_awaited_and_not_sent_again() {
    let lost = "[[rule]]\non = \"deploy\"\ntimes = 1\nfault.lose = \"reset\"";
    let rig = Rig::with_script(lost).project("checkout", 20, "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    // The lost one, and the refused one.
    assert_eq!(rig.count(UPLOAD), 2);
    let row = ran.project("checkout");
    assert_eq!((row.conflicts.len(), row.changes.len()), (0, 20));
    let deployments = rig.sandbox.deployments();
    assert_eq!(deployments.len(), 1);
    let known = row.deployment_id.as_ref().map(DeploymentId::as_str);
    assert_eq!(known, Some(deployments[0].id.as_str()));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn after_a_lost_upload_the_deployment_of_another_client_is_no_success() {
    let lost_then_blocked = "[[rule]]\non = 'deploy'\ntimes = 1\nfault = 'close'\n\
                             [[rule]]\non = 'deploy'\nafter = 1\ntimes = 1\nfault.blocker = { for = '5s' }";
    let rig = Rig::with_script(lost_then_blocked).project("checkout", 20, "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(rig.count(UPLOAD), 3);
    assert_eq!(ran.project("checkout").conflicts.len(), 1);
    let deployments = rig.sandbox.deployments();
    let followed = ran.project("checkout").deployment_id.as_ref();
    let last = deployments.last().map(|it| it.id.as_str());
    assert_eq!(followed.map(DeploymentId::as_str), last);
}
