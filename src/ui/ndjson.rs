//! `--message-format json`: every event as one line of JSON.

use crate::model::{Reporter, RunEvent};
use std::io::{self, Write};

/// Writes one event per line and flushes each, so a reader receives it immediately.
///
/// A closed pipe does not stop the run: the first error is stored, and nothing is written after it.
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

    /// The first write error.
    #[cfg(test)]
    pub fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }

    fn write(&mut self, event: &RunEvent) -> io::Result<()> {
        // In one write, so the output of others cannot split a line.
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
