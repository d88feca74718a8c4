//! Reads a request: its body, its account, and what a script distinguishes.

use super::super::script::{Kind, RequestContext};
use super::super::world::Outcome;
use super::problem::Problem;
use super::query::Query;
use super::route::{Route, route};
use actix_http::header::{self, HeaderMap};
use actix_http::{Method, Payload, Request, StatusCode};
use bytes::{Bytes, BytesMut};
use flate2::read::GzDecoder;
use futures::StreamExt as _;
use serde::Deserialize;
use std::io::Read as _;

/// A request that has been read.
pub(super) struct Incoming {
    pub(super) method: Method,
    /// As sent.
    pub(super) path: String,
    /// As sent; empty if there is none.
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    /// Decompressed, or why it cannot be read.
    pub(super) body: Result<Bytes, Problem>,
    /// The outcome of the deployment that it starts, without its length.
    pub(super) outcome: Outcome,
}

impl Incoming {
    /// A JSON body. Its content type is required: a web page cannot send that without permission.
    pub(super) fn json(&self) -> Result<&Bytes, Problem> {
        let content_type = self.headers.get(header::CONTENT_TYPE);
        if !content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/json")) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported Content-Type; application/json is expected",
            ));
        }
        self.body.as_ref().map_err(Problem::clone)
    }
}

/// Reads a whole request.
pub(super) async fn read(request: Request, max_body: usize) -> Incoming {
    let (mut head, payload) = request.into_parts();
    let headers = std::mem::take(&mut head.headers);
    Incoming {
        method: head.method.clone(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        body: read_body(payload, &headers, max_body).await,
        outcome: Outcome::default(),
        headers,
    }
}

/// Reads a body of at most `max` bytes, compressed and decompressed.
async fn read_body(
    mut payload: Payload,
    headers: &HeaderMap,
    max: usize,
) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    let mut fits = true;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::bad(format!("Unreadable body: {error}")))?;
        fits &= body.len() + chunk.len() <= max;
        if fits {
            body.extend_from_slice(&chunk);
        }
        // The rest is read, too: a client does not read replies while it sends.
    }
    if !fits {
        return Err(too_large(max));
    }
    decoded(body.freeze(), headers, max)
}

fn decoded(body: Bytes, headers: &HeaderMap, max: usize) -> Result<Bytes, Problem> {
    let encoding = headers.get(header::CONTENT_ENCODING);
    match encoding.map_or(&b"identity"[..], |value| value.as_bytes()) {
        b"identity" => Ok(body),
        b"gzip" => gunzip(&body, max),
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Unsupported Content-Encoding; gzip or identity is expected",
        )),
    }
}

fn gunzip(body: &[u8], max: usize) -> Result<Bytes, Problem> {
    let mut text = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    GzDecoder::new(body)
        .take(limit)
        .read_to_end(&mut text)
        .map_err(|error| Problem::bad(format!("Invalid compressed payload: {error}")))?;
    if text.len() > max {
        return Err(too_large(max));
    }
    Ok(text.into())
}

fn too_large(max: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("Payload content length greater than maximum allowed: {max}"),
    )
}

/// The account, project, and kind of a request.
pub(super) fn context(request: &Incoming) -> RequestContext {
    let account = request.headers.get("x-checkly-account");
    let account = account.and_then(|value| value.to_str().ok());
    let (kind, project) = match route(&request.method, &request.path) {
        Some(Route::Deploy | Route::DeployAndWait) => {
            (dry_or(Kind::Deploy, request), submitted(request))
        }
        Some(Route::DeleteProject(id) | Route::DeleteAndWait(id)) => {
            (dry_or(Kind::Delete, request), Some(id))
        }
        Some(Route::Deployment(target)) => (Kind::Get, Some(target.logical_id)),
        Some(Route::Events(target)) => (Kind::Events, Some(target.logical_id)),
        Some(Route::Completion(target)) => (Kind::Completion, Some(target.logical_id)),
        Some(Route::Cancel(target)) => (Kind::Cancel, Some(target.logical_id)),
        _ => (Kind::Other, None),
    };
    RequestContext {
        account: account.unwrap_or_default().to_owned(),
        project,
        kind,
    }
}

fn dry_or(kind: Kind, request: &Incoming) -> Kind {
    let known = ["dryRun", "scheduleOnDeploy", "preserveResources"];
    let dry = Query::read(&request.query, &known).and_then(|query| query.flag("dryRun"));
    if dry == Ok(true) { Kind::DryRun } else { kind }
}

/// The project that a body names; the rest of the body is not checked.
fn submitted(request: &Incoming) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        project: Project,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Project {
        logical_id: String,
    }
    let body: Body = serde_json::from_slice(request.body.as_ref().ok()?).ok()?;
    Some(body.project.logical_id)
}

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
