//! Timers. One that no longer applies is not removed, but ignored when it fires.

use crate::model::ProjectIx;
use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The delay before another upload is over.
    Pause(ProjectIx),
    /// The conflict deadline.
    Deadline(ProjectIx),
    /// The server had its time to confirm a cancelled deployment.
    Grace(ProjectIx),
    /// The project's time limit.
    Project(ProjectIx),
    /// The next wave may begin.
    Wave,
    /// The run's time limit.
    Run,
}

#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Duration, Timer)>);

impl Timers {
    pub(super) fn add(&mut self, at: Duration, timer: Timer) {
        self.0.insert((at, timer));
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.0.first().map(|(at, _)| *at)
    }

    /// When this timer fires next.
    pub(super) fn when(&self, timer: Timer) -> Option<Duration> {
        let mut all = self.0.iter();
        all.find_map(|(at, it)| (*it == timer).then_some(*at))
    }

    pub(super) fn pop_due(&mut self, now: Duration) -> Option<Timer> {
        let due = self.0.first().is_some_and(|(at, _)| *at <= now);
        due.then(|| self.0.pop_first())?.map(|(_, timer)| timer)
    }
}
