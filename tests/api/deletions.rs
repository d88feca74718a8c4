//! Responses to a deletion.

use crate::api::{Conflict, Destroyed};
use crate::model::{Failure, FailureKind};
use crate::tests::api::server::{Act, Server, json};
use crate::tests::api::{client, credentials, id};

async fn destroy(reply: Vec<u8>) -> Result<Result<Destroyed, Conflict>, Failure> {
    let server = Server::reply(reply).await;
    client(&server.url)
        .destroy(&credentials(), "shop", false)
        .await
}

#[actix::test]
async fn a_deletion_starts_a_deployment_or_finds_nothing_to_delete() {
    for (status, body, expected) in [
        (
            202,
            r#"{"id":"d1","status":"PENDING"}"#,
            Destroyed::Accepted(id("d1")),
        ),
        (
            200,
            r#"{"id":"d1","status":null}"#,
            Destroyed::Accepted(id("d1")),
        ),
        (200, r#"{"project":null,"diff":[]}"#, Destroyed::NotThere),
        (200, "{}", Destroyed::NotThere),
    ] {
        assert_eq!(
            destroy(json(status, body)).await,
            Ok(Ok(expected)),
            "{body}"
        );
    }
}

#[actix::test]
async fn an_unexpected_response_to_a_deletion_leaves_open_whether_it_was_accepted() {
    for body in [
        "<html><title>Login</title></html>",
        "",
        "null",
        "[]",
        r#"{"status":"PENDING"}"#,
        r#"{"id":"","status":"PENDING"}"#,
    ] {
        let Err(failure) = destroy(json(200, body)).await else {
            panic!("{body} was believed");
        };
        assert_eq!(failure.kind, FailureKind::Unexpected, "{body}");
        let doubt = "the API may have accepted the request.";
        assert!(
            failure.error.message.ends_with(doubt),
            "{}",
            failure.error.message
        );
    }
}

#[actix::test]
async fn a_deletion_has_conflicts_like_a_submission() {
    let body = r#"{"statusCode":409,"error":"Conflict","message":"busy","deploymentId":"d9"}"#;
    let Ok(Err(conflict)) = destroy(json(409, body)).await else {
        panic!("no conflict");
    };
    assert_eq!(conflict.blocker, Some(id("d9")));
    assert_eq!(conflict.failure.error.message, "busy");
}

#[actix::test]
async fn an_unknown_account_is_a_refusal() {
    let body = r#"{"statusCode":404,"error":"Not Found","message":"no such account"}"#;
    let Err(failure) = destroy(json(404, body)).await else {
        panic!("a 404 was taken for a success");
    };
    assert_eq!(failure.kind, FailureKind::Refused);
}

#[actix::test]
async fn a_deletion_without_a_response_may_have_happened() {
    let server = Server::once([Act::Reset]).await;
    let reply = client(&server.url)
        .destroy(&credentials(), "shop", false)
        .await;
    let Err(failure) = reply else {
        panic!("{reply:?}");
    };
    assert_eq!(failure.kind, FailureKind::ReplyLost);
}
