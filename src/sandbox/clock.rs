//! The sandbox's only clock: the wall clock at the start, and tokio's time since then. So tests can pause it. A point in time is
//! a duration since 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Clock {
    began: Duration,
    start: Instant,
}

impl Clock {
    /// Starts now; `wall` replaces the time of the wall clock.
    pub(super) fn new(wall: Option<SystemTime>) -> Self {
        let wall = wall.unwrap_or_else(wall_clock);
        Self {
            began: wall.duration_since(UNIX_EPOCH).unwrap_or_default(),
            start: Instant::now(),
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.began + self.start.elapsed()
    }

    /// The time from the start to this point.
    pub(super) fn since_start(&self, at: Duration) -> Duration {
        at.saturating_sub(self.began)
    }

    /// A point in time as a deadline for timers.
    pub(super) fn instant(&self, at: Duration) -> Instant {
        const FAR: Duration = Duration::from_secs(3600 * 24 * 365);
        let at = self.start.checked_add(self.since_start(at));
        at.unwrap_or(self.start + FAR)
    }
}

/// A point in time in the API's format: `2026-11-22T18:17:00.123Z`.
pub(super) fn iso(at: Duration) -> String {
    humantime::format_rfc3339_millis(UNIX_EPOCH + at).to_string()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the start of a sandbox; later times add tokio's clock"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}
