//! Requests that the API refuses, and its errors.

use crate::sandbox::Options;
use crate::tests::sandbox::rig::{Got, Rig, gzip, project, rig, rig_with};
use awc::http::Method;
use serde_json::json;

async fn without_header(rig: &Rig, name: &str) -> Got {
    let mut request = rig.request(Method::GET, "/v1/runtimes");
    request.headers_mut().remove(name);
    Got::read(request.send().await).await
}

async fn with_header(rig: &Rig, name: &str, value: &str) -> Got {
    let request = rig
        .request(Method::GET, "/v1/runtimes")
        .insert_header((name, value));
    Got::read(request.send().await).await
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn without_a_key_nothing_is_served() {
    let rig = rig();
    let refused = (401, "Unauthorized", "Bad or missing API key");
    assert_eq!(
        without_header(&rig, "authorization").await.refusal(),
        refused
    );
    assert_eq!(
        with_header(&rig, "authorization", "Basic x")
            .await
            .refusal(),
        refused
    );
    assert_eq!(
        with_header(&rig, "authorization", "Bearer ")
            .await
            .refusal(),
        refused
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_key_that_starts_with_invalid_is_refused() {
    let rig = rig();
    let got = with_header(&rig, "authorization", "Bearer invalid-key").await;
    assert_eq!(
        got.refusal(),
        (401, "Unauthorized", "Bad or missing API key")
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn without_an_account_nothing_is_served() {
    let rig = rig();
    let refused = (401, "Unauthorized", "Missing header x-checkly-account");
    let got = without_header(&rig, "x-checkly-account").await;
    assert_eq!(got.refusal(), refused);
    let got = with_header(&rig, "x-checkly-account", "").await;
    assert_eq!(got.refusal(), refused);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_client_version_must_be_a_semantic_version() {
    let rig = rig();
    let refused = (
        400,
        "Bad Request",
        "\"x-checkly-cli-version\" must be a semantic version",
    );
    for version in ["latest", ""] {
        let got = with_header(&rig, "x-checkly-cli-version", version).await;
        assert_eq!(got.refusal(), refused);
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_unknown_query_parameter_is_refused() {
    let rig = rig();
    let got = rig
        .deploy(
            "dryRun=true&cancelInProgress=true",
            &project("checkout", &[]),
        )
        .await;
    assert_eq!(
        got.refusal(),
        (400, "Bad Request", "\"cancelInProgress\" is not allowed")
    );
    let id = rig.blocker(60);
    let deployment = format!("/v1/projects/checkout/deployments/{id}");
    for got in [
        rig.delete("/v1/projects/checkout?force=true").await,
        rig.get(&format!("{deployment}?force=true")).await,
        rig.get(&format!("{deployment}/events?force=true")).await,
        rig.get(&format!("{deployment}/completion?force=true"))
            .await,
        rig.post(&format!("{deployment}/cancel?force=true")).await,
    ] {
        let message = "\"force\" is not allowed";
        assert_eq!(got.refusal(), (400, "Bad Request", message));
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_invalid_boolean_is_refused() {
    let rig = rig();
    for name in ["dryRun", "scheduleOnDeploy", "preserveResources"] {
        let got = rig
            .deploy(&format!("{name}=yes"), &project("checkout", &[]))
            .await;
        let message = format!("\"{name}\" must be a boolean");
        assert_eq!(got.refusal(), (400, "Bad Request", &*message));
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_invalid_body_is_refused_with_its_path() {
    let rig = rig();
    let mut body = project("checkout", &["a", "b"]);
    body["resources"][1]["type"] = json!(null);
    let got = rig.deploy("dryRun=true", &body).await;
    assert_eq!(
        got.refusal(),
        (400, "Bad Request", "\"resources[1].type\" must be a string")
    );
    body["resources"] = json!([]);
    body.as_object_mut().unwrap().remove("repoInfo");
    let got = rig.deploy("dryRun=true", &body).await;
    let message = "\"repoInfo\" must be an object or null, and present";
    assert_eq!(got.refusal(), (400, "Bad Request", message));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_uncompressed_body_declared_as_gzip_is_refused() {
    let rig = rig();
    let request = rig
        .request(Method::POST, "/v1/projects/deploy")
        .insert_header(("content-type", "application/json"))
        .insert_header(("content-encoding", "gzip"));
    let got = Got::read(request.send_body("{}").await).await;
    let (status, _, message) = got.refusal();
    assert_eq!(status, 400);
    assert!(
        message.starts_with("Invalid compressed payload: "),
        "{message}"
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn unsupported_encodings_and_types_are_refused() {
    let rig = rig();
    for (kind, encoding) in [("application/json", "br"), ("text/plain", "identity")] {
        let request = rig
            .request(Method::POST, "/v1/projects/deploy")
            .insert_header(("content-type", kind))
            .insert_header(("content-encoding", encoding));
        let got = Got::read(
            request
                .send_body(project("checkout", &[]).to_string())
                .await,
        )
        .await;
        assert_eq!(got.refusal().0, 415, "{kind} {encoding}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_size_limit_applies_before_and_after_decompression() {
    let rig = rig();
    let body = project("checkout", &["a", "b", "c"]);
    let plain = body.to_string();
    let packed = gzip(&body);
    assert!(packed.len() < plain.len());
    for (max_body, encoding, bytes, status) in [
        (plain.len(), "identity", plain.clone().into_bytes(), 200),
        (plain.len() - 1, "identity", plain.clone().into_bytes(), 413),
        (plain.len(), "gzip", packed.clone(), 200),
        (plain.len() - 1, "gzip", packed.clone(), 413),
        (packed.len() - 1, "gzip", packed.clone(), 413),
    ] {
        let rig = rig.another(&Options {
            max_body,
            ..Options::default()
        });
        let request = rig
            .request(Method::POST, "/v1/projects/deploy?dryRun=true")
            .insert_header(("content-type", "application/json"))
            .insert_header(("content-encoding", encoding));
        let got = Got::read(request.send_body(bytes).await).await;
        assert_eq!(
            got.status, status,
            "{encoding}, at most {max_body}: {}",
            got.body
        );
        if status == 413 {
            let message =
                format!("Payload content length greater than maximum allowed: {max_body}");
            assert_eq!(got.refusal(), (413, "Request Entity Too Large", &*message));
        }
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_refusal_of_a_body_of_many_megabytes_reaches_the_client() {
    let rig = rig_with(&Options {
        max_body: 1000,
        ..Options::default()
    });
    let request = rig.request(Method::POST, "/next/checkly-storage/upload");
    let got = Got::read(request.send_body(vec![0; 20_000_000]).await).await;
    assert_eq!(got.status, 413);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_unknown_path_or_method_is_not_found() {
    let rig = rig();
    let refused = (404, "Not Found", "Not Found");
    assert_eq!(rig.get("/v1/projects").await.refusal(), refused);
    assert_eq!(rig.get("/v1/projects/deploy").await.refusal(), refused);
    assert_eq!(rig.post("/v1/runtimes").await.refusal(), refused);
}
