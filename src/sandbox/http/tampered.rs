//! Replies that are damaged on the way: truncated or rewritten.

use super::super::script::{Break, Fault, Then};
use super::events::{COMMENT, KEEP_ALIVE};
use super::frames;
use super::line::Fuse;
use super::reply::EVENT_STREAM;
use actix_http::body::{BodySize, BodyStream, BoxBody, MessageBody, SizedStream};
use actix_http::{Response, header};
use bytes::Bytes;
use futures::stream::{self, LocalBoxStream};
use futures::{Stream, StreamExt as _};
use std::error::Error;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

/// A part of a body. Each chunk of an event stream is a frame or a comment.
type Chunk = Result<Bytes, Box<dyn Error>>;

/// The delay between two chunks that must arrive separately.
const APART: Duration = Duration::from_millis(10);

/// Damages a response. Faults of event streams leave other responses unchanged.
pub(super) fn tampered(
    response: Response<BoxBody>,
    fault: Fault,
    fuse: &Rc<Fuse>,
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
            let fuse = Rc::clone(fuse);
            let rest = Rest {
                body,
                frames,
                bytes,
                then,
                fuse,
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
        BodySize::Sized(length) if then == Then::End => {
            let length = length.min(u64::try_from(bytes).unwrap_or(u64::MAX));
            BoxBody::new(SizedStream::new(length, chunks))
        }
        BodySize::Sized(length) => BoxBody::new(SizedStream::new(length, chunks)),
        BodySize::None | BodySize::Stream => BoxBody::new(BodyStream::new(chunks)),
    }
}

/// A body that is truncated.
struct Rest {
    body: BoxBody,
    frames: usize,
    bytes: usize,
    then: Then,
    fuse: Rc<Fuse>,
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
            self.fuse.blow(how);
            return pending().await;
        }
        let mut chunk = match next(&mut self.body).await? {
            Ok(chunk) => chunk,
            Err(error) => return Some(Err(error)),
        };
        if self.frames == 0 {
            chunk.truncate(self.bytes);
            self.bytes -= chunk.len();
        } else if !frames::is_comment(&chunk) {
            self.frames -= 1;
        }
        Some(Ok(chunk))
    }
}

async fn next(body: &mut BoxBody) -> Option<Chunk> {
    poll_fn(|cx| Pin::new(&mut *body).poll_next(cx)).await
}

fn chunks(body: BoxBody) -> impl Stream<Item = Chunk> {
    stream::unfold(body, |mut body| async move {
        let chunk = next(&mut body).await?;
        Some((chunk, body))
    })
}

/// A rewritten event stream.
fn rewritten(body: BoxBody, fault: Fault) -> LocalBoxStream<'static, Chunk> {
    match fault {
        Fault::KeepAlives => keep_alives().boxed_local(),
        Fault::ErrorFrame(message) => {
            let frame = frames::error(&message);
            stream::iter([Ok(frame)]).boxed_local()
        }
        Fault::Bom => {
            let mark = Bytes::from_static("\u{feff}".as_bytes());
            stream::iter([Ok(mark)]).chain(chunks(body)).boxed_local()
        }
        fault => chunks(body)
            .flat_map(move |chunk| {
                let parts = match chunk {
                    Ok(chunk) => frames::rewritten(chunk, &fault)
                        .into_iter()
                        .map(Ok)
                        .collect(),
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
