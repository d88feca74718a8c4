//! Checks the API URL.

use std::net::IpAddr;

/// The URL without a trailing slash, or what is wrong with it and what to do.
pub(super) fn check(url: &str) -> Result<String, (&'static str, &'static str)> {
    const FORM: &str = "write it like https://api.checklyhq.com";
    let (rest, secure) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => return Err(("the API URL must begin with https://", FORM)),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    if !url.chars().all(|c| c.is_ascii_graphic()) || url.contains(['?', '#', '\\']) {
        return Err(("the API URL contains invalid characters", FORM));
    }
    if authority.contains('@') {
        return Err((
            "the API URL must not contain a user name or password",
            "set the API key in [accounts.NAME]",
        ));
    }
    let Some(host) = host(authority) else {
        return Err(("the API URL has no valid host or port", FORM));
    };
    if !secure && !is_loopback(host) {
        return Err((
            "the API key would be sent unencrypted",
            "use https://; http:// is only allowed for localhost, 127.0.0.1, and [::1]",
        ));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// The host before an optional port.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (
                host,
                after.strip_prefix(':').or(after.is_empty().then_some(""))?,
            )
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let port_is_right = port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0);
    (!host.is_empty() && port_is_right && !host.ends_with('.')).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_to_any_host_and_http_to_this_machine_are_accepted_without_the_last_slash() {
        for (given, taken) in [
            ("https://api.checklyhq.com", "https://api.checklyhq.com"),
            (
                "https://proxy.acme.dev:8443/checkly/",
                "https://proxy.acme.dev:8443/checkly",
            ),
            ("http://localhost:3000/", "http://localhost:3000"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(check(given).as_deref(), Ok(taken), "{given}");
        }
    }

    #[test]
    fn an_invalid_url_or_one_that_would_expose_the_key_is_refused() {
        for (given, why) in [
            ("api.checklyhq.com", "begin with https://"),
            ("ftp://api.checklyhq.com", "begin with https://"),
            ("http://api.checklyhq.com", "unencrypted"),
            ("http://localhost.evil.com", "unencrypted"),
            ("http://127.0.0.1.evil.com", "unencrypted"),
            ("http://localhost@evil.com", "user name"),
            ("http://localhost\\@evil.com", "invalid characters"),
            ("https://", "host"),
            ("https://:80", "host"),
            ("https://[::1", "host"),
            ("https://a:99999", "port"),
            ("https://a:b", "port"),
            ("https://a b", "invalid characters"),
            ("https://a?x=1", "invalid characters"),
        ] {
            let (what, _) = check(given).unwrap_err();
            assert!(what.contains(why), "{given}: {what}");
        }
    }
}
