//! The identity headers of requests.

use super::problem::Problem;
use actix_http::StatusCode;
use actix_http::header::{self, HeaderMap};

/// The account of a request, or why it is refused.
///
/// Any key is accepted, except one that starts with `invalid`, to rehearse bad credentials.
pub(super) fn account(headers: &HeaderMap) -> Result<String, Problem> {
    text(headers, header::AUTHORIZATION.as_str())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::trim)
        .filter(|key| !key.is_empty() && !key.starts_with("invalid"))
        .ok_or_else(|| unauthorized("Bad or missing API key"))?;
    let account = text(headers, "x-checkly-account")
        .filter(|account| !account.is_empty())
        .ok_or_else(|| unauthorized("Missing header x-checkly-account"))?;
    // The CLIs from 6.0 to 7.7 send their first request before they know their version.
    let version = headers.get("x-checkly-cli-version");
    if version.is_some_and(|version| !version.to_str().is_ok_and(is_semver)) {
        return Err(Problem::bad(
            "\"x-checkly-cli-version\" must be a semantic version",
        ));
    }
    Ok(account.to_owned())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn unauthorized(message: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, message)
}

/// Three numbers, then optionally `-pre.release` and `+build`.
fn is_semver(version: &str) -> bool {
    let (version, build) = version.split_once('+').unwrap_or((version, "0"));
    let (core, pre) = version.split_once('-').unwrap_or((version, "0"));
    let core: Vec<&str> = core.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_tag = |tag: &str| {
        let mut parts = tag.split('.');
        parts.all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
    };
    core.len() == 3 && core.iter().all(is_number) && is_tag(pre) && is_tag(build)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_published_clients_are_accepted() {
        for version in [
            "8.23.2",
            "9.5.0",
            "0.0.1-dev",
            "4.0.0-prerelease-abc.1+build.5",
        ] {
            assert!(is_semver(version), "{version}");
        }
        for not in [
            "", "9.5", "9.5.0.1", "v9.5.0", "9.x.0", "9.5.0-", "9.5.0+", "latest",
        ] {
            assert!(!is_semver(not), "{not}");
        }
    }
}
