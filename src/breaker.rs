//! Whether an account's API is available: the rules of its circuit breaker. Pure: the caller passes in the time.
//!
//! One failed request proves little: it may be the request's own. So a failure that may be an outage is followed by a probe, a
//! cheap request. If that is answered, the account is well, and the failure is the request's. If it fails, and so does the next
//! one, the account is unavailable, and only probes are sent until one is answered.

use crate::model::Outage;
use std::time::Duration;

/// After this many failed probes in a row the account is unavailable. The first is sent at once, the second after a pause, so
/// one moment is no outage.
const ENOUGH: u32 = 2;

/// For this long after a failed probe, failures are not the requests' own: half of them may be failing.
const FLAKY: Duration = Duration::from_secs(60);

/// An API that has not answered once is more likely a wrong address than an outage.
const WRONG_ADDRESS: Duration = Duration::from_secs(30);

/// Uploads do not wait much longer than this. Until then probes are frequent, so the end of an outage is found even if
/// some of them fail by chance.
const SHORT: Duration = Duration::from_secs(120);

/// The circuit breaker of one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    /// The time of the first failure since the last answer.
    doubted_since: Option<Duration>,
    /// Failed probes in a row.
    failed_probes: u32,
    /// The time of the last one.
    last_failed_probe: Option<Duration>,
    has_answered: bool,
}

/// What the breaker knows about an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// The last probe was answered, or none was needed.
    Available,
    /// A request failed; a probe decides.
    Doubted,
    /// Only probes are sent. With the time of the first failure.
    Unavailable(Duration),
}

impl Breaker {
    /// What is known.
    pub fn health(&self) -> Health {
        match self.doubted_since {
            None => Health::Available,
            Some(since) if self.failed_probes >= ENOUGH => Health::Unavailable(since),
            Some(_) => Health::Doubted,
        }
    }

    /// A request that was sent at a time was answered usably. In doubt, only a probe's answer counts: others may be answered
    /// while half of all fail. During an outage, so does that of a request which was sent after the last probe: a server that
    /// goes away still answers what it has received.
    pub fn answered(&mut self, sent: Duration) {
        self.has_answered = true;
        let is_later = self.last_failed_probe.is_none_or(|last| sent > last);
        if self.failed_probes >= ENOUGH && is_later {
            (self.doubted_since, self.failed_probes) = (None, 0);
        }
    }

    /// A probe was answered.
    pub fn probe_answered(&mut self) {
        self.has_answered = true;
        (self.doubted_since, self.failed_probes) = (None, 0);
    }

    /// A request failed in a way that may be an outage.
    pub fn failed(&mut self, now: Duration) {
        self.doubted_since.get_or_insert(now);
    }

    /// A probe failed.
    pub fn probe_failed(&mut self, now: Duration) {
        self.failed_probes = self.failed_probes.saturating_add(1);
        self.last_failed_probe = Some(now);
    }

    /// Whether another probe is needed, and how many in a row have failed.
    pub fn needs_probe(&self) -> Option<u32> {
        self.doubted_since.map(|_| self.failed_probes)
    }

    /// The longest pause between two probes: the sooner requests give up, the shorter.
    pub fn longest_pause(&self, now: Duration) -> Duration {
        let is_short = |since| now.saturating_sub(since) < SHORT;
        if !self.has_answered {
            WRONG_ADDRESS / 6
        } else if self.doubted_since.is_none_or(is_short) {
            SHORT / 12
        } else {
            SHORT / 4
        }
    }

    /// The outage that a failure judged now belongs to; none, if it is the request's own.
    pub fn outage(&self, now: Duration) -> Option<Outage> {
        let is_recent = |at: Duration| now.saturating_sub(at) < FLAKY;
        match self.health() {
            Health::Unavailable(_) => Some(Outage::Pause),
            _ => self
                .last_failed_probe
                .is_some_and(is_recent)
                .then_some(Outage::Flaky),
        }
    }

    /// When a request that waits for the account gives up, if it waits no longer than `limit`.
    pub fn deadline(&self, limit: Duration) -> Option<Duration> {
        let Health::Unavailable(since) = self.health() else {
            return None;
        };
        let limit = if self.has_answered {
            limit
        } else {
            limit.min(WRONG_ADDRESS)
        };
        Some(since.saturating_add(limit))
    }

    /// Whether the API has answered once.
    pub fn has_answered(&self) -> bool {
        self.has_answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_secs(60);

    fn failed() -> Breaker {
        let mut breaker = Breaker::default();
        breaker.answered(Duration::ZERO);
        breaker.failed(SECOND);
        breaker
    }

    #[test]
    fn a_failure_is_the_requests_own_if_a_probe_is_answered() {
        let mut breaker = failed();
        assert_eq!(breaker.health(), Health::Doubted);
        assert_eq!(breaker.needs_probe(), Some(0));
        breaker.probe_answered();
        assert_eq!(breaker.health(), Health::Available);
        assert_eq!(breaker.needs_probe(), None);
        assert_eq!(breaker.outage(SECOND), None);
    }

    #[test]
    fn two_failed_probes_make_an_account_unavailable_since_the_first_failure() {
        let mut breaker = failed();
        breaker.probe_failed(SECOND);
        assert_eq!(breaker.health(), Health::Doubted);
        assert_eq!(breaker.needs_probe(), Some(1));
        breaker.failed(2 * SECOND);
        breaker.probe_failed(2 * SECOND);
        assert_eq!(breaker.health(), Health::Unavailable(SECOND));
        assert_eq!(breaker.outage(2 * SECOND), Some(Outage::Pause));
        // What the server had received before the last probe does not end it, and any later request does.
        breaker.answered(2 * SECOND);
        assert_eq!(breaker.health(), Health::Unavailable(SECOND));
        breaker.answered(3 * SECOND);
        assert_eq!(breaker.health(), Health::Available);
    }

    #[test]
    fn probes_are_frequent_while_uploads_wait_or_the_address_may_be_wrong() {
        let mut never = Breaker::default();
        never.failed(SECOND);
        assert_eq!(never.longest_pause(SECOND), 5 * SECOND);
        let breaker = failed();
        assert_eq!(breaker.longest_pause(2 * MINUTE), 10 * SECOND);
        assert_eq!(breaker.longest_pause(2 * MINUTE + SECOND), 30 * SECOND);
    }

    #[test]
    fn while_half_of_all_requests_fail_no_failure_is_a_requests_own() {
        let mut breaker = failed();
        breaker.probe_failed(SECOND);
        breaker.answered(2 * SECOND);
        assert_eq!(
            breaker.health(),
            Health::Doubted,
            "others are answered anyway"
        );
        breaker.probe_answered();
        assert_eq!(breaker.health(), Health::Available);
        assert_eq!(breaker.outage(MINUTE), Some(Outage::Flaky));
        assert_eq!(breaker.outage(MINUTE + SECOND), None);
    }

    #[test]
    fn a_request_waits_until_its_limit_but_not_long_for_a_wrong_address() {
        let mut breaker = failed();
        assert!(breaker.has_answered());
        assert_eq!(breaker.deadline(MINUTE), None);
        breaker.probe_failed(SECOND);
        breaker.probe_failed(SECOND);
        assert_eq!(breaker.deadline(2 * MINUTE), Some(2 * MINUTE + SECOND));
        let mut never = Breaker::default();
        assert!(!never.has_answered());
        never.failed(SECOND);
        never.probe_failed(SECOND);
        never.probe_failed(SECOND);
        assert_eq!(never.deadline(2 * MINUTE), Some(31 * SECOND));
        assert_eq!(never.deadline(5 * SECOND), Some(6 * SECOND));
    }
}
