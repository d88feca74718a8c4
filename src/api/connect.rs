//! The API's location, the time limits of requests, and the connections. Sends nothing itself.

use super::dial::{Dialer, Server};
use crate::model::api_url;
use actix_service::fn_service;
use actix_tls::connect::{ConnectError, ConnectInfo, Connection};
use awc::Connector;
use awc::http::{Uri, header};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// The API's location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `http://` or `https://`, a host, and optionally a port and a path; a trailing slash is ignored.
    pub base_url: String,
}

/// The time limits of requests, from the start to the end of the response.
///
/// Measured with tokio's clock, so tests can advance it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Resolving the host and connecting, and the same again for TLS. Default 10 s.
    pub connect: Duration,
    /// Submitting an empty payload, or a deletion. Default 60 s.
    pub submit: Duration,
    /// The slowest upload that is accepted, in bytes per second: each payload byte adds to `submit`. Default 64
    /// KiB/s.
    pub upload_rate: u64,
    /// The time that a completion request may take beyond its requested wait. Default 15 s.
    pub completion_slack: Duration,
    /// Canceling a deployment. Default 15 s.
    pub cancel: Duration,
    /// Getting a deployment or an account. Default 15 s.
    pub get: Duration,
    /// Starting an event stream. Default 30 s.
    pub events_head: Duration,
    /// Silence of an event stream; keep-alive comments end it. Default 60 s.
    pub events_idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            submit: Duration::from_secs(60),
            upload_rate: 64 * 1024,
            completion_slack: Duration::from_secs(15),
            cancel: Duration::from_secs(15),
            get: Duration::from_secs(15),
            events_head: Duration::from_secs(30),
            events_idle: Duration::from_secs(60),
        }
    }
}

impl Timeouts {
    /// The time limit of a submission with this many bytes.
    pub(super) fn submit_of(&self, bytes: usize) -> Duration {
        let upload = bytes as u64 / self.upload_rate.max(1);
        self.submit.saturating_add(Duration::from_secs(upload))
    }
}

/// Why the client cannot be created; nothing was sent.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ClientError {
    /// An invalid base URL.
    #[error("the API URL {what}; it should look like https://api.checklyhq.com")]
    Url {
        /// What is wrong with it. Does not repeat the URL, which may contain a password.
        what: &'static str,
    },
    /// A value that an HTTP header cannot contain.
    #[error(
        "the header {name} cannot have the value {value:?}: it contains characters that are not allowed in headers"
    )]
    Header {
        /// The header, `x-checkly-operator`.
        name: &'static str,
        /// The value.
        value: String,
    },
    /// HTTPS without root certificates to verify the server.
    #[error(
        "no root certificates were found on this machine, so {host} cannot be verified{details}: install the system's CA \
         certificates (package ca-certificates), or name a PEM file in SSL_CERT_FILE"
    )]
    NoRoots {
        /// The host.
        host: String,
        /// The error of the search, in parentheses; or empty.
        details: String,
    },
    /// The TLS library rejected its settings.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
}

/// A valid base URL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Base {
    /// For awc: with a port, without a trailing slash, and always `http`, because the connector adds TLS.
    pub(super) url: String,
    /// Host and port, for messages and for the header.
    pub(super) host: String,
    name: url::Host,
    port: u16,
    https: bool,
}

impl Endpoint {
    pub(super) fn parse(&self) -> Result<Base, ClientError> {
        let url = api_url::parse(self.base_url.trim()).map_err(|what| ClientError::Url { what })?;
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            let what = "has no valid host or port";
            return Err(ClientError::Url { what });
        };
        let path = url.path().trim_end_matches('/');
        Ok(Base {
            url: format!("http://{host}:{port}{path}"),
            host: url.authority().to_owned(),
            name: host.to_owned(),
            port,
            https: url.scheme() == "https",
        })
    }
}

impl Base {
    /// The TLS configuration; `None` for plain HTTP, which needs no root certificates.
    pub(super) fn tls(&self) -> Result<Option<ClientConfig>, ClientError> {
        if !self.https {
            return Ok(None);
        }
        let roots = roots(rustls_native_certs::load_native_certs(), &self.host)?;
        tls(roots).map(Some)
    }
}

/// The HTTP client: no connection limit (an event stream occupies one for its whole life, and concurrency is limited
/// elsewhere), no redirects (they would send the payload and the key to another host), and no time limit of its own
/// (every call has one). Its connections are made by a [`Dialer`].
pub(super) fn http_client(
    base: &Base,
    tls: Option<ClientConfig>,
    timeouts: &Timeouts,
) -> awc::Client {
    let dialer = Rc::new(Dialer {
        server: Server::new(base.name.clone(), base.port),
        tls: tls.map(Arc::new),
        limit: timeouts.connect,
    });
    let connector =
        Connector::new().connector(Rc::new(fn_service(move |info: ConnectInfo<Uri>| {
            let dialer = dialer.clone();
            async move {
                let dialed = dialer.dial().await;
                let connection =
                    dialed.map_err(|error| ConnectError::Io(io::Error::other(error)))?;
                Ok::<_, ConnectError>(Connection::new(info.request().clone(), connection))
            }
        })));
    let connector = connector
        .limit(0)
        // Each step of the dialer has its own limit.
        .timeout(timeouts.connect * 4)
        // Shorter than any server's, so requests seldom meet a connection that is being closed.
        .conn_keep_alive(Duration::from_secs(20))
        .conn_lifetime(Duration::from_secs(24 * 60 * 60));
    let user_agent = concat!("orchestrate/", env!("CARGO_PKG_VERSION"));
    awc::Client::builder()
        .connector(connector)
        .disable_timeout()
        .disable_redirects()
        .add_default_header((header::USER_AGENT, user_agent))
        .add_default_header((header::HOST, base.host.as_str()))
        .finish()
}

/// The platform's root certificates. Invalid ones are skipped.
fn roots(
    found: rustls_native_certs::CertificateResult,
    host: &str,
) -> Result<RootCertStore, ClientError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let errors: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        let details = if errors.is_empty() {
            String::new()
        } else {
            format!(" ({})", errors.join("; "))
        };
        let host = host.to_owned();
        return Err(ClientError::NoRoots { host, details });
    }
    Ok(roots)
}

/// HTTP/1.1 only: awc's HTTP/2 pool can end all streams of a connection at once.
pub(super) fn tls(roots: RootCertStore) -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ClientError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests;
