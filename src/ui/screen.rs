//! The end of the terminal: permanent lines, and below them a block that is redrawn.
//!
//! The cursor rests at the start of the block's last line. No terminal mode is changed, so a killed process leaves a usable
//! terminal.

use std::io::{self, Write};

/// Writes lines and the block. The first error is stored, and nothing is written after it.
#[derive(Debug)]
pub(super) struct Screen<W> {
    out: W,
    /// The widths of the lines of the displayed block.
    block: Vec<usize>,
    error: Option<io::Error>,
}

impl<W: Write> Screen<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            block: Vec::new(),
            error: None,
        }
    }

    /// Writes permanent lines, then the block below them. No line of the block may be wider than `columns`.
    pub(super) fn draw(&mut self, columns: usize, lines: &[String], block: &[String]) {
        let mut frame = self.erase(columns);
        for line in lines {
            frame.push_str(line);
            frame.push('\n');
        }
        frame.push_str(&block.join("\n"));
        if !block.is_empty() {
            frame.push('\r');
        }
        self.block = block
            .iter()
            .map(|line| textwrap::core::display_width(line))
            .collect();
        self.write(&frame);
    }

    /// Erases the block and moves the cursor to its start. A terminal that became narrower has wrapped the lines of the block
    /// into several rows each.
    fn erase(&self, columns: usize) -> String {
        let Some((_, above)) = self.block.split_last() else {
            return String::new();
        };
        let columns = columns.max(1);
        let rows: usize = above.iter().map(|w| w.div_ceil(columns).max(1)).sum();
        match rows {
            0 => "\r\u{1b}[J".into(),
            _ => format!("\u{1b}[{rows}A\r\u{1b}[J"),
        }
    }

    fn write(&mut self, frame: &str) {
        if frame.is_empty() || self.error.is_some() {
            return;
        }
        let written = self.out.write_all(frame.as_bytes());
        self.error = written.and_then(|()| self.out.flush()).err();
    }

    #[cfg(test)]
    pub(super) fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }

    #[cfg(test)]
    pub(super) fn into_inner(self) -> W {
        self.out
    }
}
