//! Reads one response to its end or to its size limit, without interpreting it.

use super::plain::body_error;
use super::retry_after::retry_after;
use awc::ClientResponse;
use awc::http::header::{CONTENT_LENGTH, HeaderName, LOCATION, TRANSFER_ENCODING};
use awc::http::{StatusCode, Uri, Version};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The largest successful response. A deployment's diff takes about 130 bytes per resource; this is enough for half a
/// million, and protects the memory.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;

/// The largest part of an error response that is read.
const LARGEST_ERROR: usize = 64 * 1024;

/// The head of a response.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// The host of a redirect.
    pub(super) redirect_host: Option<String>,
    /// The length of the body, if declared.
    pub(super) length: Option<usize>,
    /// HTTP/1.1 with neither a length nor chunks: legal, but unreadable for the HTTP library.
    pub(super) is_unbounded: bool,
}

/// A response, complete or not.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) head: Head,
    pub(super) body: Bytes,
    /// Why reading stopped before the body's end.
    pub(super) stopped: Option<Stop>,
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(super) enum Stop {
    TooLarge,
    /// The rest did not arrive; a sentence without a full stop.
    Lost(String),
}

impl Head {
    pub(super) fn of(response: &ClientResponse) -> Self {
        let headers = response.headers();
        let text = |name: HeaderName| headers.get(name)?.to_str().ok();
        let length = match response.status() {
            StatusCode::NO_CONTENT => Some(0),
            _ => text(CONTENT_LENGTH).and_then(|length| length.trim().parse().ok()),
        };
        let is_chunked = headers.contains_key(TRANSFER_ENCODING);
        Self {
            status: response.status().as_u16(),
            retry_after: retry_after(headers),
            redirect_host: text(LOCATION)
                .and_then(|location| location.parse::<Uri>().ok()?.host().map(str::to_owned)),
            length,
            is_unbounded: response.version() == Version::HTTP_11 && length.is_none() && !is_chunked,
        }
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Reply {
    /// Reads the body until it ends, breaks, exceeds its limit, or the deadline passes.
    pub(super) async fn read(head: Head, mut response: ClientResponse, deadline: Instant) -> Self {
        let limit = if head.is_success() {
            LARGEST
        } else {
            LARGEST_ERROR
        };
        let mut body = BytesMut::new();
        let stopped = loop {
            match timeout_at(deadline, response.next()).await {
                Err(_) => break Some(Stop::Lost("The response stalled".to_owned())),
                Ok(None) => break None,
                Ok(Some(Err(error))) => {
                    let why = body_error(&error);
                    let what = format!("The connection broke during the response ({why})");
                    break Some(Stop::Lost(what));
                }
                Ok(Some(Ok(piece))) => body.extend_from_slice(&piece),
            }
            if body.len() > limit {
                body.truncate(limit);
                break Some(Stop::TooLarge);
            }
        };
        Self {
            head,
            body: body.freeze(),
            stopped,
        }
    }

    /// Whether this JSON error means that the body was truncated.
    pub(super) fn is_cut_short(&self, error: &serde_json::Error) -> bool {
        match self.head.length {
            Some(length) => self.body.len() < length,
            None => error.is_eof() && !self.head.is_unbounded,
        }
    }
}
