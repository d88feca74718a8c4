//! Parses the `Retry-After` header.

use awc::http::header::{DATE, HeaderMap, HeaderName, HttpDate, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// The longest accepted delay; also prevents overflow in later arithmetic.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The delay that the server requests, given in seconds or as a date.
///
/// A date is relative to the response's own `Date`, so this machine's clock does not matter.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(RETRY_AFTER)?;
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = |text: &str| text.parse::<HttpDate>().ok().map(SystemTime::from);
            let (then, now) = (date(value)?, date(text(DATE)?)?);
            then.duration_since(now).unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST))
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
        assert_eq!(parse("Sun, 22 Nov 2026 12:01:30 GMT", None), None);
    }

    #[test]
    fn invalid_values_are_ignored_and_long_ones_limited_to_a_day() {
        assert_eq!(parse("soon", Some(NOON)), None);
        assert_eq!(parse("-1", Some(NOON)), None);
        assert_eq!(parse("1.5", Some(NOON)), None);
        assert_eq!(parse("18446744073709551615", None), Some(86_400));
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
