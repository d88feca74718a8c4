//! The interface of everything that reports a run.

use super::RunEvent;
use std::time::Duration;

/// Receives every event of a run, in order: a terminal, an NDJSON writer, a test.
///
/// A reporter never fails the run: it stores its first write error and exposes it at the end.
pub trait Reporter {
    /// Handles an event.
    fn event(&mut self, event: &RunEvent);

    /// Handles the events of the earlier processes of a resumed run, before its own. They have been reported.
    fn earlier(&mut self, _events: &[RunEvent]) {}

    /// Called about once a second with the time since the start of the run.
    fn tick(&mut self, _elapsed: Duration) {}

    /// Called with each tick: the number of requests to the API so far.
    fn requests(&mut self, _sent: u64) {}
}
