//! Opens connections to the API: addresses, proxies, TLS.

use super::connection::{Connection, Stream};
use super::network::Proxy;
use super::timeouts::CONNECT;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Host;

/// The head start of an address before the next one is tried beside it (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(250);

/// Why there is no connection. Nothing was sent.
#[derive(Debug, Error)]
pub(super) enum DialError {
    #[error("cannot resolve the host name ({0})")]
    Resolve(String),
    #[error("no connection: {0}")]
    Connect(io::Error),
    #[error("connecting timed out")]
    TimedOut,
    #[error("no secure connection: {0}")]
    Tls(io::Error),
    /// Permanent.
    #[error("the certificate is not accepted: {why}")]
    Certificate {
        why: String,
        /// Where the certificate authorities are from.
        trusted: String,
    },
    /// The proxy cannot be reached.
    #[error("no connection to the proxy {name}: {error}")]
    Proxy { name: String, error: Box<DialError> },
    /// The proxy does not connect to the API.
    #[error("the proxy {name} responds with HTTP {status}")]
    Refused { name: String, status: u16 },
}

/// A server's host and port, and its addresses, which are looked up once.
pub(super) struct Server {
    host: Host,
    port: u16,
    /// In the order in which they are tried: the last that accepted comes first. Replaced when none accepts a connection: they
    /// may have changed.
    addresses: RefCell<Rc<OnceCell<Vec<SocketAddr>>>>,
}

/// What verifies the certificates of servers.
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    /// Where the certificate authorities are from, for messages.
    pub(super) trusted: String,
}

/// Opens connections to one API.
pub(super) struct Dialer {
    pub(super) server: Server,
    /// For HTTPS, to the API or to the proxy.
    pub(super) tls: Option<Tls>,
    pub(super) is_https: bool,
    pub(super) proxy: Option<Proxy>,
}

impl Dialer {
    pub(super) async fn dial(&self) -> Result<Connection, DialError> {
        let mut stream = match &self.proxy {
            None => within(self.server.connect()).await?,
            Some(proxy) => {
                let reached = self.reach(proxy).await;
                let mut stream = reached.map_err(|error| DialError::Proxy {
                    name: proxy.name.clone(),
                    error: Box::new(error),
                })?;
                // Plain HTTP needs no tunnel: its requests name the API.
                if self.is_https {
                    let target = format!("{}:{}", self.server.host, self.server.port);
                    within(tunnel(&mut stream, proxy, &target)).await?;
                }
                stream
            }
        };
        if self.is_https {
            stream = within(self.secure(stream, &self.server.host)).await?;
        }
        Ok(Connection::new(stream))
    }

    async fn reach(&self, proxy: &Proxy) -> Result<Stream, DialError> {
        let stream = within(proxy.server.connect()).await?;
        if !proxy.is_https {
            return Ok(stream);
        }
        within(self.secure(stream, &proxy.server.host)).await
    }

    /// Adds TLS with a server.
    async fn secure(&self, stream: Stream, host: &Host) -> Result<Stream, DialError> {
        let Some(tls) = &self.tls else {
            return Err(DialError::Tls(io::ErrorKind::Unsupported.into()));
        };
        let name = match host {
            Host::Domain(name) => ServerName::try_from(name.clone())
                .map_err(|error| DialError::Tls(io::Error::other(error)))?,
            Host::Ipv4(ip) => ServerName::from(IpAddr::from(*ip)),
            Host::Ipv6(ip) => ServerName::from(IpAddr::from(*ip)),
        };
        let connector = TlsConnector::from(tls.config.clone());
        match connector.connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(match certificate_error(&error) {
                Some(why) => DialError::Certificate {
                    why,
                    trusted: tls.trusted.clone(),
                },
                None => DialError::Tls(error),
            }),
        }
    }
}

async fn within<T>(step: impl Future<Output = Result<T, DialError>>) -> Result<T, DialError> {
    let limited = timeout(CONNECT, step).await;
    limited.unwrap_or(Err(DialError::TimedOut))
}

impl Server {
    pub(super) fn new(host: Host, port: u16) -> Self {
        Self {
            host,
            port,
            addresses: RefCell::default(),
        }
    }

    async fn connect(&self) -> Result<Stream, DialError> {
        let known = self.addresses.borrow().clone();
        let addresses = known.get_or_try_init(|| self.resolve()).await?;
        match connect_to_first(addresses).await {
            Ok(stream) => {
                let _only_slower = stream.set_nodelay(true);
                // The next connection need not wait for the addresses that did not answer.
                if let Ok(address) = stream.peer_addr()
                    && addresses.first() != Some(&address)
                {
                    let others = addresses.iter().filter(|other| **other != address);
                    let sorted = [address].into_iter().chain(others.copied()).collect();
                    self.addresses
                        .replace(Rc::new(OnceCell::new_with(Some(sorted))));
                }
                Ok(Box::new(stream))
            }
            Err(error) => {
                if Rc::ptr_eq(&known, &self.addresses.borrow()) {
                    self.addresses.take();
                }
                Err(DialError::Connect(error))
            }
        }
    }

    async fn resolve(&self) -> Result<Vec<SocketAddr>, DialError> {
        let name = match &self.host {
            Host::Domain(name) => name,
            Host::Ipv4(ip) => return Ok(vec![(*ip, self.port).into()]),
            Host::Ipv6(ip) => return Ok(vec![(*ip, self.port).into()]),
        };
        let found = tokio::net::lookup_host((name.as_str(), self.port)).await;
        let found = found.map_err(|error| DialError::Resolve(error.to_string()))?;
        let addresses = alternating(found.collect());
        if addresses.is_empty() {
            return Err(DialError::Resolve("it has no addresses".to_owned()));
        }
        Ok(addresses)
    }
}

/// Sorts addresses: their families alternate, beginning with that of the first (RFC 8305, section 4).
fn alternating(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let begins_with_6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == begins_with_6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut sorted = vec![];
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None; 2] {
            return sorted;
        }
        sorted.extend(pair.into_iter().flatten());
    }
}

/// Connects to the first address that accepts: each is tried when the one before has failed, or after a head start.
async fn connect_to_first(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut untried = addresses.iter();
    let mut attempts = FuturesUnordered::new();
    let mut first_error = None;
    loop {
        attempts.extend(untried.next().map(|address| TcpStream::connect(*address)));
        let next = if untried.as_slice().is_empty() {
            attempts.next().await
        } else {
            match timeout(HEAD_START, attempts.next()).await {
                Ok(next) => next,
                Err(_) => continue,
            }
        };
        match next {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(error)) => {
                first_error.get_or_insert(error);
            }
            None => return Err(first_error.unwrap_or_else(|| io::ErrorKind::NotFound.into())),
        }
    }
}

/// Asks a proxy for a tunnel to this host and port.
async fn tunnel(stream: &mut Stream, proxy: &Proxy, target: &str) -> Result<(), DialError> {
    let broken = |error| DialError::Proxy {
        name: proxy.name.clone(),
        error: Box::new(DialError::Connect(error)),
    };
    let login = proxy
        .authorization
        .as_ref()
        .map_or_else(String::new, |login| {
            format!("proxy-authorization: {}\r\n", login.expose())
        });
    let request = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n{login}\r\n");
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut head = vec![];
    loop {
        let mut bytes = [0; 1024];
        let count = stream.read(&mut bytes).await.map_err(broken)?;
        head.extend_from_slice(&bytes[..count]);
        let mut headers = [httparse::EMPTY_HEADER; 128];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(&head) {
            Ok(httparse::Status::Complete(_)) => {
                let status = response.code.unwrap_or_default();
                let name = proxy.name.clone();
                return match status {
                    200..=299 => Ok(()),
                    _ => Err(DialError::Refused { name, status }),
                };
            }
            Ok(httparse::Status::Partial) if count > 0 && head.len() < 64 * 1024 => {}
            Ok(httparse::Status::Partial) => {
                return Err(broken(io::ErrorKind::UnexpectedEof.into()));
            }
            Err(error) => return Err(broken(io::Error::other(error))),
        }
    }
}

/// Why a certificate is refused, as a part of a sentence about it; `None` for other errors.
fn certificate_error(error: &io::Error) -> Option<String> {
    let error: &rustls::Error = error.get_ref()?.downcast_ref()?;
    let rustls::Error::InvalidCertificate(error) = error else {
        return None;
    };
    Some(match error {
        CertificateError::UnknownIssuer => "its issuer is not trusted".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host".to_owned()
        }
        CertificateError::Revoked => "it has been revoked".to_owned(),
        CertificateError::Other(error) if format!("{error:?}").contains("CaUsedAsEndEntity") => {
            "it is self-signed".to_owned()
        }
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests;
