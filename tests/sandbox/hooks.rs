//! Recorded requests, replies of tests, and the lifetime of the sandbox.

use crate::sandbox::{Fault, Options, Reply, Then};
use crate::tests::sandbox::rig::{Rig, project, rig, rig_with};
use awc::error::SendRequestError;
use awc::http::Method;
use futures::StreamExt as _;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

fn recording() -> Rig {
    rig_with(&Options {
        record: true,
        ..Options::default()
    })
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_recorded_request_is_unchanged_except_for_key_and_compression() {
    let rig = recording();
    let body = project("checkout", &["a"]);
    rig.deploy("dryRun=true&scheduleOnDeploy=false", &body)
        .await;
    rig.get("/v1/projects/a%2Fb/deployments/x").await;
    let [deploy, state] = &rig.sandbox.requests()[..] else {
        panic!("two requests");
    };
    assert_eq!(
        (&*deploy.method, &*deploy.path),
        ("POST", "/v1/projects/deploy")
    );
    assert_eq!(deploy.query, "dryRun=true&scheduleOnDeploy=false");
    assert_eq!(deploy.body, body.to_string());
    assert_eq!(deploy.header("content-encoding"), Some("gzip"));
    assert_eq!(deploy.header("authorization"), Some("Bearer ***"));
    assert!(deploy.headers.is_sorted_by_key(|(name, _)| name.clone()));
    assert_eq!(
        (&*state.path, &*state.query),
        ("/v1/projects/a%2Fb/deployments/x", "")
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn nothing_is_recorded_unless_asked_for() {
    let rig = rig();
    rig.sandbox.intercept(|_| None);
    rig.get("/v1/runtimes").await;
    assert_eq!(rig.sandbox.requests(), []);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_refused_request_is_recorded_too() {
    let rig = recording();
    rig.bare(Method::GET, "/nowhere").send().await.unwrap();
    assert_eq!(rig.sandbox.requests()[0].path, "/nowhere");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_hook_sees_the_body_and_may_answer() {
    let rig = rig();
    let seen = Rc::new(Cell::new(0));
    let count = Rc::clone(&seen);
    rig.sandbox.intercept(move |request| {
        count.set(count.get() + request.body.len());
        let refuse = request.path.ends_with("deploy") && request.query == "dryRun=true";
        refuse.then(|| Reply::json(503, r#"{"message":"later"}"#))
    });
    let body = project("checkout", &[]);
    let refused = rig.deploy("dryRun=true", &body).await;
    assert_eq!(
        (refused.status, &refused.body["message"]),
        (503, &"later".into())
    );
    assert_eq!(rig.deploy("dryRun=false", &body).await.status, 202);
    assert_eq!(seen.get(), 2 * body.to_string().len());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_hook_sets_headers() {
    let rig = rig();
    rig.sandbox.intercept(|_| {
        let headers = vec![("retry-after".to_owned(), "7".to_owned())];
        Some(Reply::Answer {
            status: 429,
            headers,
            body: "slow".into(),
        })
    });
    let mut reply = rig
        .request(Method::GET, "/v1/runtimes")
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), 429);
    assert_eq!(reply.headers().get("retry-after").unwrap(), "7");
    assert_eq!(reply.body().await.unwrap(), "slow");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_reply_may_never_come() {
    let rig = rig();
    rig.sandbox.intercept(|_| Some(Reply::Fault(Fault::Hang)));
    let request = rig.request(Method::GET, "/v1/runtimes");
    let reply = tokio::time::timeout(Duration::from_secs(3600), request.send()).await;
    assert!(reply.is_err());
}

async fn connect(rig: &Rig) -> TcpStream {
    let address = rig.sandbox.url().strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

async fn ask(socket: &mut TcpStream) {
    let request = b"GET /v1/runtimes HTTP/1.1\r\nhost: sandbox\r\n\r\n";
    socket.write_all(request).await.unwrap();
}

/// Everything that the server sends until it closes the connection, and whether it closes it within an hour.
async fn raw(rig: &Rig) -> (String, bool) {
    let mut socket = connect(rig).await;
    ask(&mut socket).await;
    let mut text = Vec::new();
    let hour = Duration::from_secs(3600);
    let closed = tokio::time::timeout(hour, socket.read_to_end(&mut text)).await;
    let closed = closed.is_ok_and(|read| read.is_ok());
    (String::from_utf8(text).unwrap(), closed)
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_connection_is_closed_without_a_reply() {
    let rig = rig();
    rig.sandbox.intercept(|_| Some(Reply::Fault(Fault::Close)));
    assert_eq!(raw(&rig).await, (String::new(), true));
    assert_eq!(rig.millis(), 0);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_raw_stream_may_end_break_or_hang() {
    let rig = rig();
    let mut after = [Then::Close, Then::Hang, Then::End].into_iter();
    rig.sandbox.intercept(move |_| {
        let bytes = "event: progress\nda".into();
        after.next().map(|then| Reply::Stream { bytes, then })
    });
    let chunk = "\r\n\r\n12\r\nevent: progress\nda\r\n";
    let (text, closed) = raw(&rig).await;
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with(chunk) && closed);
    assert!(text.contains("content-type: text/event-stream\r\n"));
    assert_eq!(
        rig.millis(),
        0,
        "the bytes are sent, and the connection closed, at once"
    );
    let (text, closed) = raw(&rig).await;
    assert!(text.ends_with(chunk) && !closed);
    let (text, _) = raw(&rig).await;
    assert!(text.ends_with(&format!("{chunk}0\r\n\r\n")));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_disconnected_client_is_released_at_once() {
    let rig = rig();
    rig.sandbox.intercept(|_| Some(Reply::Fault(Fault::Hang)));
    let mut socket = connect(&rig).await;
    ask(&mut socket).await;
    socket.shutdown().await.unwrap();
    let mut nothing = Vec::new();
    let read = socket.read_to_end(&mut nothing);
    let read = tokio::time::timeout(Duration::from_secs(60), read).await;
    assert_eq!(read.unwrap().unwrap(), 0);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_connection_may_be_opened_long_before_its_first_request() {
    let rig = rig();
    let mut socket = connect(&rig).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    ask(&mut socket).await;
    let mut start = [0; 12];
    socket.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 401");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_idle_connection_is_kept_for_75_seconds() {
    let rig = rig();
    let (text, closed) = raw(&rig).await;
    assert!(text.starts_with("HTTP/1.1 401") && closed);
    assert_eq!(rig.millis() / 1000, 75);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn many_requests_at_once_are_served_at_once() {
    let rig = rig();
    let blocker = rig.blocker(10);
    let followers = (0..200).map(|_| rig.events(&blocker));
    let all = futures::future::join_all(followers).await;
    assert!(all.iter().all(|events| events.len() == 11));
    assert_eq!(rig.millis(), 10_000);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_dropped_sandbox_closes_its_connections_and_its_port() {
    let rig = rig();
    let blocker = rig.blocker(100);
    let path = format!("/v1/projects/checkout/deployments/{blocker}/events");
    let mut stream = rig.request(Method::GET, &path).send().await.unwrap();
    assert!(stream.next().await.is_some());
    let url = rig.sandbox.url().to_owned();
    drop(rig.sandbox);
    let dropped = Instant::now();
    assert!(
        !matches!(stream.next().await, Some(Ok(_))),
        "no more frames"
    );
    assert_eq!(dropped.elapsed(), Duration::ZERO);
    let again = rig.client.get(url).send().await;
    assert!(matches!(again, Err(SendRequestError::Connect(_))));
}
