//! The time since the start of a run, by tokio's clock.

use std::time::Duration;
use tokio::time::Instant;

/// Never decreases, even if the system clock is changed, and stands still in tests that pause tokio's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    /// That of a run that starts now.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// The instant of a time since the start.
    pub(crate) fn instant(self, since_start: Duration) -> Instant {
        self.0 + since_start
    }
}
