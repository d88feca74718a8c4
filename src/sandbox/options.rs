//! The options of a sandbox.

use super::accounts::Accounts;
use super::script::Script;
use std::time::{Duration, SystemTime};

/// Settings of a [`Sandbox`](super::Sandbox).
#[derive(Clone, Debug)]
pub struct Options {
    /// How long deployments take: a factor on 0.4 s plus 0.08 s per resource, at most 60 s. With 0, they finish at once.
    pub time_scale: f64,
    /// Record every request for [`Sandbox::requests`](super::Sandbox::requests). For tests: memory grows with each request.
    pub record: bool,
    /// The largest request body in bytes, compressed and decompressed; a larger one gets a 413.
    pub max_body: usize,
    /// The wall time of the start, shown in replies; now, if `None`.
    pub start: Option<SystemTime>,
    /// The faults.
    pub script: Script,
    /// The initial contents of the accounts.
    pub accounts: Accounts,
}

impl Default for Options {
    /// Real time, no recording, bodies of up to 64 MiB, no faults.
    fn default() -> Self {
        Self {
            time_scale: 1.0,
            record: false,
            max_body: 64 * 1024 * 1024,
            start: None,
            script: Script::default(),
            accounts: Accounts::default(),
        }
    }
}

impl Options {
    /// How long a deployment of this many resources takes.
    pub(super) fn length(&self, resources: usize) -> Duration {
        let millis = 400_u64.saturating_add((resources as u64).saturating_mul(80));
        self.paced(Duration::from_millis(millis.min(60_000)))
    }

    /// How long a cancelled deployment takes to end.
    pub(super) fn cancel_grace(&self) -> Duration {
        self.paced(Duration::from_millis(200))
    }

    /// A negative or infinite time scale counts as 0.
    fn paced(&self, length: Duration) -> Duration {
        Duration::try_from_secs_f64(length.as_secs_f64() * self.time_scale).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(time_scale: f64, resources: usize) -> f64 {
        let options = Options {
            time_scale,
            ..Options::default()
        };
        options.length(resources).as_secs_f64()
    }

    #[test]
    fn larger_projects_take_longer_up_to_a_minute() {
        assert_eq!(seconds(1.0, 0), 0.4);
        assert_eq!(seconds(1.0, 10), 1.2);
        assert_eq!(seconds(1.0, usize::MAX), 60.0);
    }

    #[test]
    fn the_time_scale_multiplies_the_duration() {
        assert_eq!(seconds(2.0, 10), 2.4);
        assert_eq!(seconds(0.0, 10), 0.0);
        assert_eq!(seconds(-1.0, 10), 0.0);
        assert_eq!(seconds(f64::NAN, 10), 0.0);
    }
}
