//! Who is told about a run.

use super::RunEvent;
use std::time::Duration;

/// Somebody who is told every event of a run, in order: a terminal, an NDJSON writer, a test.
///
/// A reporter never fails the run: what it cannot write it remembers and says at the end, by its own means.
pub trait Reporter {
    /// Something happened.
    fn event(&mut self, event: &RunEvent);

    /// Time passes: called about once a second, with the time since the run began.
    fn tick(&mut self, _elapsed: Duration) {}
}
