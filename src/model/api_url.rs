//! The URL of an API: its check, whether it is this machine, and its name in the Checkly CLI.

use url::{Host, ParseError, Url};

/// The URLs with a name. The CLI treats any other URL as local.
const NAMED: [(&str, &str); 3] = [
    ("https://api.checklyhq.com", "production"),
    ("https://api-test.checklyhq.com", "staging"),
    ("https://api-dev.checklyhq.com", "development"),
];

/// The value of `CHECKLY_ENV` that makes the CLI use this URL.
pub fn checkly_env(api_url: &str) -> &'static str {
    let named = NAMED.iter().find(|(url, _)| *url == api_url);
    named.map_or("local", |(_, name)| name)
}

/// Parses an API URL, which may have a port and a path. The error completes "the API URL …".
///
/// # Errors
/// It has another scheme or form, or parts that an API URL does not have.
pub(crate) fn parse(text: &str) -> Result<Url, &'static str> {
    if !text.chars().all(|c| c.is_ascii_graphic()) || text.contains('\\') {
        return Err("contains invalid characters");
    }
    let url = match Url::parse(text) {
        Ok(url) if ["http", "https"].contains(&url.scheme()) => url,
        Ok(_) | Err(ParseError::RelativeUrlWithoutBase) => {
            return Err("does not begin with https:// or http://");
        }
        Err(_) => return Err("has no valid host or port"),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("contains a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or a fragment");
    }
    let is_odd = url.host_str().is_none_or(|host| host.ends_with('.'));
    if is_odd || url.port() == Some(0) {
        return Err("has no valid host or port");
    }
    Ok(url)
}

/// The host of a URL that leads to this machine.
pub(crate) fn loopback(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host()?;
    let is_loopback = match &host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    is_loopback.then(|| host.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_url_may_have_a_port_and_a_path() {
        for (text, parsed) in [
            ("https://api.checklyhq.com", "https://api.checklyhq.com/"),
            (
                "HTTPS://API.checklyhq.com:443",
                "https://api.checklyhq.com/",
            ),
            (
                "https://proxy.acme.dev:8443/checkly/",
                "https://proxy.acme.dev:8443/checkly/",
            ),
            ("http://[::1]:3000", "http://[::1]:3000/"),
        ] {
            assert_eq!(parse(text).unwrap().as_str(), parsed);
        }
    }

    #[test]
    fn an_invalid_url_is_explained_without_repeating_it() {
        for (text, why) in [
            ("", "begin"),
            ("/v1", "begin"),
            ("api.checklyhq.com", "begin"),
            ("ftp://api.checklyhq.com", "begin"),
            ("http://localhost@evil.com", "user name"),
            ("https://u:secret@x", "user name"),
            ("http://localhost\\@evil.com", "invalid characters"),
            ("https://a b", "invalid characters"),
            ("https://a\n", "invalid characters"),
            ("https://", "host"),
            ("https://:80", "host"),
            ("https://[::1", "host"),
            ("https://a.", "host"),
            ("https://a:99999", "port"),
            ("https://a:0", "port"),
            ("https://a:b", "port"),
            ("https://a?x=1", "query"),
            ("https://a/#secret", "fragment"),
        ] {
            let what = parse(text).unwrap_err();
            assert!(what.contains(why), "{text}: {what}");
        }
    }

    #[test]
    fn only_addresses_of_this_machine_are_loopback() {
        for (url, host) in [
            ("http://localhost:3000/x", Some("localhost")),
            ("http://LOCALHOST", Some("localhost")),
            ("http://127.0.0.1", Some("127.0.0.1")),
            ("http://127.1", Some("127.0.0.1")),
            ("https://[::1]:3000", Some("[::1]")),
            ("http://localhost.evil.com", None),
            ("http://127.0.0.1.evil.com", None),
            ("http://localhost@evil.com", None),
            ("http://user:localhost@evil.com", None),
            ("https://api.checklyhq.com", None),
            ("localhost", None),
        ] {
            assert_eq!(loopback(url).as_deref(), host, "{url}");
        }
    }
}
