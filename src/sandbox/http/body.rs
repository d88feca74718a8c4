//! Request bodies: read whole, decompressed, limited in size.

use super::problem::Problem;
use actix_http::header::{self, HeaderMap};
use actix_http::{Payload, StatusCode};
use bytes::{Bytes, BytesMut};
use flate2::read::GzDecoder;
use futures::StreamExt as _;
use std::io::Read as _;

/// Reads a body of at most `max` bytes, compressed and decompressed.
pub(super) async fn read(
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
