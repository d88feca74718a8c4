//! Carries out what a test's hook decided for a request.

use super::super::state::State;
use super::super::traffic::{Reply, Then};
use actix_http::body::{BodyStream, BoxBody};
use actix_http::{Response, StatusCode, header};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::rc::Rc;

/// The response that makes up the reply, if any ever comes.
pub(super) async fn response(
    reply: Reply,
    state: Rc<State>,
    client: Option<SocketAddr>,
) -> Response<BoxBody> {
    match reply {
        Reply::Answer {
            status,
            headers,
            body,
        } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = Response::build(status);
            for header in headers {
                response.append_header(header);
            }
            response.body(body).map_into_boxed_body()
        }
        Reply::Close => {
            state.cut(client);
            pending().await
        }
        Reply::Hang => pending().await,
        Reply::Stream { bytes, then } => {
            // Polled once the bytes are in the connection's buffer, which is flushed before a cut is noticed.
            let rest = stream::once(async move {
                match then {
                    Then::End => return,
                    Then::Close => state.cut(client),
                    Then::Hang => {}
                }
                pending::<()>().await;
            });
            let rest = rest.filter_map(async |()| None);
            let bytes = stream::iter([Ok::<Bytes, Infallible>(bytes)]);
            event_stream(BoxBody::new(BodyStream::new(Box::pin(bytes.chain(rest)))))
        }
    }
}

/// A 200 whose body is an event stream.
pub(super) fn event_stream(body: BoxBody) -> Response<BoxBody> {
    Response::build(StatusCode::OK)
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(body)
        .map_into_boxed_body()
}
