//! Requests without a complete response: how far they got, and their time limits.

use crate::api::{Cancelled, Client, Ended, Found};
use crate::model::{DeploymentId, Ending, Failure, FailureKind, Operation};
use crate::tests::api::server::{Act, Server, chunk, json, last_chunk, stream_head, with_headers};
use crate::tests::api::{KEY, PLAIN, client, credentials, id};
use bytes::Bytes;
use std::time::Duration;
use tokio::time::Instant;

const ACCEPTED: &str = r#"{"id":"d1","status":"PENDING"}"#;
const CANCELLED: &str = r#"{"id":"d1","status":"CANCELLED"}"#;

async fn submit(client: &Client, payload: Bytes) -> Result<DeploymentId, Failure> {
    let response = client.submit(&credentials(), PLAIN, "shop", payload).await;
    response.map(|accepted| accepted.unwrap())
}

async fn submit_once(acts: Vec<Act>) -> Failure {
    let server = Server::once(acts).await;
    submit(&client(&server.url), Bytes::from_static(b"x"))
        .await
        .unwrap_err()
}

async fn complete(client: &Client) -> Result<Found, Failure> {
    let wait = Duration::from_secs(30);
    client
        .completion(&credentials(), "shop", &id("d1"), wait)
        .await
}

async fn completion_once(acts: Vec<Act>) -> Result<Found, Failure> {
    let server = Server::once(acts).await;
    complete(&client(&server.url)).await
}

#[actix::test]
async fn nothing_listening_means_nothing_was_sent() {
    // Bound to reserve the port, and not listening.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let host = socket.local_addr().unwrap().to_string();
    let failure = submit(&client(&format!("http://{host}")), Bytes::new())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Connection);
    let message = failure.error.message.replace(&host, "<host>");
    insta::assert_snapshot!(message, @"Cannot connect to <host>: connection refused.");
    insta::assert_snapshot!(failure.error.hint.unwrap(), @"No server listens there: check the API URL, and that the API is running.");
}

#[actix::test]
async fn a_connection_that_ends_without_a_response_leaves_open_what_the_server_did() {
    let mut messages = Vec::new();
    for acts in [
        vec![],
        vec![Act::Reset],
        vec![Act::Write(b"HTTP/1.1 202 Acc".to_vec())],
        vec![Act::Write(b"HTTP/1.1 202 Acc".to_vec()), Act::Reset],
    ] {
        let failure = submit_once(acts).await;
        assert_eq!(failure.kind, FailureKind::ReplyLost);
        messages.push(failure.error.message);
    }
    insta::assert_snapshot!(messages.join("\n"), @r"
    The connection was closed before a response arrived; the API may have accepted the request.
    The connection broke before a response arrived (connection reset); the API may have accepted the request.
    The connection broke before a response arrived (it ended early); the API may have accepted the request.
    The connection broke before a response arrived (connection reset); the API may have accepted the request.
    ");
}

#[actix::test]
async fn a_refusal_during_the_upload_is_read() {
    // The server refuses at once and closes or resets the connection; the rest of the upload cannot be sent.
    for (status, end) in [(413, None), (401, Some(Act::Reset))] {
        let refusal = json(status, r#"{"message":"no"}"#);
        let acts = [Act::ReadHead, Act::Write(refusal)];
        let server = Server::start(vec![acts.into_iter().chain(end).collect()]).await;
        let payload = Bytes::from(vec![7; 32 << 20]);
        let failure = submit(&client(&server.url), payload).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
        assert_eq!(failure.error.http_status, Some(status));
        assert_eq!(failure.error.message, "no");
    }
}

#[actix::test]
async fn a_connection_with_a_refused_upload_is_not_used_again() {
    let server = Server::start(vec![
        // The server never reads the upload, and keeps the connection.
        vec![
            Act::ReadHead,
            Act::Write(with_headers(413, "", "")),
            Act::Stay,
        ],
        vec![Act::Read, Act::Write(json(202, ACCEPTED)), Act::Stay],
    ])
    .await;
    let client = client(&server.url);
    let failure = submit(&client, Bytes::from(vec![7; 32 << 20])).await;
    assert_eq!(failure.unwrap_err().error.http_status, Some(413));
    assert_eq!(
        submit(&client, Bytes::from_static(b"x")).await,
        Ok(id("d1"))
    );
    server.closed_by_client(1).await;
}

#[actix::test]
async fn an_upload_goes_on_after_an_early_success() {
    // Only a refusal means that the server does not want the rest.
    let server = Server::start(vec![vec![
        Act::ReadHead,
        Act::Write(json(202, ACCEPTED)),
        Act::ReadBody(32 << 20),
        Act::Stay,
    ]])
    .await;
    let payload = Bytes::from(vec![7; 32 << 20]);
    assert_eq!(submit(&client(&server.url), payload).await, Ok(id("d1")));
    server.closed_by_client(1).await;
    assert_eq!(server.requests()[0].body.len(), 32 << 20);
}

#[actix::test]
async fn a_truncated_response_is_no_response() {
    let whole = format!(
        "HTTP/1.1 202 OK\r\ncontent-length: {}\r\n\r\n{ACCEPTED}",
        ACCEPTED.len()
    );
    let chunked = |bytes: &str| {
        let mut reply = b"HTTP/1.1 202 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        reply.extend(chunk(bytes));
        reply
    };
    for reply in [
        whole.as_bytes()[..whole.len() - 1].to_vec(),
        whole.as_bytes()[..whole.len() - ACCEPTED.len()].to_vec(),
        chunked(&ACCEPTED[..ACCEPTED.len() - 1]),
        [chunked(&ACCEPTED[..9]), last_chunk()].concat(),
    ] {
        let failure = submit_once(vec![Act::Write(reply.clone())]).await;
        assert_eq!(failure.kind, FailureKind::ReplyLost, "{reply:?}");
        let failure = completion_once(vec![Act::Write(reply)]).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::ReplyLost);
        assert!(failure.is_transient());
    }
}

/// Half a key does not look like one.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_key_at_the_point_where_a_response_breaks_is_redacted() {
    for kept in 4..KEY.len() {
        let head = "HTTP/1.1 503 No\r\ncontent-length: 999\r\n\r\n";
        let reply = format!("{head}your key {}", &KEY[..kept]);
        let failure = submit_once(vec![Act::Write(reply.into())]).await;
        assert_eq!(failure.error.message, "your key", "{kept}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_response_with_a_broken_connection_is_no_response() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    let acts = vec![
        Act::Write(head),
        Act::Pause(Duration::from_secs(1)),
        Act::Reset,
    ];
    let failure = completion_once(acts).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ReplyLost);
    insta::assert_snapshot!(failure.error.message, @"The connection broke during the response (connection reset).");
}

#[actix::test]
async fn a_response_with_complete_json_counts_even_if_its_end_is_missing() {
    let mut reply = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    reply.extend(chunk(CANCELLED)); // and no last chunk
    let ending = Found::Ended(Ended {
        ending: Ending::Cancelled,
        created_at: None,
    });
    assert_eq!(completion_once(vec![Act::Write(reply)]).await, Ok(ending));
}

#[actix::test]
async fn informational_responses_are_skipped() {
    // Two projects on one connection: neither is given the other's response.
    let hint = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".to_vec();
    let other = ACCEPTED.replace("d1", "d2");
    let server = Server::once([
        Act::Write([&b"HTTP/1.1 102 Processing\r\n\r\n"[..], &hint].concat()),
        Act::Write(json(202, ACCEPTED)),
        Act::Read,
        Act::Write([hint, json(202, &other)].concat()),
        Act::Stay,
    ])
    .await;
    let client = client(&server.url);
    for expected in ["d1", "d2"] {
        let accepted = submit(&client, Bytes::from_static(b"x")).await;
        assert_eq!(accepted, Ok(id(expected)));
    }
}

#[actix::test]
async fn a_connection_that_sends_more_than_its_response_is_not_used_again() {
    let surplus = ACCEPTED.replace("d1", "d9");
    let first = [json(202, ACCEPTED), json(202, &surplus)].concat();
    let next = ACCEPTED.replace("d1", "d2");
    for cut in [first.len(), first.len() - surplus.len() - 20] {
        let server = Server::start(vec![
            vec![Act::Read, Act::Write(first[..cut].to_vec()), Act::Stay],
            vec![Act::Read, Act::Write(json(202, &next)), Act::Stay],
        ])
        .await;
        let client = client(&server.url);
        for expected in ["d1", "d2"] {
            let accepted = submit(&client, Bytes::from_static(b"x")).await;
            assert_eq!(accepted, Ok(id(expected)));
        }
    }
}

#[actix::test]
async fn a_body_may_end_with_the_connection() {
    let head = "HTTP/1.1 202 OK\r\nconnection: close\r\n\r\n";
    let reply = format!("{head}{ACCEPTED}");
    let server = Server::once([Act::Write(reply.into_bytes())]).await;
    let accepted = submit(&client(&server.url), Bytes::from_static(b"x")).await;
    assert_eq!(accepted, Ok(id("d1")));
    // A truncated one is no response.
    let reply = format!("{head}{}", &ACCEPTED[..9]);
    let failure = submit_once(vec![Act::Write(reply.into_bytes())]).await;
    assert_eq!(failure.kind, FailureKind::ReplyLost);
}

#[actix::test]
async fn a_response_may_have_hundreds_of_headers() {
    let headers: String = (0..200).map(|n| format!("x-h{n}: v\r\n")).collect();
    let server = Server::reply(with_headers(202, &headers, ACCEPTED)).await;
    let accepted = submit(&client(&server.url), Bytes::from_static(b"x")).await;
    assert_eq!(accepted, Ok(id("d1")));
}

#[actix::test]
async fn a_response_that_is_not_http_is_unexpected() {
    let failure = submit_once(vec![Act::Write(b"220 mail.example ESMTP\r\n\r\n".to_vec())]).await;
    assert_eq!(failure.kind, FailureKind::Unexpected);
}

#[actix::test]
async fn the_beginning_of_a_long_error_page_is_enough() {
    let page = format!("{}{}", "word ".repeat(100), "x".repeat(100_000));
    let failure = submit_once(vec![Act::Write(with_headers(503, "", &page)), Act::Stay]).await;
    assert_eq!(failure.kind, FailureKind::Busy);
    assert!(failure.error.message.starts_with("word word"));
    assert!(failure.error.message.len() < 3_000);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn only_the_beginning_of_an_endless_error_page_is_read() {
    let start = Instant::now();
    let head = b"HTTP/1.1 503 X\r\ncontent-length: 1000000000\r\n\r\n".to_vec();
    let acts = vec![Act::Write(head), Act::Write(vec![b'x'; 100_000]), Act::Stay];
    let failure = submit_once(acts).await;
    assert_eq!(failure.kind, FailureKind::Busy);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[actix::test]
async fn an_endless_response_is_abandoned() {
    let head = b"HTTP/1.1 200 X\r\ncontent-length: 1000000000\r\n\r\n".to_vec();
    let megabytes = (0..65).map(|_| Act::Write(vec![b' '; 1 << 20]));
    let acts = [Act::Write(head)].into_iter().chain(megabytes);
    let failure = completion_once(acts.chain([Act::Stay]).collect())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unexpected);
    assert_eq!(failure.error.message, "The response is larger than 64 MiB.");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_error_with_a_stalled_body_keeps_its_status() {
    let reply = b"HTTP/1.1 503 X\r\ncontent-length: 100\r\n\r\nbusy".to_vec();
    let failure = submit_once(vec![Act::Write(reply), Act::Stay]).await;
    assert_eq!(failure.kind, FailureKind::Busy);
    assert_eq!(failure.error.message, "busy");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn each_call_has_its_own_time_limit() {
    let silent = || async {
        let server = Server::once([Act::Stay]).await;
        let client = client(&server.url);
        (server, client, Instant::now())
    };
    let seconds = |since: Instant| since.elapsed().as_secs();
    let id = id("d1");

    let (server, client, start) = silent().await;
    let failure = submit(&client, Bytes::from_static(b"x")).await.unwrap_err();
    assert_eq!((failure.kind, seconds(start)), (FailureKind::ReplyLost, 60));
    assert_eq!(
        failure.error.message,
        "No response within 1m; the API may have accepted the request."
    );
    server.closed_by_client(1).await;

    let (_server, client, start) = silent().await;
    let reply = client.destroy(&credentials(), "shop", false).await;
    assert!(reply.is_err());
    assert_eq!(seconds(start), 60);

    let (_server, client, start) = silent().await;
    let failure = complete(&client).await.unwrap_err();
    assert_eq!((failure.kind, seconds(start)), (FailureKind::ReplyLost, 45));
    assert_eq!(failure.error.message, "No response within 45s.");

    let (_server, client, start) = silent().await;
    let failure = client
        .cancel(&credentials(), "shop", &id)
        .await
        .unwrap_err();
    assert_eq!((failure.kind, seconds(start)), (FailureKind::ReplyLost, 15));

    let (_server, client, start) = silent().await;
    let failure = client.get(&credentials(), "shop", &id).await.unwrap_err();
    assert_eq!((failure.kind, seconds(start)), (FailureKind::ReplyLost, 15));

    let (_server, client, start) = silent().await;
    let failure = client
        .events(&credentials(), "shop", &id, Operation::Deploy)
        .await
        .err()
        .unwrap();
    assert_eq!((failure.kind, seconds(start)), (FailureKind::ReplyLost, 30));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_large_upload_has_a_longer_time_limit() {
    let server = Server::once([Act::Stay]).await;
    let start = Instant::now();
    let payload = Bytes::from(vec![0; 64 * 1024 * 10]);
    let failure = submit(&client(&server.url), payload).await.unwrap_err();
    assert_eq!(
        (failure.kind, start.elapsed().as_secs()),
        (FailureKind::ReplyLost, 70)
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_slow_response_does_not_outlive_the_time_limit() {
    let mut acts = vec![Act::Write(
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n".to_vec(),
    )];
    for _ in 0..100 {
        acts.extend([
            Act::Pause(Duration::from_secs(10)),
            Act::Write(b" ".to_vec()),
        ]);
    }
    let start = Instant::now();
    let failure = completion_once(acts).await.unwrap_err();
    assert_eq!(
        (failure.kind, start.elapsed().as_secs()),
        (FailureKind::ReplyLost, 45)
    );
    assert_eq!(failure.error.message, "The response stalled.");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_slow_server_is_waited_for() {
    let acts = vec![
        Act::Pause(Duration::from_secs(44)),
        Act::Write(json(200, CANCELLED)),
        Act::Stay,
    ];
    assert_eq!(
        completion_once(acts).await,
        Ok(Found::Ended(Ended {
            ending: Ending::Cancelled,
            created_at: None
        }))
    );
}

#[actix::test]
async fn open_streams_do_not_delay_a_cancel() {
    // awc's default limit is 100 connections.
    let stream = || vec![Act::Read, Act::Write(stream_head()), Act::Stay];
    let mut scripts: Vec<_> = (0..120).map(|_| stream()).collect();
    scripts.push(vec![Act::Read, Act::Write(json(200, CANCELLED)), Act::Stay]);
    let server = Server::start(scripts).await;
    let client = client(&server.url);
    let mut streams = Vec::new();
    for _ in 0..120 {
        streams.push(
            client
                .events(&credentials(), "shop", &id("d1"), Operation::Deploy)
                .await
                .unwrap(),
        );
    }
    let cancelled = client.cancel(&credentials(), "shop", &id("d1")).await;
    assert_eq!(cancelled, Ok(Cancelled::Acknowledged));
}
