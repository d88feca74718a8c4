//! The progress of a long task: on a terminal a line that is redrawn, elsewhere a line for each tenth.

use super::screen::Screen;
use super::style::{Facts, Progress, ProgressChoice};
use super::text::one_line;
use std::io::{self, Write};

/// The minimum number of steps for lines that are not redrawn.
const FEW: usize = 10;

/// Counts completed steps. When dropped, it erases its line.
#[derive(Debug)]
pub struct Counter<W: Write> {
    screen: Screen<W>,
    what: &'static str,
    done: usize,
    all: usize,
    /// The width of the terminal; `None` if it cannot redraw.
    columns: Option<usize>,
}

impl Counter<io::Stderr> {
    /// Counts on standard error: `what` describes the task, `all` is the number of steps.
    pub fn stderr(what: &'static str, all: usize) -> Self {
        let facts = Facts::of_stderr();
        let is_bar = facts.progress(ProgressChoice::Auto) == Progress::Bar;
        let columns = is_bar.then(|| facts.size().columns);
        Self::new(io::stderr(), facts.is_ascii(), columns, what, all)
    }
}

impl<W: Write> Counter<W> {
    fn new(out: W, is_ascii: bool, columns: Option<usize>, what: &'static str, all: usize) -> Self {
        let mut counter = Self {
            screen: Screen::new(out, is_ascii),
            what,
            done: 0,
            all,
            columns,
        };
        counter.draw("");
        counter
    }

    /// Counts one completed step.
    pub fn step(&mut self, name: &str) {
        self.done += 1;
        if self.columns.is_some() {
            self.draw(&format!(" · {}", one_line(name)));
            return;
        }
        let tenth = |done: usize| done * 10 / self.all.max(1);
        if self.all >= FEW && self.done < self.all && tenth(self.done) > tenth(self.done - 1) {
            let line = format!("{}: {} of {}", self.what, self.done, self.all);
            self.screen.draw(usize::MAX, &[line], &[]);
        }
    }

    fn draw(&mut self, last: &str) {
        let Some(columns) = self.columns else { return };
        let line = format!("{}: {} of {}{last}", self.what, self.done, self.all);
        let line = super::text::cut(&line, columns.saturating_sub(1));
        self.screen.draw(columns, &[], &[line]);
    }
}

impl<W: Write> Drop for Counter<W> {
    fn drop(&mut self) {
        self.screen
            .draw(self.columns.unwrap_or(usize::MAX), &[], &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The output while steps with these names complete.
    fn written(columns: Option<usize>, names: &[&str]) -> String {
        let mut out = vec![];
        let mut counter = Counter::new(&mut out, false, columns, "reading", names.len());
        names.iter().for_each(|name| counter.step(name));
        drop(counter);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_terminal_shows_one_line_that_is_redrawn_and_erased() {
        let text = written(Some(22), &["a\u{1b}[2Jb", "checkout-production"]);
        let frames: Vec<&str> = text.split("\r\u{1b}[K\u{1b}[C\u{1b}[J\r").collect();
        assert_eq!(
            frames,
            [
                "reading: 0 of 2\r",
                "reading: 1 of 2 · ab\r",
                "reading: 2 of 2 · ch…\r",
                ""
            ]
        );
    }

    #[test]
    fn without_a_terminal_there_is_a_line_for_each_tenth() {
        let names = ["x"; 40];
        let text = written(None, &names);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 9);
        assert_eq!(
            (lines[0], lines[8]),
            ("reading: 4 of 40", "reading: 36 of 40")
        );
    }

    #[test]
    fn without_a_terminal_few_steps_print_nothing() {
        assert_eq!(written(None, &["x"; 9]), "");
    }
}
