//! Where the API is, how long to wait for it, and the connections to it. Sends nothing itself.

use awc::Connector;
use awc::http::Uri;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Where the API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `http://` or `https://`, a host, perhaps a port and a path; a slash at the end does not matter.
    pub base_url: String,
}

/// How long each kind of request may take, from its start to the end of its reply.
///
/// Measured with tokio's clock, so that tests can let hours pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To look up the host and connect, and as much again for TLS. Default 10 s.
    pub connect: Duration,
    /// To submit an empty payload, or a deletion: the server may take its time before it accepts. Default 60 s.
    pub submit: Duration,
    /// The slowest upload that is still waited for, in bytes per second: each payload byte adds to `submit`.
    /// Default 64 KiB/s.
    pub upload_rate: u64,
    /// What a completion request may take beyond the time the server was asked to hold it. Default 15 s.
    pub completion_slack: Duration,
    /// To cancel a deployment. Default 15 s.
    pub cancel: Duration,
    /// To look a deployment or an account up. Default 15 s.
    pub get: Duration,
    /// Until an event stream begins. Default 30 s.
    pub events_head: Duration,
    /// How long an event stream may be silent, keep-alive comments being no silence. Default 60 s.
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
    /// How long a submission of this many bytes may take.
    pub(super) fn submit_of(&self, bytes: usize) -> Duration {
        let upload = bytes as u64 / self.upload_rate.max(1);
        self.submit.saturating_add(Duration::from_secs(upload))
    }
}

/// Why there can be no client; nothing has been sent.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ClientError {
    /// The base URL cannot be used.
    #[error("the API URL {what}; it should look like https://api.checklyhq.com")]
    Url {
        /// What is wrong with it, without repeating it: it might hold a password.
        what: &'static str,
    },
    /// A value that no HTTP header can carry.
    #[error(
        "the header {name} cannot be sent with the value {value:?}: it has characters that no header may have"
    )]
    Header {
        /// The header, `x-checkly-operator`.
        name: &'static str,
        /// The value.
        value: String,
    },
    /// HTTPS is asked for and there is no certificate to check the server's against.
    #[error(
        "no root certificates were found on this machine, so {host} cannot be trusted{details}: install the system's CA \
         certificates (package ca-certificates), or name a PEM file in SSL_CERT_FILE"
    )]
    NoRoots {
        /// The host that was to be reached.
        host: String,
        /// What went wrong while looking, in brackets; or nothing.
        details: String,
    },
    /// The TLS library refused its settings.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// A base URL that was found good.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Base {
    /// Without a slash at the end, ready for a path.
    pub(super) url: String,
    /// Host and port, for messages.
    pub(super) host: String,
    https: bool,
}

impl Endpoint {
    pub(super) fn parse(&self) -> Result<Base, ClientError> {
        let bad = |what| Err(ClientError::Url { what });
        let text = self.base_url.trim();
        let Ok(uri) = text.parse::<Uri>() else {
            return bad("is not a URL");
        };
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) => return bad("is neither http nor https"),
            None => return bad("does not begin with http:// or https://"),
        };
        let Some(authority) = uri.authority().filter(|a| !a.host().is_empty()) else {
            return bad("names no host");
        };
        if authority.as_str().contains('@') {
            return bad("holds a user name or password");
        }
        if uri.query().is_some() || text.contains('#') {
            return bad("has a query or a fragment");
        }
        Ok(Base {
            url: text.trim_end_matches('/').to_owned(),
            host: authority.as_str().to_owned(),
            https,
        })
    }
}

impl Base {
    /// How to speak TLS with it; `None` for plain HTTP, which needs no root certificates.
    pub(super) fn tls(&self) -> Result<Option<ClientConfig>, ClientError> {
        if !self.https {
            return Ok(None);
        }
        let roots = roots(rustls_native_certs::load_native_certs(), &self.host)?;
        tls(roots).map(Some)
    }
}

/// The HTTP client: no limit on connections (an event stream holds one for its whole life, and what runs
/// at once is limited elsewhere), no redirects (they would carry the payload and the key to another host), and no time
/// limit of its own (every call brings one).
pub(super) fn http_client(tls: Option<ClientConfig>, timeouts: &Timeouts) -> awc::Client {
    let mut connector = Connector::new()
        .limit(0)
        .timeout(timeouts.connect)
        .handshake_timeout(timeouts.connect)
        // Shorter than any server's, so that a request seldom meets a connection that is just being closed.
        .conn_keep_alive(Duration::from_secs(20))
        .conn_lifetime(Duration::from_secs(24 * 60 * 60));
    if let Some(tls) = tls {
        connector = connector.rustls_0_23(Arc::new(tls));
    }
    awc::Client::builder()
        .connector(connector)
        .disable_timeout()
        .disable_redirects()
        .add_default_header((
            "user-agent",
            concat!("orchestrate/", env!("CARGO_PKG_VERSION")),
        ))
        .finish()
}

/// The platform's root certificates. A single bad one among them is no reason to give up.
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

/// HTTP/1.1 only: awc's HTTP/2 pool can end every stream of a connection at once.
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
