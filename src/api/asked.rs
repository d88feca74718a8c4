//! A request that went wrong, as a `Failure`: how far it got, in whose words, and what to do about it.

use super::error_body::{readable, words};
use super::plain::io_error;
use super::reply::{Head, LARGEST, Reply, Stop};
use crate::model::{ErrorInfo, Failure, FailureKind, Secret};
use actix_http::error::ParseError;
use awc::ClientResponse;
use awc::error::{ConnectError, SendRequestError};
use awc::http::StatusCode;
use serde::de::DeserializeOwned;
use std::io;
use std::time::Duration;

mod hint;

/// What was asked, of whom and for whom: all that a failure needs to say about it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Method and path, `POST /v1/projects/deploy`.
    pub(super) request: String,
    /// Whether the server does something about it, so that a lost reply leaves a doubt.
    pub(super) may_change: bool,
    /// The API's host and port.
    pub(super) host: String,
    /// The account's id.
    pub(super) account: String,
    /// Cut out of everything the server says: some servers repeat the request in their error pages.
    pub(super) key: Secret,
}

impl Asked {
    /// There was no reply within the time limit.
    pub(super) fn timed_out(&self, limit: Duration) -> Failure {
        let limit = humantime::format_duration(limit);
        self.lost(None, &format!("No reply within {limit}"))
    }

    /// There was no reply, for this reason.
    pub(super) fn not_answered(&self, error: SendRequestError) -> Failure {
        match error {
            // awc files this under connecting; it is a connection closed before the reply's head.
            SendRequestError::Connect(ConnectError::Disconnected) => {
                self.lost(None, "The connection was closed before a reply came")
            }
            SendRequestError::Connect(error) => self.not_connected(&error),
            SendRequestError::Send(error) | SendRequestError::Response(ParseError::Io(error)) => {
                let error = io_error(&error);
                self.lost(
                    None,
                    &format!("The connection broke before a reply came ({error})"),
                )
            }
            SendRequestError::Response(error) => {
                self.unexpected(None, &format!("The reply cannot be read as HTTP ({error})"))
            }
            other => self.unsendable(
                &format!("The request could not be sent: {other}."),
                hint::URL,
            ),
        }
    }

    /// For operators: which request, for whom, how long until the reply's head, and what that was.
    pub(super) fn log(&self, took: Duration, answered: &Result<ClientResponse, Failure>) {
        let (request, account, took) = (&self.request, &self.account, took.as_millis());
        match answered {
            Ok(reply) => {
                let status = reply.status().as_u16();
                tracing::debug!(%request, %account, status, took_ms = took, "answered");
            }
            Err(failure) => {
                let error = &failure.error.message;
                tracing::debug!(%request, %account, %error, took_ms = took, "not answered");
            }
        }
    }

    fn not_connected(&self, error: &ConnectError) -> Failure {
        let host = &self.host;
        let (message, hint) = match error {
            ConnectError::Resolver(_) | ConnectError::NoRecords => {
                (format!("The host of {host} was not found."), hint::DNS)
            }
            ConnectError::Timeout => (
                format!("Connecting to {host} took too long."),
                hint::NETWORK,
            ),
            ConnectError::Io(error) if is_tls(error) => {
                let why = io_error(error);
                (format!("No secure connection to {host}: {why}."), hint::TLS)
            }
            ConnectError::Io(error) => {
                let hint = if error.kind() == io::ErrorKind::ConnectionRefused {
                    hint::REFUSED
                } else {
                    hint::NETWORK
                };
                (
                    format!("Cannot connect to {host}: {}.", io_error(error)),
                    hint,
                )
            }
            other => (format!("Cannot connect to {host}: {other}."), hint::NETWORK),
        };
        self.failure(
            FailureKind::Connection,
            None,
            message,
            Some(hint.to_owned()),
        )
    }

    /// A reply whose status is no success.
    pub(super) fn refused(&self, reply: &Reply) -> Failure {
        let Head {
            status,
            retry_after,
            ref redirect_host,
            ..
        } = reply.head;
        let kind = match status {
            // awc takes a preliminary reply for the reply itself and leaves that unread.
            100..=199 => return self.lost(Some(status), "Only a preliminary reply came"),
            300..=399 => return self.redirected(status, redirect_host.as_deref()),
            408 | 429 | 500..=599 => FailureKind::Busy,
            400..=499 => FailureKind::Refused,
            _ => return self.unexpected(Some(status), &format!("The API answered HTTP {status}")),
        };
        let words = words(&reply.body);
        let message = if words.message.is_empty() {
            format!("The API answered {}.", named(status))
        } else {
            self.clean(&words.message)
        };
        let hint = hint::of_status(status, self.request.starts_with("GET "), &self.account);
        let mut failure = self.failure(kind, Some(status), message, hint);
        failure.error.code = words.code.map(|code| self.clean(&code));
        failure.retry_after = retry_after;
        failure
    }

    fn redirected(&self, status: u16, host: Option<&str>) -> Failure {
        let to = host.map_or_else(String::new, |host| format!(" to {}", self.clean(host)));
        let message = format!("The API redirects the request{to} (HTTP {status}).");
        let hint = Some(hint::REDIRECT.to_owned());
        self.failure(FailureKind::Unexpected, Some(status), message, hint)
    }

    /// The JSON of a good reply. Once it is whole, nothing that comes after it matters.
    ///
    /// # Errors
    /// `ReplyLost` where the body ends too early; `Unexpected` where it is something else.
    pub(super) fn json<T: DeserializeOwned>(&self, reply: &Reply) -> Result<T, Failure> {
        let status = Some(reply.head.status);
        let text = String::from_utf8_lossy(&reply.body);
        serde_json::from_str(&text).map_err(|error| match &reply.stopped {
            Some(Stop::Lost(what)) => self.lost(status, what),
            Some(Stop::TooLarge) => {
                let limit = LARGEST >> 20;
                self.unexpected(status, &format!("The reply is larger than {limit} MiB"))
            }
            None if reply.is_cut_short(&error) => self.lost(status, "The reply was cut short"),
            None if reply.head.is_unbounded => {
                self.unexpected(status, "The reply does not say where it ends")
            }
            None => {
                let what = self.excerpt(&reply.body);
                self.unexpected(
                    status,
                    &format!("The reply is not what the API sends: {what}"),
                )
            }
        })
    }

    /// The request was sent and its reply is not known. `what` is a sentence without its full stop.
    pub(super) fn lost(&self, status: Option<u16>, what: &str) -> Failure {
        let message = format!("{what}{}.", self.doubt());
        self.failure(FailureKind::ReplyLost, status, message, None)
    }

    /// A reply that makes no sense. `what` is a sentence without its full stop.
    pub(super) fn unexpected(&self, status: Option<u16>, what: &str) -> Failure {
        let message = format!("{what}{}.", self.doubt());
        let hint = Some(hint::URL.to_owned());
        self.failure(FailureKind::Unexpected, status, message, hint)
    }

    /// Nothing was sent, and the same would be refused again.
    pub(super) fn unsendable(&self, message: &str, hint: &str) -> Failure {
        let hint = Some(hint.to_owned());
        self.failure(FailureKind::Refused, None, message.to_owned(), hint)
    }

    /// The beginning of a body, for an error message.
    pub(super) fn excerpt(&self, body: &[u8]) -> String {
        let text = self.clean(&readable(&String::from_utf8_lossy(body)));
        if text.is_empty() {
            return "it is empty".to_owned();
        }
        match text.char_indices().nth(120) {
            Some((cut, _)) => format!("“{}…”", &text[..cut]),
            None => format!("“{text}”"),
        }
    }

    fn doubt(&self) -> &'static str {
        if self.may_change {
            "; the API may have accepted the request all the same"
        } else {
            ""
        }
    }

    fn clean(&self, text: &str) -> String {
        match self.key.expose().trim() {
            "" => text.to_owned(),
            key => text.replace(key, "[API key]"),
        }
    }

    fn failure(
        &self,
        kind: FailureKind,
        http_status: Option<u16>,
        message: String,
        hint: Option<String>,
    ) -> Failure {
        Failure {
            kind,
            request: self.request.clone(),
            error: ErrorInfo {
                message,
                http_status,
                hint,
                ..ErrorInfo::default()
            },
            retry_after: None,
        }
    }
}

/// `HTTP 502 Bad Gateway`.
fn named(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok();
    match reason.and_then(|status| status.canonical_reason()) {
        Some(reason) => format!("HTTP {status} {reason}"),
        None => format!("HTTP {status}"),
    }
}

/// rustls reports through `io::Error`: its own errors inside one, or a connection that ends within the handshake.
fn is_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
        || error.kind() == io::ErrorKind::UnexpectedEof
}

#[cfg(test)]
mod tests;
