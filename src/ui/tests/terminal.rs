//! An emulated terminal.

use super::*;
use std::cell::RefCell;
use std::io::Write;
use std::num::NonZeroU16;
use std::rc::Rc;

pub(super) const BAR: Options = Options {
    progress: Progress::Bar,
    ..PLAIN
};

/// An emulated terminal, shared by the reporter and the test.
#[derive(Clone)]
pub(super) struct Terminal(Rc<RefCell<vt100::Parser>>);

fn parser(rows: u16, columns: u16) -> vt100::Parser {
    let [rows, columns] = [rows, columns].map(|n| NonZeroU16::new(n).unwrap());
    vt100::Parser::new(rows, columns, 1000)
}

impl Terminal {
    pub(super) fn new(rows: u16, columns: u16) -> Self {
        Self(Rc::new(RefCell::new(parser(rows, columns))))
    }

    /// Empties it, and changes its size.
    pub(super) fn restart(&self, rows: u16, columns: u16) {
        *self.0.borrow_mut() = parser(rows, columns);
    }

    fn size(&self) -> Size {
        let (rows, columns) = self.0.borrow().screen().size();
        Size {
            columns: columns.get().into(),
            rows: rows.get().into(),
        }
    }

    pub(super) fn human(&self, color: bool) -> Human<Self> {
        self.human_with(Options { color, ..BAR })
    }

    pub(super) fn human_with(&self, options: Options) -> Human<Self> {
        let here = self.clone();
        Human::new(self.clone(), options, move || here.size())
    }

    pub(super) fn with_screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.0.borrow().screen())
    }

    /// The content of the screen without trailing blanks.
    pub(super) fn screen(&self) -> String {
        self.0.borrow().screen().contents().trim_end().to_owned()
    }

    /// The rows that have left the screen.
    pub(super) fn history(&self) -> String {
        let mut terminal = self.0.borrow_mut();
        let screen = terminal.screen_mut();
        screen.set_scrollback(usize::MAX);
        let rows = (1..=screen.scrollback()).rev().map(|offset| {
            screen.set_scrollback(offset);
            screen.rows(0, u16::MAX).next().unwrap_or_default()
        });
        Vec::from_iter(rows).join("\n")
    }
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // As a terminal driver translates newlines.
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = text.replace('\n', "\r\n");
        let mut terminal = self.0.borrow_mut();
        for (i, part) in text.split("\u{1b}[J").enumerate() {
            if i > 0 {
                let cursor = terminal.screen().cursor_position();
                if cursor == (0, 0) {
                    return Err(std::io::Error::other(
                        "tmux copies the screen to its history",
                    ));
                }
                terminal.process(b"\x1b[J");
            }
            terminal.process(part.as_bytes());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
