//! One request: sends it and receives the response before one deadline.

use super::asked::Asked;
use super::reply::{Head, Reply};
use crate::model::Failure;
use actix_http::body::{MessageBody, SizedStream};
use awc::http::header::CONTENT_TYPE;
use awc::{ClientRequest, ClientResponse};
use bytes::Bytes;
use futures::stream;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The media type of event streams.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// A prepared request.
pub(super) struct Call {
    pub(super) request: ClientRequest,
    pub(super) asked: Asked,
}

/// A response whose head has arrived.
pub(super) struct Answer {
    pub(super) asked: Asked,
    pub(super) head: Head,
    pub(super) response: ClientResponse,
    deadline: Instant,
}

impl Call {
    /// Sends the request; `limit` covers the whole response.
    pub(super) async fn send(
        self,
        body: impl MessageBody + 'static,
        limit: Duration,
    ) -> Result<Answer, Failure> {
        let Self { request, asked } = self;
        let sent = Instant::now();
        let deadline = sent + limit;
        let answered = match timeout_at(deadline, request.send_body(body)).await {
            Err(_) => Err(asked.timed_out(limit)),
            Ok(Err(error)) => Err(asked.not_answered(error)),
            Ok(Ok(response)) => Ok(response),
        };
        asked.log(sent.elapsed(), &answered);
        answered.map(|response| Answer {
            asked,
            head: Head::of(&response),
            response,
            deadline,
        })
    }
}

impl Answer {
    /// Reads the response's body, as far as it arrives.
    pub(super) async fn read(self) -> (Asked, Reply) {
        let reply = Reply::read(self.head, self.response, self.deadline).await;
        (self.asked, reply)
    }

    /// Whether the body is a readable event stream.
    pub(super) fn is_event_stream(&self) -> bool {
        let value = self.response.headers().get(CONTENT_TYPE);
        let kind = value.and_then(|value| value.to_str().ok()?.split(';').next());
        self.head.status == 200
            && !self.head.is_unbounded
            && kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(EVENT_STREAM))
    }
}

/// A body of known size in slices: awc would copy a whole one into its write buffer.
pub(super) fn in_slices(payload: Bytes) -> impl MessageBody {
    const SLICE: usize = 64 * 1024;
    let size = payload.len();
    let slices = (0..size)
        .step_by(SLICE)
        .map(move |from| Ok::<_, Infallible>(payload.slice(from..size.min(from + SLICE))));
    SizedStream::new(size as u64, stream::iter(slices))
}
