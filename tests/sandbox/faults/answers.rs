//! Answers that the API does not send, and delayed replies.

use super::{once, playing};
use crate::sandbox::Reply;
use crate::tests::sandbox::raw::End;
use crate::tests::sandbox::rig::{diff, project};
use serde_json::json;
use std::time::Duration;

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_status_has_a_body_in_the_format_of_the_api() {
    let rig = once("deploy", "{ status = { code = 503 } }");
    let got = rig.again().await;
    let refusal = (503, "Service Unavailable", "The script answers 503");
    assert_eq!(got.refusal(), refusal);
    assert_eq!(rig.again().await.status, 202, "nothing was deployed");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_status_may_have_a_custom_body_and_retry_after() {
    let rig = once(
        "deploy",
        r#"{ status = { code = 429, body = "slow", content_type = "text/plain", retry_after = 7 } }"#,
    );
    let seen = rig.raw_deploy().await;
    let text = seen.text();
    assert_eq!(seen.status(), "HTTP/1.1 429 Too Many Requests");
    assert!(text.contains("retry-after: 7\r\n") && text.contains("content-type: text/plain\r\n"));
    assert_eq!(seen.body(), "slow");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_html_page_replaces_the_answer() {
    let rig = once("deploy", "\"html\"");
    let seen = rig.raw_deploy().await;
    assert_eq!(seen.status(), "HTTP/1.1 200 OK");
    assert!(seen.text().contains("content-type: text/html"));
    assert!(seen.body().starts_with("<!doctype html>"));
    assert_eq!(rig.again().await.status, 202, "nothing was deployed");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_conflict_names_a_missing_deployment_or_none() {
    let rig = once("deploy", "{ conflict = \"unknown\" }");
    let got = rig.again().await;
    assert_eq!(got.status, 409);
    let id = got.body["deploymentId"].as_str().unwrap();
    assert_eq!(rig.of(id, "/completion").await.status, 404);
    let rig = once("deploy", "{ conflict = \"unnamed\" }");
    let got = rig.again().await;
    assert_eq!((got.status, got.body.get("deploymentId")), (409, None));
    assert_eq!(rig.again().await.status, 202);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_reply_is_delayed_but_not_its_effect() {
    let rig = playing("[[rule]]\non = \"deploy\"\ntimes = 1\ndelay = \"3s\"");
    let body = project("checkout", &["a"]);
    let got = rig.deploy("", &body).await;
    assert_eq!((got.status, rig.millis()), (202, 3_000));
    let done = rig.of(got.body["id"].as_str().unwrap(), "").await.body;
    assert_eq!(done["endedAt"], "2026-11-22T18:17:00.480Z");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_fault_follows_its_delay() {
    let rig = playing(
        "[[rule]]\non = \"deploy\"\ndelay = \"30s\"\nfault.status.code = 504\n\
         [[rule]]\non = \"dry_run\"\ndelay = \"5s\"\nfault = \"reset\"",
    );
    let seen = rig.raw_deploy().await;
    assert_eq!(
        (seen.status().as_str(), seen.millis),
        ("HTTP/1.1 504 Gateway Timeout", 30_000)
    );
    let body = project("checkout", &[]);
    let seen = rig
        .raw("POST", "/v1/projects/deploy?dryRun=true", Some(&body))
        .await;
    assert_eq!((seen.end, seen.millis), (End::Reset, 5_000));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_hook_can_do_everything_a_script_can() {
    let rig = crate::tests::sandbox::rig::rig();
    let fault = serde_json::from_value(json!({ "lose": "reset" })).unwrap();
    rig.sandbox.intercept(move |request| {
        let fault = Reply::Fault(Clone::clone(&fault));
        (request.method == "POST").then(|| Reply::After(Duration::from_secs(2), fault.into()))
    });
    let seen = rig.raw_deploy().await;
    assert_eq!(
        (seen.text().as_str(), seen.end, seen.millis),
        ("", End::Reset, 2_000)
    );
    rig.sandbox.intercept(|_| Some(Reply::Handle));
    let what = rig
        .deploy("dryRun=true", &project("checkout", &["a"]))
        .await;
    assert_eq!(diff(&what.body), ["UPDATE check a"]);
}
