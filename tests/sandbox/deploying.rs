//! `POST /v1/projects/deploy` and its deployments.

use crate::sandbox::Options;
use crate::tests::sandbox::rig::{ACCOUNT, Got, diff, project, rig, rig_with};
use awc::http::Method;
use serde_json::json;

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deployment_is_accepted_as_pending() {
    let rig = rig();
    let got = rig
        .deploy(
            "dryRun=false&scheduleOnDeploy=true",
            &project("checkout", &["a"]),
        )
        .await;
    assert_eq!(got.status, 202);
    assert_eq!(
        got.body,
        json!({
            "id": got.body["id"], "logicalId": "checkout", "status": "PENDING", "dryRun": false, "progress": 0,
            "error": null, "result": null, "createdAt": "2026-11-22T18:17:00.000Z",
            "startedAt": null, "endedAt": null, "cancelRequestedAt": null,
        })
    );
    assert_eq!(got.body["id"].as_str().unwrap().len(), 36);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn it_takes_time_by_its_size_and_reports_the_diff() {
    let rig = rig();
    let done = rig.deployed("", &["a", "b"]).await;
    assert_eq!(rig.millis(), 400 + 2 * 80);
    let result = &done["result"];
    assert_eq!(
        done,
        json!({
            "id": done["id"], "logicalId": "checkout", "status": "SUCCEEDED", "dryRun": false, "progress": 100,
            "error": null, "result": result, "createdAt": "2026-11-22T18:17:00.000Z",
            "startedAt": "2026-11-22T18:17:00.056Z", "endedAt": "2026-11-22T18:17:00.560Z",
            "cancelRequestedAt": null,
        })
    );
    assert_eq!(
        result["project"],
        json!({ "id": result["project"]["id"], "name": "Checkout", "logicalId": "checkout",
                "createdAt": "2026-11-22T18:17:00.560Z", "updatedAt": null })
    );
    assert_eq!(diff(result), ["CREATE check a", "CREATE check b"]);
    assert_eq!(result["diff"][0]["physicalId"].as_str().unwrap().len(), 36);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_time_scale_changes_how_long_it_takes() {
    let rig = rig_with(&Options {
        time_scale: 10.0,
        ..Options::default()
    });
    rig.deployed("", &["a", "b"]).await;
    assert_eq!(rig.millis(), 5600);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_dry_run_returns_the_diff_and_stores_nothing() {
    let rig = rig();
    for _ in 0..2 {
        let got = rig
            .deploy(
                "dryRun=true&scheduleOnDeploy=true",
                &project("checkout", &["a"]),
            )
            .await;
        assert_eq!(got.status, 200);
        assert_eq!(got.body["project"]["logicalId"], "checkout");
        assert_eq!(
            got.body["diff"],
            json!([{ "logicalId": "a", "type": "check", "action": "CREATE" }])
        );
    }
    assert_eq!(rig.millis(), 0);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_second_deployment_updates_and_deletes_and_keeps_physical_ids() {
    let rig = rig();
    let first = rig.deployed("", &["a", "b"]).await;
    let second = rig.deployed("", &["a", "c"]).await;
    assert_eq!(
        diff(&second["result"]),
        ["UPDATE check a", "CREATE check c", "DELETE check b"]
    );
    let id = |deployment: &serde_json::Value, row: usize| {
        deployment["result"]["diff"][row]["physicalId"].clone()
    };
    assert_eq!(id(&second, 0), id(&first, 0));
    assert_eq!(id(&second, 2), id(&first, 1));
    assert_ne!(id(&second, 1), id(&first, 1));
    assert_eq!(second["result"]["project"]["updatedAt"], second["endedAt"]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn preserving_resources_detaches_them() {
    let rig = rig();
    rig.deployed("", &["a", "b"]).await;
    let query = "dryRun=true&scheduleOnDeploy=true&preserveResources=true";
    let preview = rig.deploy(query, &project("checkout", &["a"])).await;
    assert_eq!(diff(&preview.body), ["UPDATE check a", "DETACHED check b"]);
    let done = rig.deployed("preserveResources=true", &["a"]).await;
    assert_eq!(
        diff(&done["result"]),
        ["UPDATE check a", "DETACHED check b"]
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn references_to_existing_resources_are_in_no_diff() {
    let rig = rig();
    let mut body = project("checkout", &["a"]);
    let reference = json!({ "logicalId": "alert-channel-7", "type": "alert-channel", "physicalId": 7,
                            "member": false, "payload": null });
    body["resources"].as_array_mut().unwrap().push(reference);
    let got = rig.deploy("dryRun=true", &body).await;
    assert_eq!(diff(&got.body), ["CREATE check a"]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_second_concurrent_deployment_is_refused_with_the_id_of_the_first() {
    let rig = rig();
    let first = rig.deploy("", &project("checkout", &["a"])).await;
    let got = rig.deploy("", &project("checkout", &["a"])).await;
    assert_eq!(
        (got.status, got.body),
        (
            409,
            json!({ "statusCode": 409, "error": "Conflict", "deploymentId": first.body["id"],
                    "message": "A deployment for this project is already in progress." })
        )
    );
    let other = rig.deploy("", &project("search", &["a"])).await;
    assert_eq!(other.status, 202, "another project is not blocked");
    let dry = rig
        .deploy("dryRun=true", &project("checkout", &["a"]))
        .await;
    assert_eq!(dry.status, 200, "nor is a dry run");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_of_another_account_is_another_project() {
    let rig = rig();
    rig.blocker(60);
    let request = rig
        .bare(Method::POST, "/v1/projects/deploy")
        .insert_header(("authorization", "Bearer secret"))
        .insert_header(("x-checkly-account", "umbrella"))
        .insert_header(("x-checkly-cli-version", "8.23.2"));
    let got = Got::read(request.send_json(&project("checkout", &[])).await).await;
    assert_eq!(got.status, 202);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_body_may_be_uncompressed_and_chunked() {
    let rig = rig();
    let body = project("checkout", &["a"]).to_string();
    let (start, end) = body.split_at(10);
    let chunks =
        [start.to_owned(), end.to_owned()].map(|part| Ok::<_, std::io::Error>(part.into()));
    let request = rig
        .request(Method::POST, "/v1/projects/deploy")
        .insert_header(("content-type", "application/json"));
    let got = Got::read(request.send_stream(futures::stream::iter(chunks)).await).await;
    assert_eq!(got.status, 202, "{}", got.body);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_blocker_holds_a_project_for_the_time_given() {
    let rig = rig();
    let blocker = rig.blocker(90);
    assert_eq!(
        rig.sandbox
            .start_blocker(ACCOUNT, "checkout", std::time::Duration::ZERO),
        None
    );
    let got = rig.deploy("", &project("checkout", &[])).await;
    assert_eq!(got.body["deploymentId"], blocker.as_str());
    let events = rig.events(&blocker).await;
    assert_eq!(events.last().unwrap().0, 90_000);
    assert_eq!(rig.deploy("", &project("checkout", &[])).await.status, 202);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_logical_id_may_contain_a_slash() {
    let rig = rig();
    let started = rig.deploy("", &project("team/a#b.c", &["a"])).await;
    let id = started.body["id"].as_str().unwrap();
    let path = format!("/v1/projects/team%2Fa%23b.c/deployments/{id}");
    let got = rig.get(&path).await;
    assert_eq!(
        (got.status, &got.body["logicalId"]),
        (200, &json!("team/a#b.c"))
    );
}
