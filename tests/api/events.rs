//! Event streams over sockets: frames, ends, silence, and broken connections.

use crate::api::{EventStream, Frame, StreamBreak};
use crate::model::{Ending, ErrorInfo, Failure, FailureKind, Operation};
use crate::tests::api::server::{Act, Server, chunk, json, last_chunk, stream_head, with_headers};
use crate::tests::api::{client, credentials, id};
use futures::StreamExt;
use std::time::Duration;
use tokio::time::Instant;

type Item = Result<Frame, StreamBreak>;

const PROGRESS: &str = "event: progress\ndata: {\"progress\": 40, \"status\": \"RUNNING\"}\n\n";
const FAILED: &str = "event: complete\ndata: {\"id\":\"d1\",\"status\":\"FAILED\",\"error\":{\"code\":\"X\",\"message\":\"Größe 漢字 überschritten\"}}\n\n";

fn failed() -> Item {
    Ok(Frame::Complete(Ending::Failed(ErrorInfo {
        code: Some("X".to_owned()),
        message: "Größe 漢字 überschritten".to_owned(),
        ..ErrorInfo::default()
    })))
}

async fn open(server: &Server) -> Result<EventStream, Failure> {
    client(&server.url)
        .events(&credentials(), "shop", &id("d1"), Operation::Deploy)
        .await
}

/// All items of a stream with a valid head and this continuation.
async fn hear(acts: impl IntoIterator<Item = Act>) -> Vec<Item> {
    let server = Server::once([Act::Write(stream_head())].into_iter().chain(acts)).await;
    let stream = open(&server).await.unwrap();
    stream.collect().await
}

fn write(text: impl AsRef<[u8]>) -> Act {
    Act::Write(chunk(text))
}

#[actix::test]
async fn a_deployment_is_followed_to_its_end() {
    let acts = [": hello\n\n", PROGRESS, "event: log\ndata: x\n\n", FAILED].map(write);
    let heard = hear(acts.into_iter().chain([Act::Stay])).await;
    assert_eq!(
        heard,
        [Ok(Frame::Progress(40)), Ok(Frame::Unknown), failed()]
    );
}

#[actix::test]
async fn the_frames_are_the_same_however_the_bytes_are_split() {
    for line_end in ["\n", "\r\n", "\r"] {
        let text = format!("\u{feff}{PROGRESS}{FAILED}").replace('\n', line_end);
        for size in [1, 2, 3, 7, 64, text.len()] {
            let pieces = text.as_bytes().chunks(size).map(write);
            assert_eq!(
                hear(pieces.chain([Act::Stay])).await,
                [Ok(Frame::Progress(40)), failed()],
                "{size} bytes at a time, {line_end:?}"
            );
        }
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_chunk_may_be_split_too() {
    let bytes = [chunk(PROGRESS), chunk(FAILED), last_chunk()].concat();
    for size in [1, 5, 50] {
        let pieces = bytes.chunks(size).flat_map(|piece| {
            [
                Act::Write(piece.to_vec()),
                Act::Pause(Duration::from_millis(1)),
            ]
        });
        assert_eq!(hear(pieces).await, [Ok(Frame::Progress(40)), failed()]);
    }
}

#[actix::test]
async fn the_end_of_a_stream_is_not_the_end_of_the_deployment() {
    let cut = FAILED.trim_end();
    for acts in [
        vec![write(PROGRESS), Act::Write(last_chunk())],
        vec![write(PROGRESS), write(cut), Act::Write(last_chunk())],
    ] {
        assert_eq!(
            hear(acts).await,
            [Ok(Frame::Progress(40)), Err(StreamBreak::Ended)]
        );
    }
    for acts in [
        vec![write(PROGRESS)],
        vec![write(PROGRESS), Act::Write(chunk(FAILED)[..40].to_vec())],
    ] {
        let broken = StreamBreak::Connection("it ended early".to_owned());
        assert_eq!(hear(acts).await, [Ok(Frame::Progress(40)), Err(broken)]);
    }
}

#[actix::test]
async fn a_stream_may_end_with_the_connection() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let server = Server::once([Act::Write([head, PROGRESS].concat().into_bytes())]).await;
    let frames: Vec<_> = open(&server).await.unwrap().collect().await;
    assert_eq!(frames, [Ok(Frame::Progress(40)), Err(StreamBreak::Ended)]);
}

#[actix::test]
async fn the_server_may_request_a_delay_before_the_next_stream() {
    let acts = ["retry: 5000\n\n", "retry: soon\n", PROGRESS].map(write);
    let heard = hear(acts.into_iter().chain([Act::Write(last_chunk())])).await;
    let delay = Ok(Frame::Retry(Duration::from_secs(5)));
    assert_eq!(
        heard,
        [delay, Ok(Frame::Progress(40)), Err(StreamBreak::Ended)]
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_broken_connection_is_distinguished_from_a_stream_that_ends() {
    let heard = hear([
        write(PROGRESS),
        Act::Pause(Duration::from_secs(1)),
        Act::Reset,
    ])
    .await;
    let broken = StreamBreak::Connection("connection reset".to_owned());
    assert_eq!(heard, [Ok(Frame::Progress(40)), Err(broken)]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn keep_alive_comments_keep_a_stream_open_for_an_hour() {
    let start = Instant::now();
    let comments = (0..72).flat_map(|_| [Act::Pause(Duration::from_secs(50)), write(": ping\n\n")]);
    let heard = hear(comments.chain([write(FAILED)])).await;
    assert_eq!(heard, [failed()]);
    assert_eq!(start.elapsed().as_secs(), 3600);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_minute_of_silence_ends_the_stream_and_the_connection() {
    let acts = [
        Act::Read,
        Act::Write(stream_head()),
        Act::Pause(Duration::from_secs(59)),
        write(": ping\n\n"),
        Act::Stay,
    ];
    let server = Server::start(vec![acts.into()]).await;
    let start = Instant::now();
    let mut stream = open(&server).await.unwrap();
    let idle = StreamBreak::Idle(Duration::from_secs(60));
    assert_eq!(stream.next().await, Some(Err(idle)));
    assert_eq!(start.elapsed().as_secs(), 119);
    assert_eq!(stream.next().await, None);
    server.closed_by_client(1).await;
}

#[actix::test]
async fn nothing_follows_the_last_frame() {
    for (frame, last) in [
        (FAILED, failed()),
        (
            "event: error\ndata: {\"message\":\"worker lost\"}\n\n",
            Ok(Frame::Error("worker lost".to_owned())),
        ),
    ] {
        let heard = hear([
            write([frame, PROGRESS].concat()),
            write(PROGRESS),
            Act::Stay,
        ])
        .await;
        assert_eq!(heard, [last]);
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_finished_or_dropped_stream_closes_its_connection() {
    let stream = || {
        vec![
            Act::Read,
            Act::Write(stream_head()),
            write(FAILED),
            Act::Stay,
        ]
    };
    let server = Server::start(vec![stream(), stream()]).await;
    let mut finished = open(&server).await.unwrap();
    assert_eq!(finished.next().await, Some(failed()));
    drop(open(&server).await.unwrap());
    server.closed_by_client(2).await;
    assert_eq!(finished.next().await, None);
}

#[actix::test]
async fn an_end_of_another_deployment_is_rejected() {
    let foreign = FAILED.replace("d1", "d2");
    let heard = hear([write(foreign), Act::Stay]).await;
    assert!(
        matches!(&heard[..], [Err(StreamBreak::Unbelievable(_))]),
        "{heard:?}"
    );
}

#[actix::test]
async fn a_success_has_its_diff_however_large() {
    let line = r#"{"logicalId":"check-0123456789","physicalId":"2d0d9ab4-0000-0000-0000-000000000000","type":"check","action":"UPDATE"}"#;
    let diff = vec![line; 30_000].join(",");
    let text = format!(
        "event: complete\ndata: {{\"id\":\"d1\",\"status\":\"SUCCEEDED\",\"result\":{{\"diff\":[{diff}]}}}}\n\n"
    );
    let pieces: Vec<Act> = text.as_bytes().chunks(16 * 1024).map(write).collect();
    match hear(pieces).await.pop() {
        Some(Ok(Frame::Complete(Ending::Succeeded {
            changes: Some(changes),
        }))) => {
            assert_eq!(changes.len(), 30_000);
        }
        other => panic!("{other:?}"),
    }
}

#[actix::test]
async fn an_endless_event_ends_the_stream() {
    let megabyte = chunk(vec![b'x'; 1 << 20]);
    let acts = (0..70).map(|_| Act::Write(megabyte.clone()));
    let heard = hear([write("data: ")].into_iter().chain(acts)).await;
    assert_eq!(heard, [Err(StreamBreak::TooLarge)]);
}

#[actix::test]
async fn only_a_200_with_an_event_stream_is_accepted() {
    let page = with_headers(
        200,
        "content-type: text/html\r\n",
        "<html><title>Sign in</title></html>",
    );
    let created = with_headers(201, "content-type: text/event-stream\r\n", PROGRESS);
    let compressed = "content-type: text/event-stream\r\ncontent-encoding: gzip\r\n";
    for reply in [
        page,
        created,
        json(200, "{}"),
        with_headers(204, "", ""),
        with_headers(200, compressed, PROGRESS),
    ] {
        let server = Server::reply(reply).await;
        let failure = open(&server).await.err().unwrap();
        assert_eq!(failure.kind, FailureKind::Unexpected, "{failure:?}");
    }
}

#[actix::test]
async fn an_error_response_instead_of_a_stream_keeps_its_message() {
    for (status, kind) in [(404, FailureKind::Refused), (503, FailureKind::Busy)] {
        let body = r#"{"statusCode":1,"error":"E","message":"Words."}"#;
        let server = Server::reply(json(status, body)).await;
        let failure = open(&server).await.err().unwrap();
        assert_eq!(
            (failure.kind, failure.error.http_status),
            (kind, Some(status))
        );
        assert_eq!(failure.error.message, "Words.");
        assert_eq!(
            failure.request,
            "GET /v1/projects/shop/deployments/d1/events"
        );
    }
}

#[actix::test]
async fn the_content_type_may_have_any_case_and_parameters() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream ;charset=UTF-8\r\ntransfer-encoding: chunked\r\n\r\n";
    let server = Server::once([Act::Write(head.to_vec()), write(FAILED)]).await;
    let heard: Vec<Item> = open(&server).await.unwrap().collect().await;
    assert_eq!(heard, [failed()]);
}
