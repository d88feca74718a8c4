//! A failed request to the API.

use super::{ErrorInfo, Reason};
use std::time::Duration;

/// How far a request got before it failed, which determines whether it may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureKind {
    /// No connection: the server received nothing.
    Connection,
    /// No connection, because the server's certificate is not accepted: a retry would fail again.
    Certificate,
    /// The request was sent, at least in part, without a response: the server may have processed it.
    ReplyLost,
    /// 408, 429, or 5xx: the server cannot process the request now.
    Busy,
    /// Any other 4xx: the server will refuse the same request again.
    Refused,
    /// Not a response of the API: a wrong content type, an unreadable body, a redirect.
    Unexpected,
}

/// A failed request and its error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Failure {
    /// How far it got.
    pub kind: FailureKind,
    /// Method and path without the query: `POST /v1/projects/deploy`. Contains no secret.
    pub request: String,
    /// The server's error, or a generated one if the server sent none.
    pub error: ErrorInfo,
    /// `Retry-After`, if the server sent it.
    pub retry_after: Option<Duration>,
    /// Set if the account was unavailable, so not only this request failed.
    pub outage: Option<Outage>,
}

/// What an outage means for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outage {
    /// It may be sent again; it then waits until the account is available.
    Pause,
    /// The account is available, but was not a moment ago: half of all requests may be failing. It is sent again after a
    /// delay.
    Flaky,
    /// It was not sent: the account has been unavailable for longer than the request may wait.
    LimitReached,
}

impl Failure {
    /// A failure of which nothing else is known.
    pub fn new(kind: FailureKind, http_status: Option<u16>) -> Self {
        Self {
            kind,
            request: String::new(),
            error: ErrorInfo {
                http_status,
                ..ErrorInfo::default()
            },
            retry_after: None,
            outage: None,
        }
    }

    /// Whether the same request may succeed later. Only a refusal is permanent, by the API or of a certificate: even an
    /// invalid response may come from a proxy in front of the API.
    pub fn is_transient(&self) -> bool {
        !matches!(self.kind, FailureKind::Refused | FailureKind::Certificate)
    }

    /// Whether it may be a sign that the API is unavailable: there was no response, or not one of the API, or a 5xx.
    pub fn may_be_outage(&self) -> bool {
        match self.kind {
            FailureKind::Connection | FailureKind::ReplyLost | FailureKind::Unexpected => true,
            FailureKind::Busy => self.error.http_status.is_none_or(|status| status >= 500),
            FailureKind::Refused | FailureKind::Certificate => false,
        }
    }

    /// Its reason.
    pub fn reason(&self) -> Reason {
        match (self.kind, self.error.http_status) {
            // A request that was never sent, because a proxy refused it or it cannot be written.
            (FailureKind::Connection, _) | (FailureKind::Refused, None) => Reason::Connection,
            (FailureKind::Certificate, _) => Reason::Certificate,
            (FailureKind::Unexpected, _) => Reason::UnexpectedResponse,
            (FailureKind::Busy | FailureKind::Refused, Some(status)) => Reason::Http(status),
            _ => Reason::NoResponse,
        }
    }
}
