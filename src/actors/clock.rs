//! The time of a run: the wall clock at its start, and tokio's clock from then on.

use crate::model::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// Never decreases, even if the system clock is changed, and stands still in tests that pause tokio's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started_at: Timestamp,
    zero: Instant,
}

impl Clock {
    /// A run that starts now, at `started_at` of the wall clock.
    pub(crate) fn start(started_at: Timestamp) -> Self {
        Self {
            started_at,
            zero: Instant::now(),
        }
    }

    pub(crate) fn started_at(&self) -> Timestamp {
        self.started_at
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.zero.elapsed()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.started_at.plus(self.elapsed())
    }

    /// The instant of a time since the start.
    pub(crate) fn instant(&self, since_start: Duration) -> Instant {
        self.zero + since_start
    }
}
