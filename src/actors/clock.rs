//! The time since the start of a run, by tokio's clock, and as a timestamp.

use crate::model::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// Never decreases, even if the system clock is changed, and stands still in tests that pause tokio's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
    started_at: Timestamp,
}

impl Clock {
    /// That of a run that starts now.
    pub(crate) fn start(started_at: Timestamp) -> Self {
        let start = Instant::now();
        Self { start, started_at }
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.start.elapsed()
    }

    pub(crate) fn started_at(self) -> Timestamp {
        self.started_at
    }

    /// The current time, as the events of the run have it.
    pub(crate) fn timestamp(self) -> Timestamp {
        self.started_at.plus(self.elapsed())
    }

    /// The instant of a time since the start.
    pub(crate) fn instant(self, since_start: Duration) -> Instant {
        self.start + since_start
    }
}
