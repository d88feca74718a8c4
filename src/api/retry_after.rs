//! The `Retry-After` header as a duration.

use awc::http::header::{DATE, HeaderMap, HeaderName, HttpDate, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// Nobody waits longer than this for one request; it also keeps later arithmetic from overflowing.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the server asks to wait: seconds, or a date.
///
/// A date is measured from the reply's own `Date`, so that this machine's clock does not matter.
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
    fn seconds_are_taken_as_they_are() {
        assert_eq!(parse("7", None), Some(7));
        assert_eq!(parse(" 0 ", None), Some(0));
    }

    #[test]
    fn a_date_counts_from_the_date_of_the_reply() {
        assert_eq!(parse("Sun, 22 Nov 2026 12:01:30 GMT", Some(NOON)), Some(90));
        assert_eq!(parse("Sun, 22 Nov 2026 11:00:00 GMT", Some(NOON)), Some(0));
        assert_eq!(parse("Sun, 22 Nov 2026 12:01:30 GMT", None), None);
    }

    #[test]
    fn nonsense_is_ignored_and_ages_are_cut_to_a_day() {
        assert_eq!(parse("soon", Some(NOON)), None);
        assert_eq!(parse("-1", Some(NOON)), None);
        assert_eq!(parse("1.5", Some(NOON)), None);
        assert_eq!(parse("18446744073709551615", None), Some(86_400));
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
