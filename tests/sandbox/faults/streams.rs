//! Event streams that are truncated or rewritten.

use super::{data, once};
use crate::tests::sandbox::raw::End;
use serde_json::{Value, json};

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_stream_may_break_after_frames_and_bytes() {
    for (then, end, last) in [
        ("close", End::Closed, "event: pro"),
        ("reset", End::Reset, "event: pro"),
        ("hang", End::Open, "event: pro"),
        ("end", End::Open, ""),
    ] {
        let rig = once(
            "events",
            &format!("{{ cut = {{ frames = 2, bytes = 10, then = {then:?} }} }}"),
        );
        let id = rig.begun().await;
        let seen = rig.raw_events(&id).await;
        let chunks = seen.chunks();
        assert!(chunks[1].ends_with(b"\"progress\":10,\"status\":\"RUNNING\"}\n\n"));
        assert_eq!(chunks[2], b"event: pro");
        assert_eq!(chunks.last().unwrap().as_slice(), last.as_bytes(), "{then}");
        assert_eq!(seen.end, end, "{then}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_comment_does_not_count_as_a_frame() {
    let rig = once("events", "{ cut = { frames = 1, then = \"end\" } }");
    let blocker = rig.blocker(400); // starts after 40 s
    let chunks = rig.raw_events(&blocker).await.chunks();
    let starts: Vec<_> = chunks.iter().map(|chunk| chunk.first()).collect();
    assert_eq!(starts, [Some(&b':'), Some(&b':'), Some(&b'e'), None]);
}

/// The whole event stream of a deployment, with one fault, as text.
async fn stream(fault: &str) -> String {
    let rig = once("events", fault);
    let id = rig.begun().await;
    let seen = rig.raw_events(&id).await;
    let chunks = seen.chunks();
    assert_eq!(
        chunks.last().unwrap(),
        b"",
        "{fault}: the reply is complete"
    );
    String::from_utf8_lossy(&chunks.concat()).into_owned()
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn lines_may_end_with_cr_or_crlf() {
    for (fault, end) in [("\"crlf\"", "\r\n"), ("\"cr\"", "\r")] {
        let text = stream(fault).await;
        let first = [
            "event: progress",
            "data: {\"progress\":0,\"status\":\"RUNNING\"}",
            "",
            "",
        ];
        assert!(text.starts_with(&first.join(end)), "{text}");
        assert_eq!(text.replace(end, "").find('\n'), None);
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_byte_order_mark_may_come_first() {
    assert!(
        stream("\"bom\"")
            .await
            .starts_with("\u{feff}event: progress\n")
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_frame_may_be_split() {
    let rig = once("events", "\"split_frame\"");
    let id = rig.begun().await;
    let seen = rig.raw_events(&id).await;
    let chunks = seen.chunks();
    assert_eq!(chunks.len(), 2 * 11 + 1);
    assert_eq!(chunks[0], b"event: progress\ndata: {\"prog");
    assert_eq!(chunks[1], b"ress\":0,\"status\":\"RUNNING\"}\n\n");
    let first = seen
        .reads
        .iter()
        .position(|read| read.ends_with(b"prog\r\n"));
    assert!(first.is_some(), "one read does not hold both");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_character_may_be_split() {
    let rig = once("events", "\"split_character\"");
    let id = rig.begun().await;
    let chunks = rig.raw_events(&id).await.chunks();
    assert_eq!(chunks.len(), 2 * 11 + 1);
    for pair in chunks.chunks_exact(2) {
        assert!(std::str::from_utf8(&pair[0]).is_err());
        let whole = String::from_utf8(pair.concat()).unwrap();
        assert!(whole.contains("\"note\":\"geprüft\""), "{whole}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn there_may_be_nothing_but_keep_alives() {
    let rig = once("events", "\"keep_alives\"");
    let id = rig.begun().await;
    let seen = rig.raw_events(&id).await;
    assert_eq!(seen.chunks(), [b": keep-alive\n\n"; 4]);
    assert_eq!((seen.end, seen.millis / 100), (End::Open, 450));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn garbage_may_precede_the_frames() {
    let text = stream("\"garbage\"").await;
    assert!(text.contains("event: surprise\n") && text.contains("\u{fffd}"));
    assert_eq!(text.matches("\"status\":\"RUNNING\"").count(), 10);
    assert_eq!(text.matches("event: complete\n").count(), 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn progress_may_go_backwards() {
    let text = stream("\"backwards\"").await;
    let progress: Vec<_> = text
        .split("\n\n")
        .filter(|frame| frame.starts_with("event: progress"))
        .map(|frame| data(frame)["progress"].as_u64().unwrap())
        .collect();
    assert_eq!(progress, [100, 90, 80, 70, 60, 50, 40, 30, 20, 10]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_stream_may_report_an_error_and_end() {
    let text = stream("{ error_frame = \"Größe überschritten\" }").await;
    assert_eq!(
        text,
        "event: error\ndata: {\"message\":\"Größe überschritten\"}\n\n"
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_last_frame_may_be_wrong() {
    let last = |text: String| text.split("event: complete\n").nth(1).map(str::to_owned);
    let complete = async |how: &str| last(stream(&format!("{{ complete = {how:?} }}")).await);
    assert_eq!(complete("missing").await, None);
    let null = data(&complete("null_result").await.unwrap());
    assert_eq!(
        (&null["status"], &null["result"]),
        (&json!("SUCCEEDED"), &Value::Null)
    );
    let foreign = data(&complete("foreign_id").await.unwrap());
    assert_eq!(foreign["id"], "00000000-0000-4000-8000-000000000000");
    assert_eq!(foreign["status"], "SUCCEEDED");
    let garbled = complete("garbled").await.unwrap();
    let json = garbled.trim_end().strip_prefix("data: ").unwrap();
    assert!(serde_json::from_str::<Value>(json).is_err(), "{json}");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn data_may_take_several_lines() {
    let text = stream("\"data_lines\"").await;
    let (first, rest) = text.split_once("\n\n").unwrap();
    let lines = "event: progress\ndata: {\ndata:   \"progress\": 0,\ndata:   \"status\": \"RUNNING\"\ndata: }";
    assert_eq!(first, lines);
    let (_, last) = rest.rsplit_once("event: complete\n").unwrap();
    assert_eq!(data(last)["status"], "SUCCEEDED");
}
