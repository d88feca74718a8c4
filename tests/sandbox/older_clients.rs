//! The requests of Checkly CLIs before 8.10, as recorded from 6.0.0, 7.7.0, and 8.9.0, and the replies that they need.

use crate::sandbox::{Options, Script};
use crate::tests::sandbox::rig::{ACCOUNT, Got, Rig, diff, gzip, project, rig, rig_with};
use awc::http::Method;
use serde_json::{Value, json};

const DEPLOY: &str = "/next-v2/projects/deploy?dryRun=false&scheduleOnDeploy=true";

async fn posted(rig: &Rig, path: &str, body: &Value) -> Got {
    let request = rig
        .request(Method::POST, path)
        .insert_header(("content-type", "application/json"))
        .insert_header(("content-encoding", "gzip"));
    Got::read(request.send_body(gzip(body)).await).await
}

/// The status of a deletion, whose reply has no body.
async fn deleted(rig: &Rig, path: &str) -> u16 {
    let reply = rig.request(Method::DELETE, path).send().await.unwrap();
    reply.status().as_u16()
}

fn scripted(rule: &str) -> Options {
    let script: Script = format!("[[rule]]\n{rule}").parse().unwrap();
    Options {
        script,
        ..Options::default()
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_first_request_of_a_client_that_does_not_know_its_version_is_served() {
    let rig = rig();
    let request = rig
        .bare(Method::GET, "/next/accounts/acme")
        .insert_header(("authorization", "Bearer secret"))
        .insert_header(("x-checkly-account", ACCOUNT));
    let got = Got::read(request.send().await).await;
    assert_eq!((got.status, &got.body["id"]), (200, &json!("acme")));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deployment_is_answered_when_it_has_ended() {
    let rig = rig();
    let body = project("checkout", &["a", "b"]);
    let dry = "/next-v2/projects/deploy?dryRun=true&scheduleOnDeploy=true";
    let preview = posted(&rig, dry, &body).await;
    assert_eq!((preview.status, rig.millis()), (200, 0));
    assert_eq!(diff(&preview.body), ["CREATE check a", "CREATE check b"]);
    let got = posted(&rig, DEPLOY, &body).await;
    assert_eq!((got.status, rig.millis()), (200, 560));
    assert_eq!(diff(&got.body), ["CREATE check a", "CREATE check b"]);
    assert_eq!(got.body["project"]["logicalId"], "checkout");
    assert!(got.body["diff"][0]["physicalId"].is_string());
    let again = posted(&rig, DEPLOY, &project("checkout", &["a"])).await;
    assert_eq!(diff(&again.body), ["UPDATE check a", "DELETE check b"]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deletion_is_answered_when_it_has_ended() {
    let rig = rig();
    for path in [
        "/next/projects/checkout",
        "/next/projects/checkout?preserveResources=false",
    ] {
        rig.deployed("", &["a"]).await;
        assert_eq!(deleted(&rig, path).await, 204);
        assert_eq!(rig.get("/next/projects").await.body, json!([]));
    }
    let got = rig.delete("/next/projects/checkout").await;
    let message = "Project \"checkout\" not found";
    assert_eq!(got.refusal(), (404, "Not Found", message));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn it_is_blocked_by_deployments_of_other_clients_too() {
    let rig = rig();
    let id = rig.blocker(60);
    let got = posted(&rig, DEPLOY, &project("checkout", &["a"])).await;
    assert_eq!((got.status, &got.body["deploymentId"]), (409, &json!(id)));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deployment_that_fails_is_refused_with_its_message() {
    let rule =
        "on = 'deploy'\nfault.fail = { at = 50, code = 'PLAN', message = 'Too many checks.' }";
    let rig = rig_with(&scripted(rule));
    let got = posted(&rig, DEPLOY, &project("checkout", &["a"])).await;
    assert_eq!(got.refusal(), (400, "Bad Request", "Too many checks."));
}
