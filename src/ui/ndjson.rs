//! `--message-format json`: every event as one line of JSON.

use crate::model::{Reporter, RunEvent};
use std::io::{self, Write};

/// Writes one event a line, and flushes each, so that a reader sees it at once.
///
/// A reader that goes away does not end the run: the first error is remembered, and nothing is written after it.
#[derive(Debug)]
pub struct Ndjson<W> {
    out: W,
    error: Option<io::Error>,
}

impl<W: Write> Ndjson<W> {
    /// Writes to `out`, which need not be buffered.
    pub fn new(out: W) -> Self {
        Self { out, error: None }
    }

    /// Why not everything was written.
    pub fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }

    fn write(&mut self, event: &RunEvent) -> io::Result<()> {
        // In one piece, so that nothing else that writes there can come between.
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.out.write_all(&line)?;
        self.out.flush()
    }
}

impl<W: Write> Reporter for Ndjson<W> {
    fn event(&mut self, event: &RunEvent) {
        if self.error.is_none() {
            self.error = self.write(event).err();
        }
    }
}
