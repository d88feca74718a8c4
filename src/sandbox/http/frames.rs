//! Malformed and unusual frames of an event stream. Pure.

use super::super::script::{CompleteFault, Fault};
use bytes::Bytes;
use serde_json::{Value, json};

/// Useless to any client: an unknown field, an unknown event, bad numbers, half of a JSON document, and invalid UTF-8.
const GARBAGE: &[u8] = b"colour: blue\n\nevent: surprise\ndata: 1\n\nretry: soon\nid\n\n\
    event: progress\ndata: {\"progress\":\n\nevent: progress\ndata: {\"progress\":\"half\"}\n\ndata: \xff\xfe\n\n";

/// An id that no deployment has.
const FOREIGN_ID: &str = "00000000-0000-4000-8000-000000000000";

/// Whether a chunk is a comment.
pub(super) fn is_comment(chunk: &[u8]) -> bool {
    chunk.starts_with(b":")
}

/// A frame that reports an error.
pub(super) fn error(message: &str) -> Bytes {
    frame("error", &json!({ "message": message }))
}

/// Replaces `chunk`, a frame or a comment, by nothing or by parts that arrive separately.
pub(super) fn rewritten(chunk: Bytes, fault: &Fault) -> Vec<Bytes> {
    let lines = |end: &str| Bytes::from(String::from_utf8_lossy(&chunk).replace('\n', end));
    match fault {
        Fault::Crlf => return vec![lines("\r\n")],
        Fault::Cr => return vec![lines("\r")],
        _ => {}
    }
    let Some((event, data)) = parsed(&chunk) else {
        return vec![chunk];
    };
    match fault {
        Fault::SplitFrame => split(&chunk, chunk.len() / 2),
        Fault::SplitCharacter => {
            let noted = frame(&event, &with(data, "note", json!("geprüft")));
            let middle = noted.iter().position(|byte| !byte.is_ascii());
            split(&noted, middle.unwrap_or_default() + 1)
        }
        Fault::DataLines => {
            let pretty = serde_json::to_string_pretty(&data).unwrap_or_default();
            let data = pretty.replace('\n', "\ndata: ");
            vec![format!("event: {event}\ndata: {data}\n\n").into()]
        }
        Fault::Garbage => vec![Bytes::from_static(GARBAGE), chunk],
        Fault::Backwards if event == "progress" => {
            let backwards = 100 - data["progress"].as_u64().unwrap_or_default().min(100);
            vec![frame(&event, &with(data, "progress", json!(backwards)))]
        }
        Fault::Complete(fault) if event == "complete" => match fault {
            CompleteFault::Missing => vec![],
            CompleteFault::NullResult => vec![frame(&event, &with(data, "result", Value::Null))],
            CompleteFault::ForeignId => vec![frame(&event, &with(data, "id", json!(FOREIGN_ID)))],
            CompleteFault::Garbled => {
                let text = data.to_string();
                let (half, _) = text.split_at(text.floor_char_boundary(text.len() / 2));
                vec![format!("event: {event}\ndata: {half}\n\n").into()]
            }
        },
        _ => vec![chunk],
    }
}

fn frame(event: &str, data: &Value) -> Bytes {
    format!("event: {event}\ndata: {data}\n\n").into()
}

/// The event and the data of a frame as this sandbox writes it.
fn parsed(chunk: &[u8]) -> Option<(String, Value)> {
    let text = std::str::from_utf8(chunk).ok()?;
    let (event, data) = text.strip_prefix("event: ")?.split_once("\ndata: ")?;
    Some((event.to_owned(), serde_json::from_str(data).ok()?))
}

fn with(mut data: Value, name: &str, value: Value) -> Value {
    data[name] = value;
    data
}

fn split(bytes: &Bytes, at: usize) -> Vec<Bytes> {
    vec![bytes.slice(..at), bytes.slice(at..)]
}
