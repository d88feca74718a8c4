//! Blocking deployments of other clients.

use super::once;
use crate::tests::sandbox::rig::{Got, Rig};
use serde_json::{Value, json};

/// A blocker, and the refusal of a deployment that met it.
async fn blocked(rig: &Rig) -> String {
    let got = rig.again().await;
    assert_eq!(got.status, 409);
    got.body["deploymentId"].as_str().unwrap().to_owned()
}

async fn cancelled(rig: &Rig, id: &str) -> Got {
    rig.post(&format!("/v1/projects/checkout/deployments/{id}/cancel"))
        .await
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_blocker_holds_the_project_for_its_duration() {
    let rig = once("deploy", r#"{ blocker = { for = "20s" } }"#);
    let id = blocked(&rig).await;
    let done = rig.of(&id, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis()),
        (&json!("SUCCEEDED"), 20_000)
    );
    assert_eq!(rig.again().await.status, 202);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_blocker_may_run_until_it_is_cancelled() {
    let rig = once("deploy", r#"{ blocker = { for = "ever" } }"#);
    let id = blocked(&rig).await;
    for _ in 0..120 {
        let poll = rig.of(&id, "/completion?maxWaitSeconds=30").await;
        assert_eq!(poll.status, 408, "still running after an hour");
    }
    assert_eq!(blocked(&rig).await, id);
    let before = rig.millis();
    assert_eq!(cancelled(&rig, &id).await.status, 200);
    let done = rig.of(&id, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis() - before),
        (&json!("CANCELLED"), 200)
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_blocker_may_refuse_ignore_or_delay_its_cancellation() {
    let manner = |manner: &str| {
        let fault = format!("{{ blocker = {{ for = \"20s\", on_cancel = {manner} }} }}");
        once("deploy", &fault)
    };
    let rig = manner("\"refuse\"");
    let id = blocked(&rig).await;
    let message = "You are not allowed to cancel this deployment";
    assert_eq!(
        cancelled(&rig, &id).await.refusal(),
        (403, "Forbidden", message)
    );
    assert_eq!(rig.of(&id, "").await.body["cancelRequestedAt"], Value::Null);
    let rig = manner("\"ignore\"");
    let id = blocked(&rig).await;
    let asked = cancelled(&rig, &id).await;
    assert!(asked.status == 200 && asked.body["cancelRequestedAt"].is_string());
    let done = rig.of(&id, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis()),
        (&json!("SUCCEEDED"), 20_000)
    );
    let rig = manner("{ after = \"8s\" }");
    let id = blocked(&rig).await;
    cancelled(&rig, &id).await;
    let done = rig.of(&id, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis()),
        (&json!("CANCELLED"), 8_000)
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_blocker_may_fail_or_vanish() {
    let rig = once("deploy", r#"{ blocker = { for = "20s", end = "fail" } }"#);
    let id = blocked(&rig).await;
    let done = rig.of(&id, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis()),
        (&json!("FAILED"), 20_000)
    );
    let rig = once("deploy", r#"{ blocker = { for = "20s", end = "vanish" } }"#);
    let id = blocked(&rig).await;
    let gone = rig.of(&id, "/completion").await;
    assert_eq!((gone.status, rig.millis()), (404, 20_000));
    assert_eq!(rig.again().await.status, 202);
}
