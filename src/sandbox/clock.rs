//! The sandbox's only clock: the wall clock at the start, and tokio's time since then. So tests can pause it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The time since the sandbox's start, and conversions of it.
#[derive(Debug)]
pub(super) struct Clock {
    wall: SystemTime,
    start: Instant,
}

impl Clock {
    /// Starts now; `wall` replaces the time of the wall clock.
    pub(super) fn new(wall: Option<SystemTime>) -> Self {
        Self {
            wall: wall.unwrap_or_else(wall_clock),
            start: Instant::now(),
        }
    }

    /// The time since the start.
    pub(super) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// A time since the start as a deadline for timers.
    pub(super) fn instant(&self, at: Duration) -> Instant {
        const FAR: Duration = Duration::from_secs(3600 * 24 * 365);
        self.start.checked_add(at).unwrap_or(self.start + FAR)
    }

    /// A time since the start in the API's format: `2026-11-22T18:17:00.123Z`.
    pub(super) fn iso(&self, at: Duration) -> String {
        humantime::format_rfc3339_millis(self.wall + at).to_string()
    }

    /// The wall time of the start.
    pub(super) fn start(&self) -> SystemTime {
        self.wall
    }

    /// The wall time of the start, in milliseconds since 1970.
    pub(super) fn start_millis(&self) -> u64 {
        let since = self.wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or_default()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the start of a sandbox; later times add tokio's clock"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}
