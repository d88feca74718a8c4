//! The meaning of responses.

use crate::api::{Cancelled, Conflict, Ended, Found};
use crate::model::{Action, Change, DeploymentId, Ending, Failure, FailureKind, PhysicalId};
use crate::tests::api::server::{Server, json, with_headers};
use crate::tests::api::{KEY, PLAIN, client, credentials, id};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::time::Duration;

const RUNNING: &str = r#"{"id":"d1","status":"RUNNING","progress":40}"#;
const CANCELLED: &str = r#"{"id":"d1","status":"CANCELLED"}"#;
const TIMEOUT: &str = r#"{"statusCode":408,"error":"Request Time-out","message":"not yet"}"#;

async fn submit(reply: Vec<u8>) -> Result<Result<DeploymentId, Conflict>, Failure> {
    let server = Server::reply(reply).await;
    client(&server.url)
        .submit(&credentials(), PLAIN, "shop", Bytes::from_static(b"x"))
        .await
}

async fn refusal(reply: Vec<u8>) -> Failure {
    match submit(reply).await {
        Err(failure) => failure,
        other => panic!("{other:?}"),
    }
}

async fn completion(reply: Vec<u8>) -> Result<Found, Failure> {
    let server = Server::reply(reply).await;
    let wait = Duration::from_secs(30);
    client(&server.url)
        .completion(&credentials(), "shop", &id("d1"), wait)
        .await
}

async fn cancel(reply: Vec<u8>) -> Result<Cancelled, Failure> {
    let server = Server::reply(reply).await;
    client(&server.url)
        .cancel(&credentials(), "shop", &id("d1"))
        .await
}

async fn get(reply: Vec<u8>) -> Result<Found, Failure> {
    let server = Server::reply(reply).await;
    client(&server.url)
        .get(&credentials(), "shop", &id("d1"))
        .await
}

#[actix::test]
async fn any_success_with_an_id_is_accepted() {
    for status in [200, 201, 202] {
        let reply = json(
            status,
            r#"{"id":"d1","logicalId":"shop","status":"SUCCEEDED","result":null}"#,
        );
        assert_eq!(submit(reply).await, Ok(Ok(id("d1"))));
    }
}

#[actix::test]
async fn only_the_id_of_an_accepted_deployment_matters() {
    let reply = json(202, r#"{"id":"d1","status":null,"result":"later"}"#);
    assert_eq!(submit(reply).await, Ok(Ok(id("d1"))));
}

#[actix::test]
async fn credentials_are_valid_if_the_account_is_returned() {
    for (reply, kind) in [
        (json(200, r#"{"id":"3f2a","name":"Acme"}"#), None),
        (json(200, "<html></html>"), Some(FailureKind::Unexpected)),
        (json(401, r#"{"error":"x"}"#), Some(FailureKind::Refused)),
    ] {
        let server = Server::reply(reply).await;
        let checked = client(&server.url).account(&credentials()).await;
        assert_eq!(checked.err().map(|failure| failure.kind), kind);
        let line = &server.requests()[0].line;
        assert_eq!(line, "GET /next/accounts/3f2a HTTP/1.1");
    }
}

#[actix::test]
async fn a_success_without_an_id_leaves_open_whether_it_was_accepted() {
    let mut messages = Vec::new();
    for body in [
        "<html><title>Login</title></html>",
        "{}",
        "",
        "null",
        r#"{"id":7,"status":"PENDING"}"#,
        r#"{"id":"","status":"PENDING"}"#,
        r#"{"project":{},"diff":[]}"#,
    ] {
        let failure = refusal(json(202, body)).await;
        assert_eq!(failure.kind, FailureKind::Unexpected, "{body}");
        assert_eq!(failure.error.http_status, Some(202));
        messages.push(failure.error.message);
    }
    let failure = refusal(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()).await;
    assert_eq!(failure.kind, FailureKind::Unexpected);
    assert_eq!(failure.error.message, messages[2]); // it is empty
    insta::assert_snapshot!(messages.join("\n"), @r#"
    Unexpected response: “Login”; the API may have accepted the request.
    Unexpected response: “{}”; the API may have accepted the request.
    Unexpected response: it is empty; the API may have accepted the request.
    Unexpected response: “null”; the API may have accepted the request.
    Unexpected response: “{"id":7,"status":"PENDING"}”; the API may have accepted the request.
    Unexpected response: the deployment's id is empty; the API may have accepted the request.
    Unexpected response: “{"project":{},"diff":[]}”; the API may have accepted the request.
    "#);
}

#[actix::test]
async fn a_conflict_names_the_blocker() {
    let body = r#"{"statusCode":409,"error":"Conflict","message":"A deployment for this project is already in progress.","deploymentId":"d9"}"#;
    let Ok(Err(conflict)) = submit(json(409, body)).await else {
        panic!("no conflict");
    };
    assert_eq!(conflict.blocker, Some(id("d9")));
    let message = "A deployment for this project is already in progress.";
    assert_eq!(conflict.failure.error.message, message);
}

#[actix::test]
async fn a_conflict_may_name_no_blocker() {
    for body in [
        r#"{"statusCode":409,"error":"Conflict","message":"busy","deploymentId":7}"#,
        "busy",
    ] {
        let Ok(Err(conflict)) = submit(json(409, body)).await else {
            panic!("no conflict");
        };
        assert_eq!(conflict.blocker, None);
        assert_eq!(conflict.failure.error.message, "busy");
    }
}

#[actix::test]
async fn a_preview_is_its_diff() {
    let body = r#"{"project":{"id":"p"},"diff":[{"logicalId":"home","physicalId":7,"type":"check","action":"DELETE"}]}"#;
    let server = Server::reply(json(200, body)).await;
    let changes = client(&server.url)
        .preview(&credentials(), PLAIN, Bytes::new())
        .await;
    let change = Change {
        action: Action::Delete,
        kind: "check".to_owned(),
        logical_id: "home".to_owned(),
        physical_id: Some(PhysicalId::Number(7)),
        heartbeat: None,
    };
    assert_eq!(changes, Ok(Ok(vec![change])));
    let server = Server::reply(json(200, RUNNING)).await;
    let changes = client(&server.url)
        .preview(&credentials(), PLAIN, Bytes::new())
        .await;
    let Err(failure) = changes else {
        panic!("{changes:?}");
    };
    assert_eq!(failure.kind, FailureKind::Unexpected);
    assert_eq!(
        failure.error.message,
        "Unexpected response: it has no diff."
    );
}

#[actix::test]
async fn every_status_has_a_kind_and_advice() {
    let mut rows = Vec::new();
    for status in [
        400, 401, 402, 403, 404, 407, 408, 413, 415, 422, 429, 500, 502, 503, 504, 599, 600,
    ] {
        let failure = refusal(json(
            status,
            r#"{"statusCode":1,"error":"E","message":"Words."}"#,
        ))
        .await;
        assert_eq!(failure.request, "POST /v1/projects/deploy");
        assert_eq!(failure.error.http_status, Some(status));
        let hint = failure.error.hint.unwrap_or("(no hint)".to_owned());
        rows.push(format!(
            "{status} {:?}: {} | {hint}",
            failure.kind, failure.error.message
        ));
    }
    insta::assert_snapshot!(rows.join("\n"), @r"
    400 Refused: Words. | (no hint)
    401 Refused: Words. | Check the API key and the account id 3f2a.
    402 Refused: Words. | The plan of account 3f2a does not include this: change the plan or the project.
    403 Refused: Words. | Check that the API key may deploy to account 3f2a.
    404 Refused: Words. | The API has no such resource: check the API URL and the account id.
    407 Refused: The proxy between this machine and the API requires a valid login (HTTP 407). | Check the login in the variable that names the proxy: http://user:password@host:port.
    408 Busy: Words. | The API is failing or overloaded: try again later.
    413 Refused: Words. | The payload is larger than the API accepts: split the project.
    415 Refused: Words. | (no hint)
    422 Refused: Words. | (no hint)
    429 Busy: Words. | Lower the account's `rate`, or set `--rate`; then try again.
    500 Busy: Words. | The API is failing or overloaded: try again later.
    502 Busy: Words. | The API is failing or overloaded: try again later.
    503 Busy: Words. | The API is failing or overloaded: try again later.
    504 Busy: Words. | The API is failing or overloaded: try again later.
    599 Busy: Words. | The API is failing or overloaded: try again later.
    600 Unexpected: The API responded with HTTP 600; the API may have accepted the request. | Check that the API URL is that of the Checkly API, and that no proxy or login page responds instead.
    ");
}

#[actix::test]
async fn every_format_of_error_gives_its_message() {
    for (body, message, code) in [
        (
            r#"{"statusCode":402,"error":"Payment Required","message":"Too many checks"}"#,
            "Too many checks",
            None,
        ),
        (r#"{"error":"Too many checks"}"#, "Too many checks", None),
        (
            r#"{"message":"Too many checks","errorCode":"PLAN"}"#,
            "Too many checks",
            Some("PLAN"),
        ),
        (
            "{}",
            "The API responded with HTTP 402 Payment Required.",
            None,
        ),
    ] {
        let failure = refusal(with_headers(402, "", body)).await;
        assert_eq!(failure.error.message, message);
        assert_eq!(failure.error.code.as_deref(), code);
    }
}

#[actix::test]
async fn a_refusal_without_the_json_of_the_api_is_somebody_elses() {
    // Such as a proxy's or a login page's: nothing is known about the key, the account, or the deployment.
    let page = "<!DOCTYPE html><html><head><title>Access denied</title></head></html>";
    for body in [page, "Access denied", "", "[]"] {
        for status in [400, 401, 402, 403, 404, 422, 451] {
            let failure = refusal(with_headers(status, "content-type: text/html\r\n", body)).await;
            assert_eq!(failure.kind, FailureKind::Unexpected, "{status} {body}");
            assert!(failure.is_transient());
            assert_eq!(failure.error.http_status, Some(status));
            assert!(!failure.error.hint.unwrap().contains("key"));
        }
    }
    let failure = refusal(with_headers(403, "", page)).await;
    insta::assert_snapshot!(failure.error.message, @"Unexpected response: HTTP 403 Forbidden without the API's JSON: “Access denied”; the API may have accepted the request.");
}

#[actix::test]
async fn a_payload_that_is_too_large_or_a_login_to_a_proxy_is_refused_by_whoever_responds() {
    for status in [407, 413] {
        let failure = refusal(with_headers(status, "", "<html><title>No</title></html>")).await;
        assert_eq!(failure.kind, FailureKind::Refused);
        assert_eq!(failure.error.http_status, Some(status));
    }
}

#[actix::test]
async fn a_page_does_not_say_that_a_deployment_is_gone() {
    let page = || with_headers(404, "", "<html><title>Not Found</title></html>");
    let unexpected = Some(FailureKind::Unexpected);
    let kind = |failure: Failure| failure.kind;
    assert_eq!(completion(page()).await.err().map(kind), unexpected);
    assert_eq!(cancel(page()).await.err().map(kind), unexpected);
    assert_eq!(get(page()).await.err().map(kind), unexpected);
}

#[actix::test]
async fn an_acceptance_of_another_project_is_not_ours() {
    let failure = refusal(json(202, r#"{"id":"d9","logicalId":"blog"}"#)).await;
    assert_eq!(failure.kind, FailureKind::Unexpected);
    insta::assert_snapshot!(failure.error.message, @"Unexpected response: it is about another project, “blog”; the API may have accepted the request.");
    // The field is not required.
    assert_eq!(submit(json(202, r#"{"id":"d1"}"#)).await, Ok(Ok(id("d1"))));
    let absent = r#"{"id":"d1","logicalId":null}"#;
    assert_eq!(submit(json(202, absent)).await, Ok(Ok(id("d1"))));
}

/// A gzipped response.
fn gzipped(status: u16, body: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(vec![], Compression::fast());
    gzip.write_all(body.as_bytes()).unwrap();
    let body = gzip.finish().unwrap();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.into_bytes(), body].concat()
}

#[actix::test]
async fn a_compressed_response_is_read_although_none_is_requested() {
    assert_eq!(
        submit(gzipped(202, r#"{"id":"d1"}"#)).await,
        Ok(Ok(id("d1")))
    );
    let failure = refusal(gzipped(401, r#"{"message":"no"}"#)).await;
    assert_eq!(failure.error.message, "no");
    let mut damaged = gzipped(202, r#"{"id":"d1"}"#);
    let last = damaged.len() - 12;
    damaged[last] ^= 1;
    assert_eq!(refusal(damaged).await.kind, FailureKind::ReplyLost);
}

#[actix::test]
async fn a_small_compressed_response_cannot_fill_the_memory() {
    let failure = completion(gzipped(200, &" ".repeat(65 << 20)))
        .await
        .unwrap_err();
    assert_eq!(failure.error.message, "The response is larger than 64 MiB.");
}

#[actix::test]
async fn a_byte_order_mark_is_skipped() {
    let marked = "\u{feff}{\"id\":\"d1\"}";
    assert_eq!(submit(json(202, marked)).await, Ok(Ok(id("d1"))));
}

#[actix::test]
async fn a_key_that_the_server_repeats_is_redacted() {
    let body = format!(r#"{{"message":"bad header: Bearer {KEY}","errorCode":"{KEY}"}}"#);
    let failure = refusal(json(401, &body)).await;
    assert_eq!(failure.error.message, "bad header: Bearer ***");
    assert!(!format!("{failure:?}").contains(KEY));
    let failure = refusal(json(202, &format!("got {KEY}"))).await;
    assert!(!format!("{failure:?}").contains(KEY));
}

#[actix::test]
async fn a_redirect_is_not_followed_and_names_its_host() {
    let reply = with_headers(307, "location: https://elsewhere.example/v1?key=x\r\n", "");
    let failure = refusal(reply).await;
    assert_eq!(failure.kind, FailureKind::Unexpected);
    insta::assert_snapshot!(failure.error.message, @"The API redirected the request to elsewhere.example (HTTP 307).");
}

#[actix::test]
async fn the_server_may_request_a_delay_in_seconds_or_until_a_date() {
    let dated =
        "date: Sun, 22 Nov 2026 12:00:00 GMT\r\nretry-after: Sun, 22 Nov 2026 12:00:07 GMT\r\n";
    for headers in ["retry-after: 7\r\n", dated] {
        let failure = refusal(with_headers(429, headers, "")).await;
        assert_eq!(failure.kind, FailureKind::Busy);
        assert_eq!(failure.retry_after, Some(Duration::from_secs(7)));
    }
}

#[actix::test]
async fn completion_accepts_a_well_formed_end() {
    let body = r#"{"id":"d1","status":"FAILED","error":{"code":"INTERNAL_ERROR","message":"boom"},"result":null}"#;
    match completion(json(200, body)).await {
        Ok(Found::Ended(Ended {
            ending: Ending::Failed(info),
            ..
        })) => {
            assert_eq!(
                (info.code.as_deref(), info.message.as_str()),
                (Some("INTERNAL_ERROR"), "boom")
            );
        }
        other => panic!("{other:?}"),
    }
    // A missing diff is accepted here: there is no other source.
    let success = r#"{"id":"d1","status":"SUCCEEDED","result":null}"#;
    let ending = Ending::Succeeded { changes: None };
    assert_eq!(
        completion(json(200, success)).await,
        Ok(Found::Ended(Ended {
            ending,
            created_at: None
        }))
    );
}

#[actix::test]
async fn completion_treats_a_timeout_or_a_running_deployment_as_no_end() {
    let retry_after = None;
    assert_eq!(
        completion(json(200, RUNNING)).await,
        Ok(Found::Running { retry_after })
    );
    assert_eq!(
        completion(json(408, TIMEOUT)).await,
        Ok(Found::Running { retry_after })
    );
    let retry_after = Some(Duration::from_secs(3));
    let reply = with_headers(408, "retry-after: 3\r\n", "anything");
    assert_eq!(completion(reply).await, Ok(Found::Running { retry_after }));
}

#[actix::test]
async fn completion_accepts_nothing_else() {
    for body in [
        "<html></html>",
        "{}",
        r#"{"id":"d2","status":"CANCELLED"}"#,
        r#"{"id":"d1","status":"DONE"}"#,
    ] {
        let failure = completion(json(200, body)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unexpected, "{body}");
    }
}

#[actix::test]
async fn an_unknown_deployment_is_not_found() {
    let body = r#"{"statusCode":404,"error":"Not Found","message":"no such deployment"}"#;
    assert_eq!(completion(json(404, body)).await, Ok(Found::Gone));
    assert_eq!(cancel(json(404, body)).await, Ok(Cancelled::Gone));
    assert_eq!(get(json(404, body)).await, Ok(Found::Gone));
}

#[actix::test]
async fn a_late_cancel_is_acknowledged_too() {
    for status in [200, 202, 204, 409] {
        assert_eq!(cancel(json(status, "")).await, Ok(Cancelled::Acknowledged));
    }
    assert_eq!(
        cancel(json(503, "")).await.unwrap_err().kind,
        FailureKind::Busy
    );
    assert_eq!(
        cancel(json(403, "{}")).await.unwrap_err().kind,
        FailureKind::Refused
    );
}

#[actix::test]
async fn a_status_request_returns_progress_or_result() {
    assert_eq!(
        get(json(200, RUNNING)).await,
        Ok(Found::Running { retry_after: None })
    );
    assert_eq!(
        get(json(200, CANCELLED)).await,
        Ok(Found::Ended(Ended {
            ending: Ending::Cancelled,
            created_at: None
        }))
    );
    let other = r#"{"id":"d2","status":"CANCELLED"}"#;
    assert_eq!(
        get(json(200, other)).await.unwrap_err().kind,
        FailureKind::Unexpected
    );
}
