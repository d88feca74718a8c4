//! The rate limiter of one account: every request waits here for its turn. `rate` decides the order and the time.
//!
//! Waiting is not a message exchange: a request waits between a decision and its effect, and neither machine has anything to
//! decide meanwhile.

use super::Clock;
use crate::model::{Failure, Rate, millis};
use crate::rate::{Permit, Priority, SlidingWindow};
use futures::channel::oneshot;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

/// Shorter waits are not reported, but for uploads: their projects do nothing else meanwhile.
const WORTH_REPORTING: Duration = Duration::from_secs(1);

/// Shared by all requests of the account.
#[derive(Clone)]
pub(super) struct RateLimiter(Rc<RefCell<Inner>>);

struct Inner {
    clock: Clock,
    window: SlidingWindow,
    waiting: HashMap<Permit, oneshot::Sender<()>>,
    /// Whether a timer task is running.
    has_keeper: bool,
}

impl RateLimiter {
    pub(super) fn new(rate: Rate, clock: Clock) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            clock,
            window: SlidingWindow::new(rate),
            waiting: HashMap::new(),
            has_keeper: false,
        })))
    }

    /// Waits for a request's turn, and reports the milliseconds of a wait that matters.
    pub(super) async fn acquire(&self, priority: Priority, report: impl FnOnce(u64)) {
        let turn = {
            let mut inner = self.0.borrow_mut();
            let (grant, turn) = oneshot::channel();
            let permit = inner.window.ask(priority);
            inner.waiting.insert(permit, grant);
            inner.grant();
            if inner.waiting.contains_key(&permit) {
                let wait = inner.window.wait(priority, inner.clock.elapsed());
                if wait >= WORTH_REPORTING || priority == Priority::Deploy {
                    report(millis(wait));
                }
            }
            turn
        };
        self.keep();
        // The sender stays in `waiting` until it is used.
        let _ = turn.await;
    }

    /// Counts requests that the Checkly CLI has sent.
    pub(super) fn spend(&self, requests: usize) {
        let inner = &mut *self.0.borrow_mut();
        inner.window.spend(inner.clock.elapsed(), requests);
    }

    /// Slows down after a refused request.
    pub(super) fn observe(&self, failure: &Failure) {
        if failure.error.http_status == Some(429) {
            let inner = &mut *self.0.borrow_mut();
            let now = inner.clock.elapsed();
            inner.window.refused(now, failure.retry_after);
        }
    }

    /// Grants waiting requests on time, and ends when none is left.
    fn keep(&self) {
        let limiter = self.clone();
        let mut inner = self.0.borrow_mut();
        if inner.waiting.is_empty() || std::mem::replace(&mut inner.has_keeper, true) {
            return;
        }
        actix::spawn(async move {
            loop {
                let pause = limiter.0.borrow_mut().until_next();
                let Some(pause) = pause else {
                    return;
                };
                tokio::time::sleep(pause).await;
            }
        });
    }
}

impl Inner {
    fn grant(&mut self) {
        let now = self.clock.elapsed();
        loop {
            let granted = self.window.grant(now);
            if granted.is_empty() {
                return;
            }
            for permit in granted {
                let grant = self.waiting.remove(&permit);
                let is_sent = grant.is_some_and(|grant| grant.send(()).is_ok());
                if !is_sent {
                    // The caller is gone; the next one gets the turn.
                    self.window.give_back();
                }
            }
        }
    }

    fn until_next(&mut self) -> Option<Duration> {
        self.grant();
        let now = self.clock.elapsed();
        let pause = self.window.next_wake(now).map(|at| at.saturating_sub(now));
        self.has_keeper = pause.is_some();
        pause
    }
}
