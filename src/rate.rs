//! The rate limit of one account: which request is next, and when. Pure: time is a [`Duration`] since the start of the
//! run and is passed in.
//!
//! A token bucket that keeps every period within the rate, whatever the pattern: a tenth of the rate may be sent at once,
//! the rest is spread evenly. After a 429, nothing is sent for as long as the API asked, and the rate is lowered by a
//! quarter for a while.

use crate::model::Rate;
use std::collections::BTreeSet;
use std::time::Duration;

/// The purpose of a request; the most urgent is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Stop a deployment.
    Cancel,
    /// Poll whether a deployment has finished.
    Completion,
    /// Follow a deployment.
    Events,
    /// Submit a deployment.
    Deploy,
    /// Request what a deployment would change.
    DryRun,
}

/// A position in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permit(u64);

/// The tokens and the queue.
#[derive(Debug)]
pub struct TokenBucket {
    /// How many requests may be sent at once.
    burst: f64,
    /// Tokens added per second if no request was refused.
    per_second: f64,
    /// The part of `per_second` in use, 0.1 to 1.
    throttle_factor: f64,
    tokens: f64,
    /// When `tokens` and `throttle_factor` were last updated.
    at: Duration,
    /// Nothing is sent before this time.
    closed_until: Duration,
    waiting: BTreeSet<(Priority, Permit)>,
    permits: u64,
}

/// A refusal multiplies the factor by this.
const AFTER_REFUSAL: f64 = 0.75;
const SMALLEST_FACTOR: f64 = 0.1;
/// How much the factor grows per second: a tenth per minute.
const RECOVERY: f64 = 0.1 / 60.0;
/// The wait after a refusal without `Retry-After`.
const PAUSE: Duration = Duration::from_secs(5);

impl TokenBucket {
    /// A full bucket.
    pub fn new(rate: Rate) -> Self {
        let requests = f64::from(rate.requests);
        let burst = (requests / 10.0).max(1.0);
        Self {
            burst,
            per_second: (requests - burst).max(requests / 10.0) / rate.per.as_secs_f64(),
            throttle_factor: 1.0,
            tokens: burst,
            at: Duration::ZERO,
            closed_until: Duration::ZERO,
            waiting: BTreeSet::new(),
            permits: 0,
        }
    }

    /// Queues a request.
    pub fn ask(&mut self, priority: Priority) -> Permit {
        self.permits += 1;
        let permit = Permit(self.permits);
        self.waiting.insert((priority, permit));
        permit
    }

    /// The requests that may be sent now, in order.
    pub fn grant(&mut self, now: Duration) -> Vec<Permit> {
        self.advance(now);
        let mut granted = vec![];
        while now >= self.closed_until && self.tokens >= 1.0 {
            let Some((_, permit)) = self.waiting.pop_first() else {
                break;
            };
            self.tokens -= 1.0;
            granted.push(permit);
        }
        granted
    }

    /// Returns the token of a request that was not sent.
    pub fn give_back(&mut self) {
        self.tokens = (self.tokens + 1.0).min(self.burst);
    }

    /// Counts requests that another program sent for us, without waiting.
    pub fn spend(&mut self, now: Duration, requests: usize) {
        self.advance(now);
        self.tokens -= requests as f64;
    }

    /// When [`TokenBucket::grant`] next grants a request, if any waits.
    pub fn next_wake(&self, now: Duration) -> Option<Duration> {
        (!self.waiting.is_empty()).then(|| self.when(now, 1))
    }

    /// How long a request of this priority would wait if no more urgent one arrived.
    pub fn wait(&self, priority: Priority, now: Duration) -> Duration {
        let before = self
            .waiting
            .iter()
            .take_while(|(other, _)| *other <= priority);
        self.when(now, before.count()).saturating_sub(now)
    }

    /// The API refused a request with 429.
    pub fn refused(&mut self, now: Duration, retry_after: Option<Duration>) {
        self.advance(now);
        self.tokens = 0.0;
        self.throttle_factor = (self.throttle_factor * AFTER_REFUSAL).max(SMALLEST_FACTOR);
        let until = now.saturating_add(retry_after.unwrap_or(PAUSE));
        self.closed_until = self.closed_until.max(until);
    }

    /// When the `n`th waiting request may be sent.
    fn when(&self, now: Duration, n: usize) -> Duration {
        let missing = (n as f64 - self.tokens).max(0.0);
        let seconds = missing / (self.per_second * self.throttle_factor);
        // A millisecond later: rounding must not cause a wake without a grant.
        let refilled = self.at + Duration::from_secs_f64(seconds) + Duration::from_millis(1);
        let ready = if missing > 0.0 { refilled } else { now };
        ready.max(self.closed_until)
    }

    fn advance(&mut self, now: Duration) {
        let seconds = now.saturating_sub(self.at).as_secs_f64();
        self.tokens =
            (self.tokens + seconds * self.per_second * self.throttle_factor).min(self.burst);
        self.throttle_factor = (self.throttle_factor + seconds * RECOVERY).min(1.0);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_secs(60);

    /// Sends as fast as the rate limit allows, until `end`.
    fn sent_until(bucket: &mut TokenBucket, end: Duration) -> Vec<Duration> {
        let mut sent = vec![];
        let mut now = Duration::ZERO;
        while now < end {
            bucket.ask(Priority::Deploy);
            let mut wakes = 0;
            while bucket.grant(now).is_empty() {
                wakes += 1;
                assert!(wakes < 10, "no request is granted at {now:?}");
                now = bucket.next_wake(now).unwrap();
            }
            sent.push(now);
            assert!(sent.len() < 100_000, "no limit");
        }
        sent
    }

    fn most_in_any(span: Duration, sent: &[Duration]) -> usize {
        let in_span = |from: &Duration| {
            let span = *from..*from + span;
            sent.iter().filter(|at| span.contains(*at)).count()
        };
        sent.iter().map(in_span).max().unwrap()
    }

    #[test]
    fn each_minute_stays_just_below_the_rate() {
        let sent = sent_until(&mut TokenBucket::new(Rate::DEFAULT), 5 * MINUTE);
        let most = most_in_any(MINUTE, &sent);
        assert!((590..=600).contains(&most), "{most} in a minute");
    }

    #[test]
    fn a_small_run_does_not_wait() {
        let mut bucket = TokenBucket::new(Rate::DEFAULT);
        for _ in 0..60 {
            bucket.ask(Priority::Deploy);
        }
        assert_eq!(bucket.grant(Duration::ZERO).len(), 60);
    }

    #[test]
    fn a_tenth_of_the_rate_is_granted_at_once_and_at_least_one() {
        for (requests, at_once) in [(600, 60), (25, 2), (10, 1), (3, 1)] {
            let mut bucket = TokenBucket::new(Rate {
                requests,
                per: MINUTE,
            });
            for _ in 0..100 {
                bucket.ask(Priority::Deploy);
            }
            assert_eq!(bucket.grant(Duration::ZERO).len(), at_once);
        }
    }

    #[test]
    fn requests_are_granted_by_priority_then_by_age() {
        let mut bucket = TokenBucket::new(Rate {
            requests: 1000,
            per: SECOND,
        });
        let asked = [
            Priority::Deploy,
            Priority::Events,
            Priority::Deploy,
            Priority::Completion,
            Priority::Cancel,
        ]
        .map(|priority| bucket.ask(priority));
        let [deploy, events, later, completion, cancel] = asked;
        assert_eq!(
            bucket.grant(Duration::ZERO),
            [cancel, completion, events, deploy, later]
        );
    }

    #[test]
    fn after_a_refusal_nothing_is_sent_for_the_requested_time() {
        let mut bucket = TokenBucket::new(Rate::DEFAULT);
        bucket.refused(SECOND, Some(30 * SECOND));
        bucket.ask(Priority::Cancel);
        assert_eq!(bucket.grant(30 * SECOND), []);
        assert_eq!(bucket.next_wake(SECOND), Some(31 * SECOND));
        assert_eq!(bucket.wait(Priority::Cancel, SECOND), 30 * SECOND);
        assert_eq!(bucket.grant(31 * SECOND).len(), 1);
    }

    #[test]
    fn a_refusal_lowers_the_rate_for_a_while() {
        let mut refused = TokenBucket::new(Rate::DEFAULT);
        refused.refused(Duration::ZERO, Some(Duration::ZERO));
        // The first half minute also lacks the burst; the second one shows the lower rate.
        let in_second_half = |sent: &[Duration]| sent.iter().filter(|at| **at > MINUTE / 2).count();
        let slower = in_second_half(&sent_until(&mut refused, MINUTE));
        let usual = in_second_half(&sent_until(&mut TokenBucket::new(Rate::DEFAULT), MINUTE));
        assert!(slower < usual * 9 / 10, "{slower} of {usual}");
        let later = |sent: &[Duration]| sent.iter().filter(|at| **at > 5 * MINUTE).count();
        let recovered = later(&sent_until(&mut refused, 6 * MINUTE));
        assert!(recovered >= 530, "{recovered} in the sixth minute");
    }

    #[test]
    fn a_wait_counts_the_queue_of_equal_or_higher_urgency() {
        // One at once, nine spread over the minute.
        let mut bucket = TokenBucket::new(Rate {
            requests: 10,
            per: MINUTE,
        });
        for priority in [
            Priority::Cancel,
            Priority::Deploy,
            Priority::Events,
            Priority::Deploy,
        ] {
            bucket.ask(priority);
        }
        assert_eq!(bucket.next_wake(Duration::ZERO), Some(Duration::ZERO));
        let wait = |priority| bucket.wait(priority, Duration::ZERO).as_secs();
        assert_eq!(wait(Priority::Cancel), 0);
        assert_eq!(wait(Priority::Events), 6);
        assert_eq!(wait(Priority::Deploy), 20);
    }

    #[test]
    fn spent_requests_delay_later_ones() {
        // One at once, nine more spread over the minute.
        let mut bucket = TokenBucket::new(Rate {
            requests: 10,
            per: MINUTE,
        });
        bucket.spend(Duration::ZERO, 3);
        bucket.ask(Priority::Deploy);
        assert_eq!(bucket.grant(Duration::ZERO), []);
        assert_eq!(bucket.next_wake(Duration::ZERO).unwrap().as_secs(), 20);
    }

    #[test]
    fn a_returned_token_can_be_granted_again() {
        let mut bucket = TokenBucket::new(Rate {
            requests: 10,
            per: MINUTE,
        });
        bucket.ask(Priority::Deploy);
        bucket.ask(Priority::Deploy);
        assert_eq!(bucket.grant(Duration::ZERO).len(), 1);
        bucket.give_back();
        assert_eq!(bucket.grant(Duration::ZERO).len(), 1);
    }

    proptest! {
        #[test]
        fn no_period_exceeds_the_rate(requests in 1_u32..2000, seconds in prop::sample::select(vec![1_u64, 60, 3600])) {
            let per = Duration::from_secs(seconds);
            let mut bucket = TokenBucket::new(Rate { requests, per });
            let sent = sent_until(&mut bucket, per * 2);
            let in_first = sent.iter().filter(|at| **at < per).count();
            prop_assert!(in_first <= requests as usize + 1);
        }

        #[test]
        fn a_waiting_request_is_granted_at_the_next_wake(steps in prop::collection::vec((0_u64..5000, 0..10_u8), 1..50)) {
            let mut bucket = TokenBucket::new(Rate { requests: 20, per: MINUTE });
            let mut now = Duration::ZERO;
            for (pause, random) in steps {
                now += Duration::from_millis(pause);
                if random == 0 {
                    bucket.refused(now, Some(Duration::ZERO));
                }
                bucket.ask(Priority::Events);
                bucket.grant(now);
                if let Some(wake) = bucket.next_wake(now) {
                    now = now.max(wake);
                    prop_assert!(!bucket.grant(now).is_empty());
                }
            }
        }
    }
}
