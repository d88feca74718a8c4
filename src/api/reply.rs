//! Reads one response to its end or to its size limit, without interpreting it.

use super::context::RequestContext;
use super::error_body;
use awc::ClientResponse;
use awc::error::PayloadError;
use awc::http::Uri;
use awc::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HttpDate,
    LOCATION, RETRY_AFTER,
};
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use futures::StreamExt;
use std::borrow::Cow;
use std::io::{self, Read};
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, timeout_at};

/// The media type of event streams.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// The largest successful response. A deployment's diff takes about 130 bytes per resource; this is enough for half a
/// million, and protects the memory.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;

/// The largest part of an error response that is read.
const LARGEST_ERROR: usize = 64 * 1024;

/// The longest accepted delay; also prevents overflow in later arithmetic.
const LONGEST_DELAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The head of a response.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// The host of a redirect.
    pub(super) redirect_host: Option<String>,
    /// The body is compressed, although no request asks for it.
    pub(super) is_gzipped: bool,
    /// The length of the body is declared, so a body that was read to its end is complete.
    pub(super) is_sized: bool,
}

/// A response whose head has arrived.
pub(super) struct Response {
    pub(super) context: RequestContext,
    pub(super) head: Head,
    pub(super) http: ClientResponse,
    /// Of the whole response.
    pub(super) deadline: Instant,
}

/// A response, complete or not.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) context: RequestContext,
    pub(super) head: Head,
    pub(super) body: Bytes,
    /// Why reading stopped before the body's end.
    pub(super) stopped: Option<Stop>,
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(super) enum Stop {
    TooLarge,
    /// The rest did not arrive; a sentence without a full stop.
    Lost(String),
}

impl Head {
    pub(super) fn of(response: &ClientResponse) -> Self {
        let headers = response.headers();
        let text = |name: HeaderName| headers.get(name)?.to_str().ok();
        Self {
            status: response.status().as_u16(),
            retry_after: retry_after(headers),
            redirect_host: text(LOCATION)
                .and_then(|location| location.parse::<Uri>().ok()?.host().map(str::to_owned)),
            is_gzipped: text(CONTENT_ENCODING)
                .is_some_and(|encoding| ["gzip", "x-gzip"].contains(&encoding.trim())),
            is_sized: headers.contains_key(CONTENT_LENGTH),
        }
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Response {
    /// Whether the body is a readable event stream, which excludes a compressed one.
    pub(super) fn is_event_stream(&self) -> bool {
        let value = self.http.headers().get(CONTENT_TYPE);
        let kind = value.and_then(|value| value.to_str().ok()?.split(';').next());
        self.head.status == 200
            && !self.head.is_gzipped
            && kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(EVENT_STREAM))
    }

    /// Reads the body until it ends, breaks, exceeds its limit, or the deadline passes.
    pub(super) async fn read(mut self) -> Reply {
        let limit = if self.head.is_success() {
            LARGEST
        } else {
            LARGEST_ERROR
        };
        let mut body = BytesMut::new();
        let stopped = loop {
            match timeout_at(self.deadline, self.http.next()).await {
                Err(_) => break Some(Stop::Lost("The response stalled".to_owned())),
                Ok(None) => break None,
                Ok(Some(Err(error))) => {
                    let why = body_error(&error);
                    let what = format!("The connection broke during the response ({why})");
                    break Some(Stop::Lost(what));
                }
                Ok(Some(Ok(piece))) => body.extend_from_slice(&piece),
            }
            if body.len() > limit {
                body.truncate(limit);
                break Some(Stop::TooLarge);
            }
        };
        let mut reply = Reply {
            context: self.context,
            head: self.head,
            body: body.freeze(),
            stopped,
        };
        if reply.head.is_gzipped {
            reply.decompress(limit);
        }
        reply.redact();
        reply
    }
}

impl Reply {
    /// Whether the body has the form of the API's errors.
    pub(super) fn is_of_api(&self) -> bool {
        error_body::parse(&self.body).is_of_api
    }

    /// Before anything is parsed, cut, shown, or stored.
    fn redact(&mut self) {
        let redactor = &self.context.redactor;
        if self.stopped.is_some() {
            self.body.truncate(redactor.whole(&self.body));
        }
        let text = String::from_utf8_lossy(&self.body);
        if let Cow::Owned(redacted) = redactor.redact(&text) {
            self.body = redacted.into();
        }
    }

    /// Replaces a compressed body.
    fn decompress(&mut self, limit: usize) {
        let mut body = vec![];
        let most = limit as u64 + 1;
        let read = MultiGzDecoder::new(&*self.body)
            .take(most)
            .read_to_end(&mut body);
        if body.len() > limit {
            body.truncate(limit);
            self.stopped.get_or_insert(Stop::TooLarge);
        } else if read.is_err() {
            body.clear(); // even if it looks complete
            let what = "The compressed response is damaged".to_owned();
            self.stopped.get_or_insert(Stop::Lost(what));
        }
        self.body = body.into();
    }
}

/// `connection reset` instead of `Connection reset by peer (os error 104)`.
pub(super) fn io_error(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    }
}

/// The same for a truncated body; awc wraps the cause and formats it for debugging.
pub(super) fn body_error(error: &PayloadError) -> String {
    match error {
        PayloadError::Incomplete(Some(error)) | PayloadError::Io(error) => io_error(error),
        other => other.to_string(),
    }
}

/// The delay that the server requests, given in seconds or as a date.
///
/// A date is relative to the response's own `Date`, so this machine's clock does not matter if there is one.
#[allow(clippy::disallowed_methods)] // compared with the server's clock, not with tokio's
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(RETRY_AFTER)?;
    let wait = match value.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => {
            Duration::from_secs_f64(seconds.min(LONGEST_DELAY.as_secs_f64()))
        }
        Ok(_) => return None,
        Err(_) => {
            let date = |text: &str| text.parse::<HttpDate>().ok().map(SystemTime::from);
            let then = date(value)?;
            let now = text(DATE).and_then(date).unwrap_or_else(SystemTime::now);
            then.duration_since(now).unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST_DELAY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use awc::http::header::HeaderValue;

    const NOON: &str = "Sun, 22 Nov 2026 12:00:00 GMT";

    fn parse(value: &'static str, date: Option<&'static str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_static(date));
        }
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_used_as_they_are() {
        assert_eq!(parse("7", None), Some(7));
        assert_eq!(parse(" 0 ", None), Some(0));
    }

    #[test]
    fn a_date_is_relative_to_the_date_of_the_response() {
        assert_eq!(parse("Sun, 22 Nov 2026 12:01:30 GMT", Some(NOON)), Some(90));
        assert_eq!(parse("Sun, 22 Nov 2026 11:00:00 GMT", Some(NOON)), Some(0));
    }

    #[test]
    fn without_a_date_in_the_response_this_clock_counts() {
        assert_eq!(parse("Sun, 22 Nov 2015 12:00:00 GMT", None), Some(0));
        assert_eq!(
            parse("Sun, 22 Nov 2015 12:00:00 GMT", Some("soon")),
            Some(0)
        );
        assert_eq!(parse("Fri, 01 Jan 2100 00:00:00 GMT", None), Some(86_400));
    }

    #[test]
    fn seconds_may_be_a_decimal() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("6.5"));
        assert_eq!(retry_after(&headers), Some(Duration::from_millis(6_500)));
    }

    #[test]
    fn invalid_values_are_ignored_and_long_ones_limited_to_a_day() {
        assert_eq!(parse("soon", Some(NOON)), None);
        assert_eq!(parse("-1", Some(NOON)), None);
        assert_eq!(parse("inf", Some(NOON)), None);
        assert_eq!(parse("NaN", Some(NOON)), None);
        assert_eq!(parse("18446744073709551615", None), Some(86_400));
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
