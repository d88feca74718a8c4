//! Invariants that hold for any bytes from a server. Compiled for fuzzing and tests only.

use super::context::RequestContext;
use super::error_body;
use super::events::{Frame, frame};
use super::reply::{Head, Reply};
use super::wire;
use crate::model::{DeploymentId, Ending, Operation, Redactor, Secret};
use bytes::Bytes;
use serde_json::Value;
use sse_core::{MessageEvent, PayloadTooLargeError, SseDecoder, SseEvent};
use std::num::NonZeroUsize;

/// Small enough that events reach it.
const SMALL: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// Large enough that no event reaches it.
const LARGE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1 << 30);

/// The most characters of any text from a server: 2000 and `…`, each possibly as `\u{10ffff}`, in a sentence.
const LONGEST: usize = 2_001 * 10 + 500;

/// An event stream: the events are those of the HTML standard, however the bytes are split; none exceeds the limit;
/// and their texts are safe to show.
///
/// # Panics
/// If one of these does not hold.
pub fn sse(bytes: &[u8]) {
    let expected = by_the_standard(bytes);
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    for pieces in [vec![bytes], single, cut(bytes)] {
        let (events, result) = decode(LARGE, &pieces);
        assert_eq!((&events, result), (&expected, Ok(())));
    }
    let (first, result) = decode(SMALL, &[bytes]);
    assert!(expected.starts_with(&first) && (result.is_err() || first == expected));
    let fits = |event: &MessageEvent| event.data.len() <= SMALL.get() * "\u{fffd}".len();
    assert!(first.iter().all(fits));
    assert_eq!(decode(SMALL, &cut(bytes)), (first, result));
    for event in &expected {
        meaning(event);
    }
}

/// The same bytes in pieces whose lengths are those bytes in reverse.
fn cut(bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = vec![];
    let mut rest = bytes;
    for byte in bytes.iter().rev() {
        let (piece, after) = rest.split_at(rest.len().min(usize::from(byte % 16)));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

fn decode(
    max: NonZeroUsize,
    pieces: &[&[u8]],
) -> (Vec<MessageEvent>, Result<(), PayloadTooLargeError>) {
    let mut decoder = SseDecoder::with_limit(max);
    let mut events = vec![];
    let result = pieces.iter().copied().try_for_each(|mut piece| {
        while let Some(event) = decoder.next(&mut piece) {
            if let SseEvent::Message(mut event) = event? {
                event.last_event_id = None;
                events.push(event);
            }
        }
        Ok(())
    });
    (events, result)
}

/// Interprets an event stream as the HTML standard specifies, from the whole text. Ids are left out: only browsers
/// need them.
fn by_the_standard(bytes: &[u8]) -> Vec<MessageEvent> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut events, mut name, mut data) = (vec![], "", vec![]);
    // The text after the last line end is not a line yet.
    for line in text.split_inclusive('\n') {
        let Some(line) = line.strip_suffix('\n') else {
            break;
        };
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" if line.is_empty() => {
                if !data.is_empty() {
                    let name = if name.is_empty() { "message" } else { name };
                    events.push(MessageEvent {
                        event: name.to_owned().into(),
                        data: data.join("\n"),
                        last_event_id: None,
                    });
                }
                (name, data) = ("", vec![]);
            }
            "event" => name = value,
            "data" => data.push(value),
            _ => {}
        }
    }
    events
}

fn meaning(event: &MessageEvent) {
    for operation in [Operation::Deploy, Operation::Destroy] {
        meaning_of(event, operation);
    }
}

fn meaning_of(event: &MessageEvent, operation: Operation) {
    match frame(event, &DeploymentId::from("d1"), operation) {
        Ok(Frame::Progress(percent)) => assert!(percent <= 100),
        Ok(Frame::Complete(ending)) => {
            let told: Value = serde_json::from_str(&event.data).unwrap_or_default();
            assert_eq!(told["id"], "d1");
            if let Ending::Failed(error) = ending {
                assert_shown(&error.message);
                assert_shown(error.code.as_deref().unwrap_or("none"));
            }
        }
        Ok(Frame::Error(message)) => assert_shown(&message),
        Ok(Frame::Unknown | Frame::Retry(_)) => {}
        Err(broken) => assert_shown(&broken.to_string()),
    }
}

/// The body of any response: its message is safe to show, never empty, and never contains the API key.
///
/// # Panics
/// If one of these does not hold.
pub fn error_body(bytes: &[u8]) {
    let error = error_body::parse(bytes);
    if !error.message.is_empty() {
        assert_shown(&error.message);
    }
    if let Some(code) = &error.code {
        assert_shown(code);
    }
    let context = RequestContext {
        request: "POST /v1/projects/deploy".to_owned(),
        may_change: true,
        host: "api.example".to_owned(),
        proxy: None,
        account: "3f2a".to_owned(),
        redactor: Redactor::default().with(&[Secret::new(KEY)]),
    };
    for status in [200, 304, 404, 503, 700] {
        let reply = Reply {
            context: context.clone(),
            head: Head {
                status,
                retry_after: None,
                redirect_host: None,
                is_gzipped: false,
                is_sized: true,
            },
            body: Bytes::copy_from_slice(bytes),
            stopped: None,
        };
        let failure = match status {
            200 => reply.json::<wire::Deployment>().err(),
            _ => Some(reply.refused()),
        };
        let Some(error) = failure.map(|failure| failure.error) else {
            continue;
        };
        for text in [Some(&error.message), error.code.as_ref()] {
            let text = text.map_or("none", String::as_str);
            assert_shown(text);
            assert!(!text.contains(KEY), "{text:?}");
        }
    }
    if let Some(id) = wire::blocker(bytes) {
        assert!(!id.as_str().is_empty());
    }
}

const KEY: &str = "cu_0123456789abcdef";

/// One line, not empty, of limited length, without terminal control characters.
fn assert_shown(text: &str) {
    let steers = |c: char| {
        c.is_control()
            || "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}"
                .contains(c)
    };
    assert!(!text.trim().is_empty());
    assert!(!text.contains(steers), "{text:?}");
    assert!(text.chars().count() <= LONGEST, "{}", text.len());
}
