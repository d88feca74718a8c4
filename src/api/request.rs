//! One request: sends it and receives the head of the response.

use super::context::RequestContext;
use super::reply::{Head, Response};
use crate::model::Failure;
use actix_http::body::{MessageBody, SizedStream};
use awc::ClientRequest;
use bytes::Bytes;
use futures::stream;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A prepared request.
pub(super) struct Request {
    pub(super) http: ClientRequest,
    pub(super) context: RequestContext,
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

/// A body of known size in slices: awc would copy a whole one into its write buffer.
pub(super) fn in_slices(payload: Bytes) -> impl MessageBody {
    const SLICE: usize = 64 * 1024;
    let size = payload.len();
    let slices = (0..size)
        .step_by(SLICE)
        .map(move |from| Ok::<_, Infallible>(payload.slice(from..size.min(from + SLICE))));
    SizedStream::new(size as u64, stream::iter(slices))
}
