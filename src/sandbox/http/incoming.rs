//! A request that has been read.

use super::super::world::Fate;
use super::body;
use super::problem::Problem;
use actix_http::header::HeaderMap;
use actix_http::{Method, Request};
use bytes::Bytes;

/// A request that has been read.
pub(super) struct Incoming {
    pub(super) method: Method,
    /// As sent.
    pub(super) path: String,
    /// As sent; empty if there is none.
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    /// Decompressed, or why it cannot be read.
    pub(super) body: Result<Bytes, Problem>,
    /// The fate of the deployment that it starts, if any.
    pub(super) fate: Fate,
}

/// Reads a whole request.
pub(super) async fn read(request: Request, max_body: usize) -> Incoming {
    let (mut head, payload) = request.into_parts();
    let headers = std::mem::take(&mut head.headers);
    Incoming {
        method: head.method.clone(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        body: body::read(payload, &headers, max_body).await,
        fate: Fate::default(),
        headers,
    }
}
