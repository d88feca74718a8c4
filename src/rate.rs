//! The rate limit of one account: which request is next, and when. Pure: time is a [`Duration`] since the start of the
//! run and is passed in.
//!
//! A sliding window: everything up to the rate may be sent at once, and no period holds more than the rate. Cancels do not
//! wait; they count. After a 429, nothing is submitted for as long as the API asked; deployments are followed and cancelled. For a
//! while, the rate is lowered by a quarter and requests are spread evenly.

use crate::model::Rate;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// The purpose of a request; the most urgent is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Stop a deployment, or confirm that it has stopped. Never waits.
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

/// The requests of the last period, and the queue.
#[derive(Debug)]
pub struct SlidingWindow {
    rate: Rate,
    /// A little longer than the rate's: requests take different times to arrive.
    period: Duration,
    /// The part of the rate in use, 0.1 to 1.
    throttle_factor: f64,
    /// When `throttle_factor` was last updated.
    at: Duration,
    /// When the requests of the last period were sent, oldest first.
    sent: VecDeque<Duration>,
    /// Nothing is submitted before this time.
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

impl SlidingWindow {
    /// An empty window.
    pub fn new(rate: Rate) -> Self {
        Self {
            rate,
            period: rate.per + (rate.per / 60).max(Duration::from_millis(200)),
            throttle_factor: 1.0,
            at: Duration::ZERO,
            sent: VecDeque::new(),
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
        while let Some((priority, permit)) = self.waiting.first().copied() {
            if self.when(priority, now, 1) > now {
                break;
            }
            self.waiting.pop_first();
            self.sent.push_back(now);
            granted.push(permit);
        }
        granted
    }

    /// Forgets a granted request that was not sent.
    pub fn give_back(&mut self) {
        self.sent.pop_back();
    }

    /// Counts requests that another program sent for us, without waiting.
    pub fn spend(&mut self, now: Duration, requests: usize) {
        self.advance(now);
        self.sent.extend(std::iter::repeat_n(now, requests));
    }

    /// When [`SlidingWindow::grant`] next grants a request, if any waits.
    pub fn next_wake(&self, now: Duration) -> Option<Duration> {
        let (priority, _) = self.waiting.first()?;
        Some(self.when(*priority, now, 1))
    }

    /// How long a request of this priority would wait if no more urgent one arrived.
    pub fn wait(&self, priority: Priority, now: Duration) -> Duration {
        let before = self.waiting.iter();
        let before = before.take_while(|(other, _)| *other <= priority);
        self.when(priority, now, before.count()).saturating_sub(now)
    }

    /// The API refused a request with 429.
    pub fn refused(&mut self, now: Duration, retry_after: Option<Duration>) {
        self.advance(now);
        // Refusals during the pause answer requests that were sent before it.
        if now >= self.closed_until {
            self.throttle_factor = (self.throttle_factor * AFTER_REFUSAL).max(SMALLEST_FACTOR);
        }
        let until = now.saturating_add(retry_after.unwrap_or(PAUSE));
        self.closed_until = self.closed_until.max(until);
    }

    /// When the `n`th waiting request may be sent, if it has this priority.
    fn when(&self, priority: Priority, now: Duration, n: usize) -> Duration {
        if priority == Priority::Cancel {
            return now;
        }
        let opens = match priority {
            Priority::Cancel | Priority::Completion | Priority::Events => now,
            Priority::Deploy | Priority::DryRun => now.max(self.closed_until),
        };
        // A request follows the one that is `limit` places before it by a period.
        let (limit, sent) = (self.limit(), self.sent.len());
        let place = sent + n - 1;
        let periods = (place + 1).saturating_sub(limit.max(sent)).div_ceil(limit);
        let slides = match self.sent.get(place - periods * limit) {
            Some(sent) => *sent,
            None => opens,
        } + self.period * u32::try_from(periods).unwrap_or(u32::MAX);
        let spread = match self.sent.back() {
            Some(last) if self.throttle_factor < 1.0 => {
                let step = self.period.div_f64(limit as f64);
                *last + step.mul_f64(n as f64)
            }
            _ => opens,
        };
        opens.max(slides).max(spread)
    }

    /// The number of requests that a period may hold.
    fn limit(&self) -> usize {
        ((f64::from(self.rate.requests) * self.throttle_factor) as usize).max(1)
    }

    fn advance(&mut self, now: Duration) {
        let is_over = |sent: &mut Duration| *sent + self.period <= now;
        while self.sent.pop_front_if(is_over).is_some() {}
        let seconds = now.saturating_sub(self.at).as_secs_f64();
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
    /// That of a rate per minute.
    const PERIOD: Duration = Duration::from_secs(61);

    fn window(requests: u32) -> SlidingWindow {
        SlidingWindow::new(Rate {
            requests,
            per: MINUTE,
        })
    }

    /// Sends as fast as the rate limit allows, until `end`.
    fn sent_until(window: &mut SlidingWindow, end: Duration) -> Vec<Duration> {
        let mut sent = vec![];
        let mut now = Duration::ZERO;
        while now < end {
            window.ask(Priority::Deploy);
            let mut wakes = 0;
            while window.grant(now).is_empty() {
                wakes += 1;
                assert!(wakes < 10, "no request is granted at {now:?}");
                now = window.next_wake(now).unwrap();
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
    fn everything_up_to_the_rate_is_granted_at_once_and_the_rest_as_the_window_slides() {
        let mut window = window(600);
        for _ in 0..700 {
            window.ask(Priority::Deploy);
        }
        assert_eq!(window.grant(SECOND).len(), 600);
        assert_eq!(window.next_wake(SECOND), Some(PERIOD + SECOND));
        assert_eq!(window.grant(PERIOD), []);
        assert_eq!(window.grant(PERIOD + SECOND).len(), 100);
    }

    #[test]
    fn each_minute_holds_exactly_the_rate() {
        let sent = sent_until(&mut SlidingWindow::new(Rate::DEFAULT), 5 * MINUTE);
        assert_eq!(most_in_any(MINUTE, &sent), 600);
    }

    #[test]
    fn requests_are_granted_by_priority_then_by_age() {
        let mut window = window(1000);
        let asked = [
            Priority::Deploy,
            Priority::Events,
            Priority::Deploy,
            Priority::Completion,
            Priority::Cancel,
        ]
        .map(|priority| window.ask(priority));
        let [deploy, events, later, completion, cancel] = asked;
        assert_eq!(
            window.grant(Duration::ZERO),
            [cancel, completion, events, deploy, later]
        );
    }

    #[test]
    fn a_cancel_never_waits_and_counts() {
        let mut window = window(2);
        for _ in 0..3 {
            window.ask(Priority::Deploy);
        }
        assert_eq!(window.grant(Duration::ZERO).len(), 2);
        let cancels = [(); 2].map(|()| window.ask(Priority::Cancel));
        assert_eq!(window.wait(Priority::Cancel, SECOND), Duration::ZERO);
        assert_eq!(window.next_wake(SECOND), Some(SECOND));
        assert_eq!(window.grant(SECOND), cancels);
        // The third upload waits until at most one of the four is left in the period.
        assert_eq!(window.grant(PERIOD), []);
        assert_eq!(window.grant(PERIOD + SECOND).len(), 1);
    }

    #[test]
    fn after_a_refusal_nothing_is_submitted_for_the_requested_time() {
        let mut window = SlidingWindow::new(Rate::DEFAULT);
        window.refused(SECOND, Some(30 * SECOND));
        let [deploy, dry_run, events, poll, cancel] = [
            Priority::Deploy,
            Priority::DryRun,
            Priority::Events,
            Priority::Completion,
            Priority::Cancel,
        ]
        .map(|priority| window.ask(priority));
        // Spread, since the rate is lowered.
        assert_eq!(window.grant(SECOND), [cancel]);
        assert_eq!(window.grant(2 * SECOND), [poll]);
        assert_eq!(window.grant(3 * SECOND), [events]);
        assert_eq!(window.grant(30 * SECOND), []);
        assert_eq!(window.next_wake(3 * SECOND), Some(31 * SECOND));
        assert_eq!(window.wait(Priority::Deploy, 3 * SECOND), 28 * SECOND);
        assert_eq!(window.grant(31 * SECOND), [deploy]);
        assert_eq!(window.grant(32 * SECOND), [dry_run]);
    }

    #[test]
    fn a_refusal_lowers_the_rate_for_a_while() {
        let mut refused = SlidingWindow::new(Rate::DEFAULT);
        refused.refused(Duration::ZERO, Some(Duration::ZERO));
        let sent = sent_until(&mut refused, 6 * MINUTE);
        let first = sent.iter().filter(|at| **at < MINUTE).count();
        assert!((450..=520).contains(&first), "{first} in the first minute");
        let at_once = most_in_any(SECOND, &sent[..first]);
        assert!(at_once <= 12, "{at_once} in a second");
        let recovered = sent.iter().filter(|at| **at > 5 * MINUTE).count();
        assert!(recovered >= 590, "{recovered} in the sixth minute");
    }

    #[test]
    fn a_wait_counts_the_queue_of_equal_or_higher_urgency() {
        let mut window = window(2);
        window.ask(Priority::Deploy);
        window.grant(Duration::ZERO);
        let now = 20 * SECOND;
        for priority in [
            Priority::Deploy,
            Priority::Completion,
            Priority::Deploy,
            Priority::Deploy,
            Priority::Events,
        ] {
            window.ask(priority);
        }
        assert_eq!(window.next_wake(now), Some(now));
        let wait = |priority| window.wait(priority, now).as_secs();
        assert_eq!(wait(Priority::Completion), 0);
        assert_eq!(wait(Priority::Events), 41);
        // The last of three uploads: a period after the first of them, which follows the poll by a period.
        assert_eq!(wait(Priority::Deploy), 122);
    }

    #[test]
    fn spent_requests_delay_later_ones() {
        let mut window = window(10);
        window.spend(Duration::ZERO, 5);
        window.spend(SECOND, 8);
        window.ask(Priority::Deploy);
        assert_eq!(window.grant(SECOND), []);
        // Nine are left in the period when the first five have left it.
        assert_eq!(window.next_wake(SECOND), Some(PERIOD));
        assert_eq!(window.grant(PERIOD).len(), 1);
    }

    #[test]
    fn a_returned_turn_can_be_granted_again() {
        let mut window = window(1);
        window.ask(Priority::Deploy);
        window.ask(Priority::Deploy);
        assert_eq!(window.grant(Duration::ZERO).len(), 1);
        window.give_back();
        assert_eq!(window.grant(Duration::ZERO).len(), 1);
    }

    proptest! {
        #[test]
        fn no_period_exceeds_the_rate(
            requests in 1_u32..30,
            steps in prop::collection::vec((0_u64..20_000, 0..20_usize, 0..8_u8), 1..60),
        ) {
            let mut window = window(requests);
            let (mut now, mut sent) = (Duration::ZERO, vec![]);
            for (pause, asked, random) in steps {
                now += Duration::from_millis(pause);
                if random == 0 {
                    window.refused(now, None);
                }
                for _ in 0..asked {
                    window.ask(Priority::Deploy);
                }
                sent.extend(window.grant(now).iter().map(|_| now));
            }
            prop_assert!(sent.is_empty() || most_in_any(MINUTE, &sent) <= requests as usize);
        }

        #[test]
        fn a_waiting_request_is_granted_at_the_next_wake(steps in prop::collection::vec((0_u64..5000, 0..10_u8), 1..50)) {
            let mut window = window(20);
            let mut now = Duration::ZERO;
            for (pause, random) in steps {
                now += Duration::from_millis(pause);
                if random == 0 {
                    window.refused(now, Some(Duration::ZERO));
                }
                window.ask(Priority::Events);
                window.grant(now);
                if let Some(wake) = window.next_wake(now) {
                    now = now.max(wake);
                    prop_assert!(!window.grant(now).is_empty());
                }
            }
        }

        #[test]
        fn the_announced_wait_is_the_wait(requests in 1_u32..9, queue in 1..40_usize, pause in 0_u64..60) {
            let mut window = window(requests);
            window.spend(Duration::ZERO, 3);
            let mut now = Duration::from_secs(pause);
            for _ in 0..queue {
                window.ask(Priority::Deploy);
            }
            let announced = now + window.wait(Priority::Deploy, now);
            let mut last = Duration::ZERO;
            for _ in 0..=queue {
                if !window.grant(now).is_empty() {
                    last = now;
                }
                now = window.next_wake(now).unwrap_or(now);
            }
            prop_assert_eq!(last, announced);
        }
    }
}
