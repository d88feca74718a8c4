//! Corrupts replies on the way: truncates them, or rewrites the frames of an event stream.

use super::super::script::{Break, CompleteFault, Fault, Then};
use super::connection::ConnectionBreaker;
use super::events::{COMMENT, KEEP_ALIVE, frame};
use super::reply::EVENT_STREAM;
use actix_http::body::{BodySize, BodyStream, BoxBody, MessageBody, SizedStream};
use actix_http::{Response, header};
use bytes::Bytes;
use futures::stream::{self, LocalBoxStream};
use futures::{Stream, StreamExt as _};
use serde_json::{Value, json};
use std::error::Error;
use std::future::pending;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

/// A part of a body. Each chunk of an event stream is a frame or a comment.
type Chunk = Result<Bytes, Box<dyn Error>>;

/// The delay between two chunks that must arrive separately.
const APART: Duration = Duration::from_millis(10);

/// Corrupts a response. Faults of event streams leave other responses unchanged.
pub(super) fn corrupt(
    response: Response<BoxBody>,
    fault: Fault,
    breaker: &Rc<ConnectionBreaker>,
) -> Response<BoxBody> {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_stream = content_type.is_some_and(|value| value == EVENT_STREAM);
    let size = response.body().size();
    response.map_body(|_, body| match fault {
        Fault::Cut {
            frames,
            bytes,
            then,
        } => {
            let frames = if is_stream { frames } else { 0 };
            let breaker = Rc::clone(breaker);
            let rest = Rest {
                chunks: chunks(body).boxed_local(),
                frames,
                bytes,
                then,
                breaker,
            };
            resized(rest.stream(), size, bytes, then)
        }
        fault if is_stream => BoxBody::new(BodyStream::new(rewritten(body, fault))),
        _ => body,
    })
}

/// A body that keeps its declared length, unless it must end as if it were complete.
fn resized(
    chunks: impl Stream<Item = Chunk> + 'static,
    size: BodySize,
    bytes: usize,
    then: Then,
) -> BoxBody {
    let chunks = Box::pin(chunks);
    match size {
        BodySize::Sized(mut length) => {
            if then == Then::End {
                length = length.min(bytes as u64);
            }
            BoxBody::new(SizedStream::new(length, chunks))
        }
        BodySize::None | BodySize::Stream => BoxBody::new(BodyStream::new(chunks)),
    }
}

/// A body that is truncated.
struct Rest {
    chunks: LocalBoxStream<'static, Chunk>,
    frames: usize,
    bytes: usize,
    then: Then,
    breaker: Rc<ConnectionBreaker>,
}

impl Rest {
    fn stream(self) -> impl Stream<Item = Chunk> {
        stream::unfold(self, |mut rest| async move {
            let chunk = rest.next().await?;
            Some((chunk, rest))
        })
    }

    async fn next(&mut self) -> Option<Chunk> {
        if self.frames == 0 && self.bytes == 0 {
            let how = match self.then {
                Then::End => return None,
                Then::Close => Break::Close,
                Then::Reset => Break::Reset,
                Then::Hang => Break::Hang,
            };
            // Requested once the earlier bytes are in the connection's buffer, which is flushed before the break.
            self.breaker.trip(how);
            return pending().await;
        }
        let mut chunk = match self.chunks.next().await? {
            Ok(chunk) => chunk,
            Err(error) => return Some(Err(error)),
        };
        if self.frames == 0 {
            chunk.truncate(self.bytes);
            self.bytes -= chunk.len();
        } else if !is_comment(&chunk) {
            self.frames -= 1;
        }
        Some(Ok(chunk))
    }
}

fn chunks(mut body: BoxBody) -> impl Stream<Item = Chunk> {
    stream::poll_fn(move |cx| Pin::new(&mut body).poll_next(cx))
}

/// A rewritten event stream.
fn rewritten(body: BoxBody, fault: Fault) -> LocalBoxStream<'static, Chunk> {
    match fault {
        Fault::KeepAlives => keep_alives().boxed_local(),
        Fault::ErrorFrame(message) => {
            stream::iter([Ok(frame("error", &json!({ "message": message })))]).boxed_local()
        }
        Fault::Bom => {
            let mark = Bytes::from_static("\u{feff}".as_bytes());
            stream::iter([Ok(mark)]).chain(chunks(body)).boxed_local()
        }
        fault => chunks(body)
            .flat_map(move |chunk| {
                let parts = match chunk {
                    Ok(chunk) => rewritten_chunk(chunk, &fault).into_iter().map(Ok).collect(),
                    Err(error) => vec![Err(error)],
                };
                apart(parts)
            })
            .boxed_local(),
    }
}

/// Parts that arrive one after the other.
fn apart(parts: Vec<Chunk>) -> impl Stream<Item = Chunk> {
    stream::iter(parts.into_iter().enumerate()).then(|(index, part)| async move {
        if index > 0 {
            tokio::time::sleep(APART).await;
        }
        part
    })
}

/// A stream of keep-alives only.
fn keep_alives() -> impl Stream<Item = Chunk> {
    stream::unfold(false, |late| async move {
        if late {
            tokio::time::sleep(KEEP_ALIVE).await;
        }
        Some((Ok(COMMENT), true))
    })
}

/// Useless to any client: an unknown field, an unknown event, bad numbers, half of a JSON document, and invalid UTF-8.
const GARBAGE: &[u8] = b"colour: blue\n\nevent: surprise\ndata: 1\n\nretry: soon\nid\n\n\
    event: progress\ndata: {\"progress\":\n\nevent: progress\ndata: {\"progress\":\"half\"}\n\ndata: \xff\xfe\n\n";

/// An id that no deployment has.
const FOREIGN_ID: &str = "00000000-0000-4000-8000-000000000000";

/// Whether a chunk is a comment.
fn is_comment(chunk: &[u8]) -> bool {
    chunk.starts_with(b":")
}

/// Replaces `chunk`, a frame or a comment, by nothing or by parts that arrive separately.
fn rewritten_chunk(chunk: Bytes, fault: &Fault) -> Vec<Bytes> {
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
