//! Responses to a request for an account's projects.

use crate::api::RemoteProject;
use crate::model::{Failure, FailureKind};
use crate::tests::api::server::{Act, Server, json};
use crate::tests::api::{client, credentials};

async fn projects(reply: Vec<u8>) -> Result<Vec<RemoteProject>, Failure> {
    let server = Server::reply(reply).await;
    let listed = client(&server.url).projects(&credentials()).await;
    assert_eq!(
        server.requests()[0].line,
        "GET /next/projects HTTP/1.1",
        "the path of the Checkly CLI"
    );
    listed
}

#[actix::test]
async fn projects_are_listed_with_the_servers_fields() {
    let body = r#"[
        {"id":"1","name":"Shop","logicalId":"shop","repoUrl":"https://example.com/acme/shop",
         "created_at":"2026-11-22T18:17:00.000Z","accountId":"3f2a"},
        {"id":"2","name":null,"logicalId":"blog","repoUrl":null,"created_at":7},
        {"logicalId":"docs"}]"#;
    let listed = |logical_id: &str| RemoteProject {
        logical_id: logical_id.to_owned(),
        name: None,
        repo_url: None,
        created_at: None,
    };
    let shop = RemoteProject {
        name: Some("Shop".to_owned()),
        repo_url: Some("https://example.com/acme/shop".to_owned()),
        created_at: Some("2026-11-22T18:17:00.000Z".to_owned()),
        ..listed("shop")
    };
    assert_eq!(
        projects(json(200, body)).await,
        Ok(vec![shop, listed("blog"), listed("docs")])
    );
    assert_eq!(projects(json(200, "[]")).await, Ok(vec![]));
}

#[actix::test]
async fn a_truncated_list_is_an_error() {
    for (body, kind) in [
        (
            r#"[{"logicalId":"shop"},{"logical"#,
            FailureKind::Unexpected,
        ),
        (r#"[{"name":"Shop"}]"#, FailureKind::Unexpected),
        (r#"{"projects":[]}"#, FailureKind::Unexpected),
        ("<html></html>", FailureKind::Unexpected),
    ] {
        let failure = projects(json(200, body)).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{body}");
    }
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n[{\"logicalId\":\"shop\"}".to_vec();
    let server = Server::once([Act::Write(cut)]).await;
    let listed = client(&server.url).projects(&credentials()).await;
    assert_eq!(listed.unwrap_err().kind, FailureKind::ReplyLost);
}

#[actix::test]
async fn a_refusal_keeps_its_status() {
    for (status, kind) in [
        (401, FailureKind::Refused),
        (403, FailureKind::Refused),
        (404, FailureKind::Refused),
        (503, FailureKind::Busy),
    ] {
        let failure = projects(json(status, "{}")).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.error.http_status),
            (kind, Some(status))
        );
    }
}
