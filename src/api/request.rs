//! One request: sends it and receives the response before one deadline.

use super::context::RequestContext;
use super::reply::{Head, Reply};
use crate::model::Failure;
use actix_http::body::{MessageBody, SizedStream};
use awc::http::header::CONTENT_TYPE;
use awc::{ClientRequest, ClientResponse};
use bytes::Bytes;
use futures::stream;
use std::borrow::Cow;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The media type of event streams.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// A prepared request.
pub(super) struct Request {
    pub(super) http: ClientRequest,
    pub(super) context: RequestContext,
}

/// A response whose head has arrived.
pub(super) struct Response {
    pub(super) context: RequestContext,
    pub(super) head: Head,
    pub(super) http: ClientResponse,
    deadline: Instant,
}

impl Request {
    /// Sends the request; `limit` covers the whole response.
    pub(super) async fn send(
        self,
        body: impl MessageBody + 'static,
        limit: Duration,
    ) -> Result<Response, Failure> {
        let Self { http, context } = self;
        let sent = Instant::now();
        let deadline = sent + limit;
        let received = match timeout_at(deadline, http.send_body(body)).await {
            Err(_) => Err(context.timed_out(limit)),
            Ok(Err(error)) => Err(context.not_answered(error)),
            Ok(Ok(http)) => Ok(http),
        };
        context.log(sent.elapsed(), &received);
        received.map(|http| Response {
            context,
            head: Head::of(&http),
            http,
            deadline,
        })
    }
}

impl Response {
    /// Reads the response's body, as far as it arrives.
    pub(super) async fn read(self) -> Reply {
        let mut reply = Reply::read(self.context, self.head, self.http, self.deadline).await;
        // Before anything is parsed, cut, shown, or stored.
        let redactor = &reply.context.redactor;
        if reply.stopped.is_some() {
            reply.body.truncate(redactor.whole(&reply.body));
        }
        let text = String::from_utf8_lossy(&reply.body);
        if let Cow::Owned(redacted) = redactor.redact(&text) {
            reply.body = redacted.into();
        }
        reply
    }

    /// Whether the body is a readable event stream, which excludes a compressed one.
    pub(super) fn is_event_stream(&self) -> bool {
        let value = self.http.headers().get(CONTENT_TYPE);
        let kind = value.and_then(|value| value.to_str().ok()?.split(';').next());
        self.head.status == 200
            && !self.head.is_gzipped
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
