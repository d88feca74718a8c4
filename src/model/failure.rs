//! A request to the API that did not do what it was for.

use super::{ErrorInfo, Reason};
use std::time::Duration;

/// How far a request got before it failed: that decides whether it may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureKind {
    /// No connection: the server saw nothing.
    Connection,
    /// The request was sent, at least in part, and no reply came: the server may have acted on it.
    ReplyLost,
    /// 408, 429 or 5xx: the server could not answer now.
    Busy,
    /// Any other 4xx: the same request will be refused again.
    Refused,
    /// A reply that is not what the API sends: a wrong type, a body that cannot be read, a redirect.
    Unexpected,
}

/// A failed request, with what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Failure {
    /// How far it got.
    pub kind: FailureKind,
    /// Method and path without the query, `POST /v1/projects/deploy`. Never a secret.
    pub request: String,
    /// The server's words, or ours where it said none.
    pub error: ErrorInfo,
    /// `Retry-After`, where the server sent one.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Whether the same request may well succeed a little later. Only a refusal is final: even a reply
    /// that makes no sense may come from something between us and the API.
    pub fn is_transient(&self) -> bool {
        self.kind != FailureKind::Refused
    }

    /// The machine word for it.
    pub fn reason(&self) -> Reason {
        match (self.kind, self.error.http_status) {
            (FailureKind::Connection, _) => Reason::CONNECTION,
            (FailureKind::Unexpected, _) => Reason::UNEXPECTED_RESPONSE,
            (FailureKind::Busy | FailureKind::Refused, Some(status)) => Reason::http(status),
            _ => Reason::NO_RESPONSE,
        }
    }
}
