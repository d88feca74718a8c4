//! What tests see of the traffic, and what they may do to it: recorded requests, and replies of their own.

use super::script::{Fault, Then};
use bytes::Bytes;
use std::time::Duration;

/// One deployment as the sandbox knows it, somebody else's included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDeployment {
    /// The account's id.
    pub account: String,
    /// The project's logical id.
    pub logical_id: String,
    /// The deployment's id.
    pub id: String,
    /// `PENDING`, `RUNNING`, `SUCCEEDED`, `FAILED` or `CANCELLED`.
    pub status: String,
    /// When it ended, since the sandbox's start; `None` while it runs.
    pub ended: Option<Duration>,
}

/// One request as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// When it was read, since the sandbox's start.
    pub at: Duration,
    /// `GET`, `POST`, `DELETE`, …
    pub method: String,
    /// The path as sent, still percent-encoded.
    pub path: String,
    /// The query as sent, without `?`; empty when there is none.
    pub query: String,
    /// Lower-case name and value, sorted by name (the HTTP parser does not keep their order). The API key is masked.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed; empty when it could not be read.
    pub body: Bytes,
}

impl RecordedRequest {
    /// The first value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }
}

/// What a hook makes the sandbox do with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// An answer of the hook's making; the request is not handled.
    Answer {
        /// The status code; one that HTTP does not know becomes 500.
        status: u16,
        /// Headers besides `content-length`.
        headers: Vec<(String, String)>,
        /// The body.
        body: Bytes,
    },
    /// A 200 of type `text/event-stream` with these bytes, then what `then` says; the request is not handled.
    Stream {
        /// The bytes sent, frames or not.
        bytes: Bytes,
        /// How it goes on.
        then: Then,
    },
    /// The connection is closed without a reply; the request is not handled.
    Close,
    /// No reply ever comes; the request is not handled.
    Hang,
    /// The request is handled as if there were no hook.
    Handle,
    /// What a script can do to a request.
    Fault(Fault),
    /// The reply is held back for this long. What is handled is handled at once.
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

/// Sees every request before it is handled; `None` lets it pass.
pub(super) type Hook = Box<dyn FnMut(&RecordedRequest) -> Option<Reply>>;
