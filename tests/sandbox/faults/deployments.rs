//! Deployments that do not simply succeed.

use super::{data, once};
use crate::tests::sandbox::rig::{diff, project};
use serde_json::{Value, json};
use std::time::Duration;

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deployment_may_fail() {
    let rig = once(
        "deploy",
        r#"{ fail = { at = 60, code = "PLAN_LIMITS_EXCEEDED", message = "Too many checks" } }"#,
    );
    let id = rig.begun().await;
    let events = rig.events(&id).await;
    let (at, last) = events.last().unwrap();
    assert_eq!((events.len(), *at), (7, 300));
    let last = data(last);
    assert_eq!(
        (&last["status"], &last["progress"]),
        (&json!("FAILED"), &json!(60))
    );
    let error = json!({ "code": "PLAN_LIMITS_EXCEEDED", "message": "Too many checks" });
    assert_eq!((&last["error"], &last["result"]), (&error, &Value::Null));
    let what = rig
        .deploy("dryRun=true", &project("checkout", &["a"]))
        .await;
    assert_eq!(diff(&what.body), ["CREATE check a"]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_stalled_deployment_is_reaped() {
    let rig = once("deploy", r#"{ stall = { at = 30, reaped_after = "10m" } }"#);
    let id = rig.begun().await;
    let poll = rig.of(&id, "/completion").await;
    assert_eq!((poll.status, rig.millis()), (408, 30_000));
    let events = rig.events(&id).await;
    let (at, last) = events.last().unwrap();
    assert_eq!(at / 1000, 600);
    let last = data(last);
    assert_eq!(
        (&last["status"], &last["progress"]),
        (&json!("FAILED"), &json!(30))
    );
    assert_eq!(last["error"]["code"], "INTERNAL_ERROR");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_stalled_deployment_may_never_end_and_ignore_a_cancel() {
    let rig = once("deploy", r#"{ stall = { on_cancel = "ignore" } }"#);
    let id = rig.begun().await;
    let asked = rig
        .post(&format!("/v1/projects/checkout/deployments/{id}/cancel"))
        .await;
    assert!(asked.status == 200 && asked.body["cancelRequestedAt"].is_string());
    for asked in 1..=180 {
        let poll = rig.of(&id, "/completion?maxWaitSeconds=20").await;
        assert_eq!((poll.status, rig.millis()), (408, asked * 20_000));
    }
    let now = rig.of(&id, "").await.body;
    assert_eq!(
        (&now["status"], &now["progress"]),
        (&json!("RUNNING"), &json!(50))
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_newer_deployment_takes_over() {
    let rig = once("deploy", r#"{ takeover = { at = 50, for = "20s" } }"#);
    let id = rig.begun().await;
    let events = rig.events(&id).await;
    let (at, last) = events.last().unwrap();
    let last = data(last);
    assert_eq!((*at, &last["status"]), (260, &json!("CANCELLED")));
    assert_eq!(last["cancelRequestedAt"], last["endedAt"]);
    let refused = rig.again().await;
    let newer = refused.body["deploymentId"].as_str().unwrap();
    assert_ne!(newer, id);
    let done = rig.of(newer, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis()),
        (&json!("SUCCEEDED"), 20_260)
    );
    assert_eq!(rig.again().await.status, 202);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deletion_may_fail_like_a_deployment() {
    let rig = once("delete", r#"{ fail = { at = 10 } }"#);
    rig.begun().await;
    tokio::time::advance(Duration::from_secs(1)).await;
    let path = "/v1/projects/checkout?preserveResources=false&dryRun=false";
    let got = rig.delete(path).await;
    let id = got.body["id"].as_str().unwrap();
    let done = rig.of(id, "/completion").await.body;
    assert_eq!(done["status"], "FAILED");
    let what = rig
        .deploy("dryRun=true", &project("checkout", &["a"]))
        .await;
    assert_eq!(diff(&what.body), ["UPDATE check a"], "it still exists");
}
