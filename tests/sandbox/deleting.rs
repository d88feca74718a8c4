//! `DELETE /v1/projects/{logicalId}`.

use crate::tests::sandbox::rig::{diff, project, rig};
use serde_json::json;

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deletion_is_followed_like_a_deployment() {
    let rig = rig();
    rig.deployed("", &["a", "b"]).await;
    let got = rig
        .delete("/v1/projects/checkout?preserveResources=false&dryRun=false")
        .await;
    assert_eq!((got.status, &got.body["status"]), (202, &json!("PENDING")));
    let id = got.body["id"].as_str().unwrap();
    let held_up = rig.deploy("", &project("checkout", &[])).await;
    assert_eq!(
        (held_up.status, &held_up.body["deploymentId"]),
        (409, &json!(id))
    );
    let done = rig
        .get(&format!(
            "/v1/projects/checkout/deployments/{id}/completion"
        ))
        .await;
    assert_eq!(done.body["status"], "SUCCEEDED");
    assert_eq!(
        diff(&done.body["result"]),
        ["DELETE check a", "DELETE check b"]
    );
    let anew = rig
        .deploy("dryRun=true", &project("checkout", &["a"]))
        .await;
    assert_eq!(diff(&anew.body), ["CREATE check a"]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deletion_may_preserve_the_resources() {
    let rig = rig();
    let deployed = rig.deployed("", &["a"]).await;
    let got = rig
        .delete("/v1/projects/checkout?preserveResources=true&dryRun=false")
        .await;
    let id = got.body["id"].as_str().unwrap();
    let done = rig
        .get(&format!(
            "/v1/projects/checkout/deployments/{id}/completion"
        ))
        .await;
    assert_eq!(diff(&done.body["result"]), ["DETACHED check a"]);
    let check = deployed["result"]["diff"][0]["physicalId"]
        .as_str()
        .unwrap();
    assert_eq!(rig.get(&format!("/v1/checks/{check}")).await.status, 200);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_dry_run_of_a_deletion_returns_the_diff_and_deletes_nothing() {
    let rig = rig();
    rig.deployed("", &["a"]).await;
    for _ in 0..2 {
        let got = rig
            .delete("/v1/projects/checkout?preserveResources=false&dryRun=true")
            .await;
        assert_eq!(got.status, 200);
        assert!(got.body.get("status").is_none());
        assert_eq!(diff(&got.body), ["DELETE check a"]);
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn deleting_a_missing_project_succeeds_without_a_deployment() {
    let rig = rig();
    for dry_run in [true, false] {
        let got = rig
            .delete(&format!("/v1/projects/checkout?dryRun={dry_run}"))
            .await;
        assert_eq!(got.status, 200);
        assert!(got.body.get("status").is_none());
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_running_deployment_refuses_the_deletion_even_of_a_project_without_resources() {
    let rig = rig();
    let blocker = rig.blocker(60);
    let got = rig
        .delete("/v1/projects/checkout?preserveResources=false&dryRun=false")
        .await;
    assert_eq!(got.refusal().0, 409);
    assert_eq!(got.body["deploymentId"], blocker.as_str());
}
