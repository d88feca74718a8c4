//! The end of the terminal: permanent lines, and below them a block that is redrawn.
//!
//! The cursor rests at the start of the block's last line. It is never hidden, so a killed process leaves a usable terminal.

use super::text;
use anstyle_progress::TermProgress;
use std::io::{self, Write};

/// Writes lines and the block. The first error is stored, and nothing is written after it.
#[derive(Debug)]
pub(super) struct Screen<W> {
    out: W,
    /// The terminal cannot show other characters.
    is_ascii: bool,
    /// The displayed block.
    block: Vec<String>,
    /// The progress that the terminal shows outside of its text, such as in the taskbar.
    taskbar: String,
    error: Option<io::Error>,
}

impl<W: Write> Screen<W> {
    pub(super) fn new(out: W, is_ascii: bool) -> Self {
        Self {
            out,
            is_ascii,
            block: Vec::new(),
            taskbar: String::new(),
            error: None,
        }
    }

    /// Writes permanent lines, then the block below them. No line of the block may be wider than `columns`.
    pub(super) fn draw(&mut self, columns: usize, lines: &[String], block: &[String]) {
        let shown = |lines: &[String]| -> Vec<String> {
            if !self.is_ascii {
                return lines.to_vec();
            }
            lines.iter().map(|line| text::ascii(line)).collect()
        };
        let (lines, block) = (shown(lines), shown(block));
        self.redraw(columns, &lines, block);
    }

    /// Writes lines of others, such as those of a log, above the block.
    pub(super) fn above(&mut self, columns: usize, text: &str) {
        let block = self.block.clone();
        let line = text.strip_suffix('\n').unwrap_or(text).to_owned();
        self.redraw(columns, &[line], block);
    }

    /// Shows the progress in the taskbar, or removes it.
    pub(super) fn taskbar(&mut self, progress: TermProgress) {
        let progress = progress.to_string();
        if progress != self.taskbar {
            self.write(&progress);
            self.taskbar = progress;
        }
    }

    /// Erases everything that is not permanent.
    pub(super) fn clear(&mut self, columns: usize) {
        self.redraw(columns, &[], vec![]);
        if !self.taskbar.is_empty() {
            self.taskbar(TermProgress::remove());
        }
    }

    fn redraw(&mut self, columns: usize, lines: &[String], block: Vec<String>) {
        if lines.is_empty() && block == self.block && self.fits(columns) {
            return;
        }
        let mut frame = self.erase(columns);
        for line in lines {
            frame.push_str(line);
            frame.push('\n');
        }
        frame.push_str(&block.join("\n"));
        if !block.is_empty() {
            frame.push('\r');
        }
        self.block = block;
        self.write(&frame);
    }

    /// Whether no line of the block is wider than the terminal.
    fn fits(&self, columns: usize) -> bool {
        let fits = |line: &String| text::displayed_width(line) <= columns;
        self.block.iter().all(fits)
    }

    /// Erases the block and moves the cursor to its start. A terminal that became narrower has wrapped the lines of the block
    /// into several rows each.
    fn erase(&self, columns: usize) -> String {
        let Some((_, above)) = self.block.split_last() else {
            return String::new();
        };
        let columns = columns.max(1);
        let widths = above.iter().map(|line| text::displayed_width(line));
        let rows: usize = widths.map(|w| w.div_ceil(columns).max(1)).sum();
        let up = match rows {
            0 => String::new(),
            _ => format!("\u{1b}[{rows}A"),
        };
        // Erased from the second column: from the first one of the screen, tmux stores the whole screen in its history first.
        format!("{up}\r\u{1b}[K\u{1b}[C\u{1b}[J\r")
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
