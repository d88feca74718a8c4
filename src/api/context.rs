//! The context of a request, which turns its failure into a `Failure`: how far it got, the message, and advice.

use super::dial::DialError;
use super::error_body::{self, readable};
use super::json;
use super::reply::{Head, LARGEST, Reply, Stop, io_error};
use crate::model::{ErrorInfo, Failure, FailureKind, Redactor};
use actix_http::error::ParseError;
use awc::ClientResponse;
use awc::error::{ConnectError, SendRequestError};
use awc::http::StatusCode;
use serde::de::DeserializeOwned;
use std::io;
use std::time::Duration;

/// A request's context, for messages about its failure.
#[derive(Clone, Debug)]
pub(super) struct RequestContext {
    /// Method and path, `POST /v1/projects/deploy`.
    pub(super) request: String,
    /// Whether the server may change something, so a lost response leaves the result unknown.
    pub(super) may_change: bool,
    /// The API's host and port.
    pub(super) host: String,
    /// The proxy, if there is one: its host and its variable.
    pub(super) proxy: Option<String>,
    /// The account id.
    pub(super) account: String,
    /// Redacts everything that the server sends.
    pub(super) redactor: Redactor,
}

impl RequestContext {
    /// No response arrived within the time limit.
    pub(super) fn timed_out(&self, limit: Duration) -> Failure {
        let limit = humantime::format_duration(limit);
        self.lost(None, &format!("No response within {limit}"))
    }

    /// No response arrived, for this reason.
    pub(super) fn not_answered(&self, error: SendRequestError) -> Failure {
        match error {
            // awc reports this as a connect error; it is a connection closed before the response's head.
            SendRequestError::Connect(ConnectError::Disconnected) => {
                self.lost(None, "The connection was closed before a response arrived")
            }
            SendRequestError::Connect(ConnectError::Io(error)) => match dial_error(&error) {
                Some(error) => self.not_connected(error),
                None => self.not_connected(&DialError::Connect(error)),
            },
            // awc's own time limit, if it is shorter than the sum of the dialer's.
            SendRequestError::Connect(ConnectError::Timeout) => {
                self.not_connected(&DialError::TimedOut)
            }
            SendRequestError::Send(error) | SendRequestError::Response(ParseError::Io(error)) => {
                if error.kind() == io::ErrorKind::InvalidData && error.raw_os_error().is_none() {
                    let what = format!("The response is not valid HTTP ({error})");
                    return self.unexpected(None, &what);
                }
                let error = io_error(&error);
                self.lost(
                    None,
                    &format!("The connection broke before a response arrived ({error})"),
                )
            }
            SendRequestError::Response(error) => {
                self.unexpected(None, &format!("The response is not valid HTTP ({error})"))
            }
            other => self.unsendable(
                &format!("The request could not be sent: {other}."),
                hint::URL,
            ),
        }
    }

    /// For operators: the request, its account, the time until the response's head, and the result.
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

    fn not_connected(&self, error: &DialError) -> Failure {
        let (message, hint) = self.no_connection(error, &self.host);
        let kind = match error {
            DialError::Certificate { .. } => FailureKind::Certificate,
            DialError::Proxy { error, .. } if matches!(**error, DialError::Certificate { .. }) => {
                FailureKind::Certificate
            }
            DialError::Refused {
                status: 408 | 429, ..
            } => FailureKind::Connection,
            DialError::Refused {
                status: 400..=499, ..
            } => FailureKind::Refused,
            _ => FailureKind::Connection,
        };
        self.failure(kind, None, message, Some(hint.to_owned()))
    }

    /// The message and the advice about a connection to this host.
    fn no_connection(&self, error: &DialError, host: &str) -> (String, &'static str) {
        match error {
            DialError::Resolve(why) => (
                format!("Cannot resolve the host name of {host}: {why}."),
                hint::DNS,
            ),
            DialError::TimedOut => (format!("Connecting to {host} timed out."), hint::NETWORK),
            DialError::Connect(error) => {
                let hint = if error.kind() == io::ErrorKind::ConnectionRefused {
                    hint::REFUSED
                } else {
                    hint::NETWORK
                };
                let why = io_error(error);
                (format!("Cannot connect to {host}: {why}."), hint)
            }
            DialError::Tls(error) => {
                let why = io_error(error);
                (
                    format!("Cannot establish a secure connection to {host}: {why}."),
                    hint::TLS,
                )
            }
            DialError::Certificate { why, trusted } => (
                format!(
                    "The certificate of {host} is not accepted: {why}; trusted are the certificate authorities of {trusted}."
                ),
                hint::CERTIFICATE,
            ),
            DialError::Proxy { name, error } => {
                let (message, hint) = self.no_connection(error, &format!("the proxy {name}"));
                match **error {
                    DialError::Certificate { .. } => (message, hint),
                    _ => (message, hint::PROXY),
                }
            }
            // Some proxies send a 401 for a wrong login.
            DialError::Refused {
                name,
                status: status @ (401 | 407),
            } => (
                format!("The proxy {name} requires a valid login (HTTP {status})."),
                hint::PROXY_LOGIN,
            ),
            DialError::Refused { name, status } => {
                let status = named(*status);
                (
                    format!("The proxy {name} does not connect to {host} ({status})."),
                    hint::PROXY,
                )
            }
        }
    }

    fn redirected(&self, status: u16, host: Option<&str>) -> Failure {
        let to = host.map_or_else(String::new, |host| format!(" to {}", self.clean(host)));
        let message = format!("The API redirected the request{to} (HTTP {status}).");
        let hint = Some(hint::REDIRECT.to_owned());
        self.failure(FailureKind::Unexpected, Some(status), message, hint)
    }

    /// The request was sent and its response is unknown. `what` is a sentence without its full stop.
    fn lost(&self, status: Option<u16>, what: &str) -> Failure {
        let message = format!("{what}{}.", self.ambiguity());
        self.failure(FailureKind::ReplyLost, status, message, None)
    }

    /// An unexpected response. `what` is a sentence without its full stop.
    fn unexpected(&self, status: Option<u16>, what: &str) -> Failure {
        let message = format!("{what}{}.", self.ambiguity());
        let hint = Some(hint::URL.to_owned());
        self.failure(FailureKind::Unexpected, status, message, hint)
    }

    /// Nothing was sent, and a retry would fail again.
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

    fn ambiguity(&self) -> &'static str {
        if self.may_change {
            "; the API may have accepted the request"
        } else {
            ""
        }
    }

    fn clean(&self, text: &str) -> String {
        self.redactor.redact(text).into_owned()
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
            outage: None,
        }
    }
}

impl Reply {
    /// A response with an error status.
    pub(super) fn refused(&self) -> Failure {
        let Head {
            status,
            retry_after,
            ref redirect_host,
            ..
        } = self.head;
        let context = &self.context;
        let error = error_body::parse(&self.body);
        let kind = match status {
            300..=399 => return context.redirected(status, redirect_host.as_deref()),
            408 | 429 | 500..=599 => FailureKind::Busy,
            // Of the others, a proxy may send those about a login to it and about the size. A conflict is the caller's.
            407 | 409 | 413 => FailureKind::Refused,
            400..=499 if error.is_of_api => FailureKind::Refused,
            400..=499 => {
                let what = context.excerpt(&self.body);
                let what = format!("{} without the API's JSON: {what}", named(status));
                return self.unexpected(&format!("Unexpected response: {what}"));
            }
            _ => return self.unexpected(&format!("The API responded with HTTP {status}")),
        };
        let message = if status == 407 {
            let proxy = context
                .proxy
                .as_deref()
                .unwrap_or("between this machine and the API");
            format!("The proxy {proxy} requires a valid login (HTTP 407).")
        } else if error.message.is_empty() {
            format!("The API responded with {}.", named(status))
        } else {
            context.clean(&error.message)
        };
        let hint = hint::of_status(
            status,
            context.request.starts_with("GET "),
            &context.account,
        );
        let mut failure = context.failure(kind, Some(status), message, hint);
        failure.error.code = error.code.map(|code| context.clean(&code));
        failure.retry_after = retry_after;
        failure
    }

    /// The JSON of a successful response.
    ///
    /// # Errors
    /// `ReplyLost` if the body is truncated; `Unexpected` if it is something else.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let lost = |what| self.context.lost(Some(self.head.status), what);
        json::read(&self.body).map_err(|error| match &self.stopped {
            Some(Stop::Lost(what)) => lost(what),
            Some(Stop::TooLarge) => {
                let limit = LARGEST >> 20;
                self.unexpected(&format!("The response is larger than {limit} MiB"))
            }
            None if error.is_eof() && !self.head.is_sized => lost("The response was truncated"),
            None => {
                let what = self.context.excerpt(&self.body);
                self.unexpected(&format!("Unexpected response: {what}"))
            }
        })
    }

    /// The same for content that is not what was asked for. `what` is a sentence without its full stop.
    pub(super) fn unexpected(&self, what: &str) -> Failure {
        self.context.unexpected(Some(self.head.status), what)
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

/// The dialer's error, which awc passes on.
fn dial_error(error: &io::Error) -> Option<&DialError> {
    error.get_ref()?.downcast_ref()
}

/// Advice for failed requests, one sentence each.
mod hint {
    pub(super) const DNS: &str =
        "Check the spelling of the API URL, and that this machine can resolve host names.";
    pub(super) const REFUSED: &str =
        "No server listens there: check the API URL, and that the API is running.";
    pub(super) const NETWORK: &str = "Check the network, VPN, and firewall between this machine and the API; a proxy is used only if HTTPS_PROXY, HTTP_PROXY, or ALL_PROXY names it.";
    pub(super) const PROXY: &str = "Check the proxy and the variable that names it; NO_PROXY names hosts that are reached without it.";
    pub(super) const PROXY_LOGIN: &str =
        "Check the login in the variable that names the proxy: http://user:password@host:port.";
    pub(super) const TLS: &str = "Check that the API URL supports HTTPS.";
    pub(super) const CERTIFICATE: &str = "Check the API URL; if a proxy intercepts HTTPS, set NODE_EXTRA_CA_CERTS to a PEM file with its CA certificate.";
    pub(super) const URL: &str = "Check that the API URL is that of the Checkly API, and that no proxy or login page responds instead.";
    pub(super) const REDIRECT: &str =
        "Set the API URL to the redirect's target, if that is the Checkly API.";

    /// Advice for a status. `reads` distinguishes requests that only read from those that deploy, or would.
    pub(super) fn of_status(status: u16, reads: bool, account: &str) -> Option<String> {
        Some(match status {
            401 => format!("Check the API key and the account id {account}."),
            403 if reads => format!("Check that the API key may read account {account}."),
            403 => format!("Check that the API key may deploy to account {account}."),
            402 => format!(
                "The plan of account {account} does not include this: change the plan or the project."
            ),
            404 => "The API has no such resource: check the API URL and the account id.".to_owned(),
            407 => PROXY_LOGIN.to_owned(),
            413 => "The payload is larger than the API accepts: split the project.".to_owned(),
            429 => "Lower the account's `rate`, or set `--rate`; then try again.".to_owned(),
            408 | 500..=599 => "The API is failing or overloaded: try again later.".to_owned(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
