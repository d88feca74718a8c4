//! The API's location and the connections to it. Sends nothing itself.

use super::dial::{Dialer, Server, Tls};
use super::identity::Identity;
use super::network::Network;
use super::timeouts;
use crate::model::{Secret, api_url};
use actix_service::fn_service;
use actix_tls::connect::{ConnectError, ConnectInfo, Connection};
use awc::Connector;
use awc::http::Uri;
use awc::http::header::{self, HeaderValue};
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
    /// Its proxy and certificate authorities.
    pub network: Network,
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
    /// A proxy that cannot be used.
    #[error("{variable} {what}; it should look like http://proxy.example:3128")]
    Proxy {
        /// The variable that names it.
        variable: &'static str,
        /// What is wrong with it. Does not repeat the URL, which may contain a password.
        what: &'static str,
    },
    /// A file of certificate authorities that cannot be used.
    #[error("cannot use the CA certificates of {path}, which {variable} names: {why}")]
    CaFile {
        /// The variable.
        variable: &'static str,
        /// Its value.
        path: String,
        /// What is wrong with it.
        why: String,
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

/// A valid endpoint.
pub(super) struct Base {
    /// Host and port. For awc, the scheme is always `http`: the connector adds TLS.
    authority: String,
    /// The path without a trailing slash; for a proxy that forwards plain HTTP, the whole URL.
    prefix: String,
    /// Host and port, for messages and for the header.
    pub(super) host: String,
    dialer: Dialer,
}

impl Endpoint {
    /// Reads the files of certificate authorities, if HTTPS needs them.
    pub(super) fn parse(&self) -> Result<Base, ClientError> {
        let url = api_url::parse(self.base_url.trim()).map_err(|what| ClientError::Url { what })?;
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            let what = "has no valid host or port";
            return Err(ClientError::Url { what });
        };
        let is_https = url.scheme() == "https";
        let proxy = self.network.proxy(&url)?;
        let tls = if is_https || proxy.as_ref().is_some_and(|proxy| proxy.is_https) {
            let (roots, trusted) = self.network.roots(url.authority())?;
            let config = Arc::new(tls(roots)?);
            Some(Tls { config, trusted })
        } else {
            None
        };
        let is_forwarded = proxy.is_some() && !is_https;
        let prefix = if is_forwarded {
            url.as_str()
        } else {
            url.path()
        };
        Ok(Base {
            authority: format!("{host}:{port}"),
            prefix: prefix.trim_end_matches('/').to_owned(),
            host: url.authority().to_owned(),
            dialer: Dialer {
                server: Server::new(host.to_owned(), port),
                tls,
                is_https,
                proxy,
            },
        })
    }
}

impl Base {
    /// The URL of a request for awc, which sends its path as it is.
    pub(super) fn uri(&self, path: &str) -> Result<Uri, String> {
        let uri = Uri::builder().scheme("http").authority(&*self.authority);
        let uri = uri.path_and_query(format!("{}{path}", self.prefix));
        uri.build().map_err(|error| error.to_string())
    }

    /// The login for the proxy, in all its forms.
    pub(super) fn proxy_secrets(&self) -> &[Secret] {
        self.dialer
            .proxy
            .as_ref()
            .map_or(&[], |proxy| &proxy.secrets)
    }

    /// The proxy, for messages.
    pub(super) fn proxy(&self) -> Option<&str> {
        Some(&self.dialer.proxy.as_ref()?.name)
    }
}

/// The HTTP client: no connection limit (an event stream occupies one for its whole life, and concurrency is limited
/// elsewhere), no redirects (they would send the payload and the key to another host), and no time limit of its own
/// (every call has one). Its connections are made by a [`Dialer`].
pub(super) fn http_client(
    base: &Rc<Base>,
    identity: &Identity,
) -> Result<awc::Client, ClientError> {
    let dialing = base.clone();
    let connector =
        Connector::new().connector(Rc::new(fn_service(move |info: ConnectInfo<Uri>| {
            let base = dialing.clone();
            async move {
                let dialed = base.dialer.dial().await;
                let connection =
                    dialed.map_err(|error| ConnectError::Io(io::Error::other(error)))?;
                Ok::<_, ConnectError>(Connection::new(info.request().clone(), connection))
            }
        })));
    let connector = connector
        .limit(0)
        // Each step of the dialer has its own limit.
        .timeout(timeouts::CONNECT * 4)
        // Shorter than any server's, so requests seldom meet a connection that is being closed.
        .conn_keep_alive(Duration::from_secs(20))
        .conn_lifetime(Duration::from_secs(24 * 60 * 60));
    let mut client = awc::Client::builder()
        .connector(connector)
        .disable_timeout()
        .disable_redirects()
        .add_default_header((
            header::USER_AGENT,
            concat!("orchestrate/", env!("CARGO_PKG_VERSION")),
        ))
        .add_default_header((header::HOST, base.host.as_str()));
    for header in identity.headers()? {
        client = client.add_default_header(header);
    }
    // In a tunnel, the login is for the proxy only.
    let login = base.dialer.proxy.as_ref().filter(|_| !base.dialer.is_https);
    if let Some(login) = login.and_then(|proxy| proxy.authorization.as_ref())
        && let Ok(mut login) = HeaderValue::from_str(login.expose())
    {
        login.set_sensitive(true);
        client = client.add_default_header((header::PROXY_AUTHORIZATION, login));
    }
    Ok(client.finish())
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
