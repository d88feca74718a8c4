//! Recorded requests, and the replies of tests.

use super::script::{Fault, Then};
use bytes::Bytes;
use std::time::Duration;

/// One deployment, including those of other clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDeployment {
    /// The account's id.
    pub account: String,
    /// The project's logical id.
    pub logical_id: String,
    /// The deployment's id.
    pub id: String,
    /// `PENDING`, `RUNNING`, `SUCCEEDED`, `FAILED`, or `CANCELLED`.
    pub status: &'static str,
    /// When it ended, since the sandbox's start; `None` while it runs.
    pub ended: Option<Duration>,
}

/// One received request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// When it was received, since the sandbox's start.
    pub at: Duration,
    /// `GET`, `POST`, `DELETE`, …
    pub method: String,
    /// The path as sent, percent-encoded.
    pub path: String,
    /// The query as sent, without `?`; empty if there is none.
    pub query: String,
    /// Lowercase names and values, sorted by name (the HTTP parser does not keep their order). The API key is redacted.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed; empty if it could not be read.
    pub body: Bytes,
}

impl RecordedRequest {
    /// The first value of a header, by its lowercase name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }
}

/// How the sandbox replies to a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A custom answer; the request is not handled.
    Answer {
        /// The status code; an invalid one becomes 500.
        status: u16,
        /// Headers besides `content-length`.
        headers: Vec<(String, String)>,
        /// The body.
        body: Bytes,
    },
    /// A 200 of type `text/event-stream` with these bytes, followed by `then`; the request is not handled.
    Stream {
        /// The bytes, frames or not.
        bytes: Bytes,
        /// How the stream ends.
        then: Then,
    },
    /// The request is handled normally.
    Handle,
    /// A fault of a script.
    Fault(Fault),
    /// The reply is delayed by this long. A handled request is handled at once.
    After(Duration, Box<Reply>),
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.into(),
        }
    }
}

/// Receives every request before it is handled; `None` handles it normally.
pub(super) type Hook = Box<dyn FnMut(&RecordedRequest) -> Option<Reply>>;
