//! Other requests of the Checkly CLI.

use crate::tests::sandbox::rig::{Got, project, rig};
use awc::http::Method;
use serde_json::{Value, json};

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn every_account_exists_and_has_a_runtime() {
    let rig = rig();
    let got = rig.get("/next/accounts/acme").await;
    assert_eq!(got.status, 200);
    assert_eq!(
        (&got.body["id"], &got.body["name"]),
        (&json!("acme"), &json!("Sandbox"))
    );
    let list = rig.get("/next/accounts").await;
    assert_eq!(list.body, json!([got.body]));
    let runtimes = rig.get("/v1/runtimes").await;
    let runtimes = runtimes.body.as_array().unwrap();
    let default = runtimes
        .iter()
        .find(|one| one["name"] == got.body["runtimeId"]);
    let default = default.unwrap();
    assert_eq!(default["multiStepSupport"], true);
    assert!(default["dependencies"]["@playwright/test"].is_string());
    assert!(runtimes.iter().any(|one| one["name"] == "2026.04"));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_account_that_differs_from_the_header_is_not_found() {
    let rig = rig();
    let got = rig.get("/next/accounts/umbrella").await;
    assert_eq!(
        got.refusal(),
        (404, "Not Found", "Account \"umbrella\" not found")
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn deployed_projects_are_listed_with_their_repositories() {
    let rig = rig();
    assert_eq!(rig.get("/next/projects").await.body, json!([]));
    let mut body = project("team/shop", &["api"]);
    body["project"]["repoUrl"] = json!("https://example.com/acme/shop");
    rig.deploy("", &body).await;
    assert_eq!(
        rig.get("/next/projects").await.body,
        json!([]),
        "it is still running"
    );
    rig.deployed("", &["api"]).await;
    let got = rig.get("/next/projects").await.body;
    let id = |at: usize| got[at]["id"].as_str().unwrap();
    let expected = json!([
        { "id": id(0), "logicalId": "checkout", "name": "Checkout", "repoUrl": null,
          "created_at": "2026-11-22T18:17:00.480Z" },
        { "id": id(1), "logicalId": "team/shop", "name": "Checkout",
          "repoUrl": "https://example.com/acme/shop", "created_at": "2026-11-22T18:17:00.480Z" },
    ]);
    assert_eq!(got, expected);
    let one = rig.get("/next/projects/team%2Fshop").await;
    assert_eq!(one.body, expected[1]);
    let other = rig.get("/next/projects/none").await;
    assert_eq!(
        other.refusal(),
        (404, "Not Found", "Project \"none\" not found")
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_that_was_deleted_is_no_longer_listed() {
    let rig = rig();
    rig.deployed("", &["api"]).await;
    rig.delete("/v1/projects/checkout").await;
    tokio::time::advance(std::time::Duration::from_secs(2)).await;
    assert_eq!(rig.get("/next/projects").await.body, json!([]));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn private_locations_are_those_that_were_deployed() {
    let rig = rig();
    assert_eq!(rig.get("/v1/private-locations").await.body, json!([]));
    let mut body = project("checkout", &[]);
    body["resources"] = json!([{ "logicalId": "office", "type": "private-location", "member": true,
                                 "payload": { "name": "Office", "slugName": "the-office" } }]);
    rig.deploy("", &body).await;
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    let got = rig.get("/v1/private-locations").await;
    let id = got.body[0]["id"].clone();
    assert!(id.is_string());
    assert_eq!(
        got.body,
        json!([{ "id": id, "name": "Office", "slugName": "the-office" }])
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn uploads_are_discarded_and_get_a_key_each() {
    let rig = rig();
    let mut keys = Vec::<Value>::new();
    for path in ["upload", "upload-code-bundle"] {
        let request = rig
            .request(Method::POST, &format!("/next/checkly-storage/{path}"))
            .insert_header(("content-type", "application/octet-stream"));
        let got = Got::read(request.send_body(vec![0; 100_000]).await).await;
        assert_eq!(got.status, 200);
        keys.push(got.body["key"].clone());
    }
    assert!(keys[0].is_string() && keys[1].is_string() && keys[0] != keys[1]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_heartbeat_check_has_a_ping_url_and_others_have_none() {
    let rig = rig();
    let mut body = project("checkout", &["api", "beat"]);
    body["resources"][1]["payload"]["checkType"] = json!("HEARTBEAT");
    rig.deploy("", &body).await;
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    let diff = rig.deploy("dryRun=true", &body).await.body["diff"].clone();
    let id = |row: usize| diff[row]["physicalId"].as_str().unwrap();
    let api = rig.get(&format!("/v1/checks/{}", id(0))).await;
    assert_eq!(
        api.body,
        json!({ "id": id(0), "name": "API", "checkType": "API" })
    );
    let beat = rig.get(&format!("/v1/checks/{}", id(1))).await;
    let ping = format!("https://ping.sandbox.invalid/{}", id(1));
    assert_eq!(
        beat.body,
        json!({ "id": id(1), "name": "BEAT", "checkType": "HEARTBEAT", "heartbeat": { "pingUrl": ping } })
    );
    let unknown = rig.get("/v1/checks/none").await;
    assert_eq!(
        unknown.refusal(),
        (404, "Not Found", "Check \"none\" not found")
    );
}
