//! How this machine reaches the API: its proxy and its certificate authorities, named by the environment as for the Checkly CLI.

use super::connect::ClientError;
use super::dial::Server;
use crate::model::Secret;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use rustls::RootCertStore;
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};
use std::collections::BTreeMap;
use std::path::Path;
use url::Url;

/// The variables of proxies, of which the lower-case form comes first, and of certificate authorities.
const PROXIES: [[&str; 2]; 4] = [
    ["http_proxy", "HTTP_PROXY"],
    ["https_proxy", "HTTPS_PROXY"],
    ["all_proxy", "ALL_PROXY"],
    ["no_proxy", "NO_PROXY"],
];
const CA_FILE: &str = "SSL_CERT_FILE";
const CA_DIRECTORY: &str = "SSL_CERT_DIR";
const EXTRA_CA_FILE: &str = "NODE_EXTRA_CA_CERTS";

/// The proxies and certificate authorities of the environment. By default, there are no proxies, and the authorities are the
/// system's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// By the names of their variables. Proxies may contain passwords.
    values: BTreeMap<&'static str, Secret>,
}

/// The proxy of an API.
pub(super) struct Proxy {
    pub(super) server: Server,
    /// TLS to the proxy itself.
    pub(super) is_https: bool,
    /// `Basic …`
    pub(super) authorization: Option<Secret>,
    /// The password as it is and as the variable has it, and the encoded login. Short passwords are common words.
    pub(super) secrets: Vec<Secret>,
    /// Its host and its variable, `proxy.example:3128 (HTTPS_PROXY)`: the proxy in messages.
    pub(super) name: String,
}

impl Network {
    /// Reads the environment. Empty variables count as unset.
    pub fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let names = PROXIES.as_flattened().iter();
        let names = names.chain(&[CA_FILE, CA_DIRECTORY, EXTRA_CA_FILE]);
        let value = |name: &&'static str| {
            let value = env(name).filter(|value| !value.is_empty())?;
            Some((*name, Secret::new(value)))
        };
        Self {
            values: names.filter_map(value).collect(),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(Secret::expose)
    }

    /// The first of these variables that is set, and its value.
    fn first(&self, names: [&'static str; 2]) -> Option<(&'static str, &str)> {
        names
            .into_iter()
            .find_map(|name| Some((name, self.get(name)?)))
    }

    /// The proxy for this URL, if any, as npm's `proxy-from-env` decides.
    ///
    /// # Errors
    /// The variable's value is not the URL of an HTTP proxy.
    pub(super) fn proxy(&self, url: &Url) -> Result<Option<Proxy>, ClientError> {
        let [http, https, all, none] = PROXIES;
        let own = if url.scheme() == "https" { https } else { http };
        let Some((variable, value)) = self.first(own).or_else(|| self.first(all)) else {
            return Ok(None);
        };
        if self
            .first(none)
            .is_some_and(|(_, none)| is_exempt(none, url))
        {
            return Ok(None);
        }
        let invalid = |what| ClientError::Proxy { variable, what };
        let with_scheme = if value.contains("://") {
            value.to_owned()
        } else {
            format!("{}://{value}", url.scheme())
        };
        let proxy = Url::parse(&with_scheme).map_err(|_| invalid("is not a valid URL"))?;
        if !["http", "https"].contains(&proxy.scheme()) {
            return Err(invalid(
                "does not name an HTTP proxy, and no others are supported",
            ));
        }
        let (Some(host), Some(port)) = (proxy.host(), proxy.port_or_known_default()) else {
            return Err(invalid("has no host"));
        };
        let login = [proxy.username(), proxy.password().unwrap_or_default()];
        let mut secrets = vec![];
        let authorization = (login != [""; 2]).then(|| {
            let [user, password] = login.map(|part| percent_decode_str(part).collect::<Vec<u8>>());
            let plain = String::from_utf8_lossy(&password).into_owned();
            let encoded = BASE64_STANDARD.encode([user, password].join(&b':'));
            let authorization = Secret::new(format!("Basic {encoded}"));
            let passwords = [plain, login[1].to_owned()].into_iter();
            secrets.extend(passwords.map(Secret::new));
            secrets.push(Secret::new(encoded));
            authorization
        });
        Ok(Some(Proxy {
            name: format!("{host}:{port} ({variable})"),
            server: Server::new(host.to_owned(), port),
            is_https: proxy.scheme() == "https",
            authorization,
            secrets,
        }))
    }

    /// The trusted certificate authorities, and where they are from, for messages.
    ///
    /// # Errors
    /// A file of the environment that cannot be used; or there are none.
    pub(super) fn roots(&self, host: &str) -> Result<(RootCertStore, String), ClientError> {
        let (file, directory) = (self.get(CA_FILE), self.get(CA_DIRECTORY));
        let mut sources = vec![];
        let mut found = match (file, directory) {
            (None, None) => {
                sources.push("the system".to_owned());
                load_native_certs()
            }
            _ => CertificateResult::default(),
        };
        for (variable, path) in [(CA_FILE, file), (EXTRA_CA_FILE, self.get(EXTRA_CA_FILE))] {
            if let Some(path) = path {
                found.certs.extend(read(variable, path)?);
                sources.push(format!("{path} ({variable})"));
            }
        }
        if let Some(path) = directory {
            let more = load_certs_from_paths(None, Some(Path::new(path)));
            found.certs.extend(more.certs);
            found.errors.extend(more.errors);
            sources.push(format!("{path} ({CA_DIRECTORY})"));
        }
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
        Ok((roots, sources.join(", ")))
    }
}

/// The certificates of a file.
fn read(
    variable: &'static str,
    path: &str,
) -> Result<Vec<rustls::pki_types::CertificateDer<'static>>, ClientError> {
    let found = load_certs_from_paths(Some(Path::new(path)), None);
    let why = match found.errors.first() {
        Some(error) => error.to_string(),
        None if found.certs.is_empty() => "it contains no PEM certificate".to_owned(),
        None => return Ok(found.certs),
    };
    let path = path.to_owned();
    Err(ClientError::CaFile {
        variable,
        path,
        why,
    })
}

/// Whether `NO_PROXY` contains the host: itself, a suffix that begins with `.` or `*`, or `*`; possibly with a port.
fn is_exempt(none: &str, url: &Url) -> bool {
    let Some(host) = url.host().map(|host| host.to_string()) else {
        return true;
    };
    let none = none.to_ascii_lowercase();
    none == "*"
        || none.split([',', ' ', '\t', '\n', '\r']).any(|entry| {
            let (name, port) = match entry.rsplit_once(':') {
                Some((name, port)) if !name.is_empty() => match port.parse::<u16>() {
                    Ok(port) => (name, Some(port)),
                    Err(_) => (entry, None),
                },
                _ => (entry, None),
            };
            if name.is_empty() || port.is_some() && port != url.port_or_known_default() {
                return false;
            }
            match name.strip_prefix('*') {
                Some(suffix) => host.ends_with(suffix),
                None if name.starts_with('.') => host.ends_with(name),
                None => host == name,
            }
        })
}

#[cfg(test)]
mod tests;
