//! The address of the API: what forms it may have.

use std::net::IpAddr;

/// The address without a slash at its end, or what is wrong with it.
pub(super) fn check(url: &str) -> Result<String, (&'static str, &'static str)> {
    const FORM: &str = "write it as in https://api.checklyhq.com";
    let (rest, secure) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => return Err(("the API's address must begin with https://", FORM)),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    if !url.chars().all(|c| c.is_ascii_graphic()) || url.contains(['?', '#', '\\']) {
        return Err((
            "the API's address has letters in it that do not belong there",
            FORM,
        ));
    }
    if authority.contains('@') {
        return Err((
            "the API's address must not carry a user name or a password",
            "the key goes into [accounts.NAME]",
        ));
    }
    let Some(host) = host(authority) else {
        return Err(("the API's address has no valid host or port", FORM));
    };
    if !secure && !is_loopback(host) {
        return Err((
            "the API key would travel unencrypted",
            "use https://; http:// is for this machine only: localhost, 127.0.0.1, [::1]",
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
    fn https_anywhere_and_http_to_this_machine_are_taken_without_the_last_slash() {
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
    fn what_is_no_address_or_would_show_the_key_is_refused() {
        for (given, why) in [
            ("api.checklyhq.com", "begin with https://"),
            ("ftp://api.checklyhq.com", "begin with https://"),
            ("http://api.checklyhq.com", "unencrypted"),
            ("http://localhost.evil.com", "unencrypted"),
            ("http://127.0.0.1.evil.com", "unencrypted"),
            ("http://localhost@evil.com", "user name"),
            ("http://localhost\\@evil.com", "letters"),
            ("https://", "host"),
            ("https://:80", "host"),
            ("https://[::1", "host"),
            ("https://a:99999", "port"),
            ("https://a:b", "port"),
            ("https://a b", "letters"),
            ("https://a?x=1", "letters"),
        ] {
            let (what, _) = check(given).unwrap_err();
            assert!(what.contains(why), "{given}: {what}");
        }
    }
}
