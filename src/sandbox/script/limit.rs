//! The rate limit: a number of requests per account in a window of time, which begins with its first request.

use super::span::Span;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

/// How many requests an account may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct RateLimit {
    requests: NonZeroU32,
    /// One minute by default.
    #[serde(default = "minute")]
    per: Span,
}

/// The windows of the accounts.
#[derive(Debug, Default)]
pub(super) struct Windows(HashMap<String, Window>);

#[derive(Debug)]
struct Window {
    ends: Duration,
    requests: u32,
}

impl Windows {
    /// Counts a request, or returns how long to wait before the next.
    pub(super) fn admit(
        &mut self,
        limit: &RateLimit,
        account: &str,
        now: Duration,
    ) -> Result<(), Duration> {
        let fresh = || Window {
            ends: now.saturating_add(limit.per.0),
            requests: 0,
        };
        let window = self.0.entry(account.to_owned()).or_insert_with(fresh);
        if window.ends <= now {
            *window = fresh();
        }
        if limit.requests.get() <= window.requests {
            return Err(window.ends - now);
        }
        window.requests += 1;
        Ok(())
    }
}

fn minute() -> Span {
    Span(Duration::from_secs(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_has_its_requests_in_each_window() {
        let limit = RateLimit {
            requests: NonZeroU32::new(2).unwrap(),
            per: minute(),
        };
        let s = Duration::from_secs;
        let mut windows = Windows::default();
        let mut admit = |account, now| windows.admit(&limit, account, s(now));
        assert_eq!(admit("acme", 10), Ok(()));
        assert_eq!(admit("acme", 50), Ok(()));
        assert_eq!(admit("acme", 50), Err(s(20)));
        assert_eq!(admit("umbrella", 50), Ok(()));
        assert_eq!(admit("acme", 69), Err(s(1)));
        assert_eq!(
            admit("acme", 70),
            Ok(()),
            "a refused request does not count"
        );
    }
}
