//! The requests, byte for byte if it matters: the real CLI's without its mistakes.

use crate::api::{Credentials, Destroyed, SubmitOptions};
use crate::model::{FailureKind, Operation, Secret};
use crate::tests::api::server::{Server, json, stream_head};
use crate::tests::api::{KEY, PLAIN, client, credentials, id};
use bytes::Bytes;
use std::time::Duration;

const ACCEPTED: &str = r#"{"id":"d1","status":"PENDING"}"#;
const CANCELLED: &str = r#"{"id":"d1","status":"CANCELLED"}"#;

/// The request line and the headers; parts that differ between runs are masked.
fn head(server: &Server) -> String {
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let port = server.url.rsplit(':').next().unwrap();
    let mut head = requests[0].line.clone();
    for header in &requests[0].headers {
        let header = if header.starts_with("date: ") {
            "date: <now>".to_owned()
        } else {
            header
                .replace(port, "<port>")
                .replace(env!("CARGO_PKG_VERSION"), "<version>")
        };
        head.push('\n');
        head.push_str(&header);
    }
    head
}

fn line(server: &Server) -> String {
    server.requests()[0].line.clone()
}

#[actix::test]
async fn submit() {
    let server = Server::reply(json(202, ACCEPTED)).await;
    let payload = Bytes::from_static(b"\x1f\x8bpayload");
    let accepted = client(&server.url)
        .submit(&credentials(), PLAIN, "shop", payload.clone())
        .await;
    assert_eq!(accepted, Ok(Ok(id("d1"))));
    insta::assert_snapshot!(head(&server), @r"
    POST /v1/projects/deploy?dryRun=false&scheduleOnDeploy=true HTTP/1.1
    accept-encoding: identity
    accept: application/json, text/plain, */*
    authorization: Bearer cu_0123456789abcdef
    content-encoding: gzip
    content-length: 9
    content-type: application/json
    date: <now>
    host: 127.0.0.1:<port>
    user-agent: orchestrate/<version>
    x-checkly-account: 3f2a
    x-checkly-ci-name: GitHub Actions
    x-checkly-cli-version: 9.5.0
    x-checkly-operator: github-actions
    x-checkly-source: CLI
    ");
    assert_eq!(server.requests()[0].body, payload);
}

#[actix::test]
async fn submit_has_its_options_in_the_query() {
    let server = Server::reply(json(202, ACCEPTED)).await;
    let options = SubmitOptions {
        schedule_on_deploy: false,
        preserve_resources: true,
    };
    client(&server.url)
        .submit(&credentials(), options, "shop", Bytes::new())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        line(&server),
        "POST /v1/projects/deploy?dryRun=false&scheduleOnDeploy=false&preserveResources=true HTTP/1.1"
    );
}

#[actix::test]
async fn preview_is_a_dry_run() {
    let server = Server::reply(json(200, r#"{"project":{},"diff":[]}"#)).await;
    let changes = client(&server.url)
        .preview(&credentials(), PLAIN, Bytes::new())
        .await;
    assert_eq!(changes, Ok(Ok(Vec::new())));
    assert_eq!(
        line(&server),
        "POST /v1/projects/deploy?dryRun=true&scheduleOnDeploy=true HTTP/1.1"
    );
}

#[actix::test]
async fn destroy() {
    let server = Server::reply(json(202, ACCEPTED)).await;
    let accepted = client(&server.url)
        .destroy(&credentials(), "a/b#c", false)
        .await;
    assert_eq!(accepted, Ok(Ok(Destroyed::Accepted(id("d1")))));
    insta::assert_snapshot!(head(&server), @r"
    DELETE /v1/projects/a%2Fb%23c?preserveResources=false&dryRun=false HTTP/1.1
    accept-encoding: identity
    accept: application/json, text/plain, */*
    authorization: Bearer cu_0123456789abcdef
    date: <now>
    host: 127.0.0.1:<port>
    user-agent: orchestrate/<version>
    x-checkly-account: 3f2a
    x-checkly-ci-name: GitHub Actions
    x-checkly-cli-version: 9.5.0
    x-checkly-operator: github-actions
    x-checkly-source: CLI
    ");
    assert!(server.requests()[0].body.is_empty());
}

#[actix::test]
async fn destroy_can_preserve_resources() {
    let server = Server::reply(json(202, ACCEPTED)).await;
    client(&server.url)
        .destroy(&credentials(), "shop", true)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        line(&server),
        "DELETE /v1/projects/shop?preserveResources=true&dryRun=false HTTP/1.1"
    );
}

#[actix::test]
async fn a_large_payload_arrives_whole() {
    let server = Server::reply(json(202, ACCEPTED)).await;
    let payload: Bytes = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    client(&server.url)
        .submit(&credentials(), PLAIN, "shop", payload.clone())
        .await
        .unwrap()
        .unwrap();
    let request = &server.requests()[0];
    assert!(
        request
            .headers
            .contains(&"content-length: 1000000".to_owned())
    );
    assert!(request.body == payload);
}

#[actix::test]
async fn events() {
    let server = Server::reply(stream_head()).await;
    let stream = client(&server.url)
        .events(&credentials(), "shop", &id("d1"), Operation::Deploy)
        .await;
    assert!(stream.is_ok());
    insta::assert_snapshot!(head(&server), @r"
    GET /v1/projects/shop/deployments/d1/events HTTP/1.1
    accept-encoding: identity
    accept: text/event-stream
    authorization: Bearer cu_0123456789abcdef
    date: <now>
    host: 127.0.0.1:<port>
    user-agent: orchestrate/<version>
    x-checkly-account: 3f2a
    x-checkly-ci-name: GitHub Actions
    x-checkly-cli-version: 9.5.0
    x-checkly-operator: github-actions
    x-checkly-source: CLI
    ");
}

#[actix::test]
async fn completion() {
    let server = Server::reply(json(200, CANCELLED)).await;
    let wait = Duration::from_secs(30);
    client(&server.url)
        .completion(&credentials(), "shop", &id("d1"), wait)
        .await
        .unwrap();
    insta::assert_snapshot!(head(&server), @r"
    GET /v1/projects/shop/deployments/d1/completion?maxWaitSeconds=30 HTTP/1.1
    accept-encoding: identity
    accept: application/json, text/plain, */*
    authorization: Bearer cu_0123456789abcdef
    date: <now>
    host: 127.0.0.1:<port>
    user-agent: orchestrate/<version>
    x-checkly-account: 3f2a
    x-checkly-ci-name: GitHub Actions
    x-checkly-cli-version: 9.5.0
    x-checkly-operator: github-actions
    x-checkly-source: CLI
    ");
}

#[actix::test]
async fn cancel() {
    let server = Server::reply(json(200, CANCELLED)).await;
    client(&server.url)
        .cancel(&credentials(), "shop", &id("d1"))
        .await
        .unwrap();
    insta::assert_snapshot!(head(&server), @r"
    POST /v1/projects/shop/deployments/d1/cancel HTTP/1.1
    accept-encoding: identity
    accept: application/json, text/plain, */*
    authorization: Bearer cu_0123456789abcdef
    content-length: 0
    content-type: application/x-www-form-urlencoded
    date: <now>
    host: 127.0.0.1:<port>
    user-agent: orchestrate/<version>
    x-checkly-account: 3f2a
    x-checkly-ci-name: GitHub Actions
    x-checkly-cli-version: 9.5.0
    x-checkly-operator: github-actions
    x-checkly-source: CLI
    ");
}

#[actix::test]
async fn get() {
    let server = Server::reply(json(200, CANCELLED)).await;
    client(&server.url)
        .get(&credentials(), "shop", &id("d1"))
        .await
        .unwrap();
    insta::assert_snapshot!(head(&server), @r"
    GET /v1/projects/shop/deployments/d1 HTTP/1.1
    accept-encoding: identity
    accept: application/json, text/plain, */*
    authorization: Bearer cu_0123456789abcdef
    date: <now>
    host: 127.0.0.1:<port>
    user-agent: orchestrate/<version>
    x-checkly-account: 3f2a
    x-checkly-ci-name: GitHub Actions
    x-checkly-cli-version: 9.5.0
    x-checkly-operator: github-actions
    x-checkly-source: CLI
    ");
}

#[actix::test]
async fn ids_are_encoded_and_a_base_url_may_have_a_path() {
    let server = Server::reply(json(200, r#"{"id":"a/b c","status":"CANCELLED"}"#)).await;
    let client = client(&format!("{}/pfx/", server.url));
    client
        .get(&credentials(), "a/b#c.d", &id("a/b c"))
        .await
        .unwrap();
    assert_eq!(
        line(&server),
        "GET /pfx/v1/projects/a%2Fb%23c.d/deployments/a%2Fb%20c HTTP/1.1"
    );
}

#[actix::test]
async fn white_space_around_the_credentials_is_not_sent() {
    let server = Server::reply(json(200, CANCELLED)).await;
    let credentials = Credentials {
        account_id: " 3f2a\n".to_owned(),
        api_key: Secret::new(format!("{KEY}\n")),
    };
    client(&server.url)
        .get(&credentials, "shop", &id("d1"))
        .await
        .unwrap();
    let headers = server.requests()[0].headers.clone();
    assert!(headers.contains(&format!("authorization: Bearer {KEY}")));
    assert!(headers.contains(&"x-checkly-account: 3f2a".to_owned()));
}

#[actix::test]
async fn a_key_that_is_invalid_in_a_header_is_neither_sent_nor_shown() {
    let server = Server::reply(json(202, ACCEPTED)).await;
    let credentials = Credentials {
        account_id: "3f2a".to_owned(),
        api_key: Secret::new(format!("{KEY}\r\nx-injected: 1")),
    };
    let error = client(&server.url)
        .submit(&credentials, PLAIN, "shop", Bytes::new())
        .await;
    let Err(failure) = error else {
        panic!("{error:?}");
    };
    assert_eq!(failure.kind, FailureKind::Refused);
    assert_eq!(
        failure.error.message,
        "The API key contains characters that an HTTP header cannot contain."
    );
    assert!(server.requests().is_empty());
}

#[actix::test]
async fn a_connection_is_reused() {
    let turn = || {
        [
            crate::tests::api::server::Act::Read,
            crate::tests::api::server::Act::Write(json(200, CANCELLED)),
        ]
    };
    let server = Server::start(vec![turn().into_iter().chain(turn()).collect()]).await;
    let client = client(&server.url);
    for _ in 0..2 {
        client.get(&credentials(), "shop", &id("d1")).await.unwrap();
    }
    assert_eq!(server.requests().len(), 2);
}

#[actix::test]
async fn an_id_that_is_a_step_in_a_path_is_never_sent() {
    let server = Server::reply(json(200, "{}")).await;
    let client = client(&server.url);
    for logical_id in ["", ".", ".."] {
        let destroyed = client.destroy(&credentials(), logical_id, false).await;
        let Err(failure) = destroyed else {
            panic!("{destroyed:?}");
        };
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.error.message.contains("nothing was sent"));
        assert!(
            client
                .get(&credentials(), "shop", &id(logical_id))
                .await
                .is_err()
        );
    }
    assert!(server.requests().is_empty());
}
