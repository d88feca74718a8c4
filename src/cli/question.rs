//! Asks for confirmation on a terminal or through a pipe; a signal ends it.

use super::Exit;
use super::flags::InputArgs;
use super::load::env;
use super::say::say;
use crate::api::Identity;
use crate::model::Reason;
use crate::model::Signal;
use futures::channel::oneshot;
use futures::future::Either;
use futures::{Stream, StreamExt, future};
use rustix::termios::{QueueSelector, tcflush, tcgetattr};
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::pin::pin;

/// The maximum length of an answer.
const LONGEST: u64 = 4096;

/// A request for confirmation.
pub(super) struct Question<'a> {
    /// The question, with the text to type.
    pub(super) text: &'a str,
    /// Whether a trimmed line confirms it.
    pub(super) is_yes: &'a dyn Fn(&str) -> bool,
    /// Printed after any other line, or a signal.
    pub(super) nothing_done: &'static str,
}

/// Why it was not confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unconfirmed {
    /// Not interactive; nothing was printed.
    Nobody,
    /// Another answer; `nothing_done` was printed.
    Declined,
    /// A signal came instead; `nothing_done` was printed.
    Interrupted(Signal),
}

impl Unconfirmed {
    /// The exit code, and the reason of every project.
    pub(super) fn ends(self) -> (Exit, Reason) {
        match self {
            Self::Nobody => (Exit::UNCONFIRMED, Reason::NotConfirmed),
            Self::Declined => (Exit::FAILURE, Reason::NotConfirmed),
            Self::Interrupted(signal) => (Exit::of_report(signal.exit_code()), Reason::Interrupted),
        }
    }
}

impl Question<'_> {
    /// Asks for confirmation.
    pub(super) async fn confirm(
        &self,
        room: Room,
        signals: impl Stream<Item = Signal>,
    ) -> Result<(), Unconfirmed> {
        let why = match ask(self.text, room, signals).await {
            Answer::Line(line) if (self.is_yes)(&line) => return Ok(()),
            Answer::Line(_) => Unconfirmed::Declined,
            Answer::Interrupted(signal) => Unconfirmed::Interrupted(signal),
            Answer::Nobody => return Err(Unconfirmed::Nobody),
        };
        say(self.nothing_done);
        Err(why)
    }
}

/// The facts that decide whether the run is interactive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Not started by a CI system or an agent.
    is_attended: bool,
    /// The manifest was read from standard input.
    input_is_taken: bool,
    input_is_terminal: bool,
    output_is_terminal: bool,
}

impl Room {
    /// The facts of this process after it has read the manifest.
    pub(super) fn after_reading(input: &InputArgs) -> Self {
        Self {
            is_attended: Identity::from_env(&env).is_attended(),
            input_is_taken: input.config.as_deref() == Some(Path::new("-")),
            input_is_terminal: io::stdin().is_terminal(),
            output_is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Whether a user at a terminal can be asked.
    pub(super) fn is_terminal(self) -> bool {
        self.input_is_terminal && self.has_somebody()
    }

    /// Whether to ask. A pipe may hold an answer in any case; a user at a terminal must see the question.
    fn has_somebody(self) -> bool {
        let sees_it = self.output_is_terminal || !self.input_is_terminal;
        self.is_attended && !self.input_is_taken && sees_it
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// The line, trimmed.
    Line(String),
    Nobody,
    Interrupted(Signal),
}

/// Asks, and waits for a line or a signal.
async fn ask(question: &str, room: Room, signals: impl Stream<Item = Signal>) -> Answer {
    if !room.has_somebody() {
        return Answer::Nobody;
    }
    if room.input_is_terminal {
        // Discard what was typed before the question, if possible.
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
    let mut out = io::stderr();
    let _ = write!(out, "{question} ").and_then(|()| out.flush());
    let (tell, told) = oneshot::channel();
    // Reading a line cannot be cancelled, and the process does not wait for this thread.
    std::thread::spawn(move || {
        // Fails after a signal: the receiver is gone.
        let _ = tell.send(read_line(io::stdin().lock()));
    });
    let (told, mut signals) = (pin!(told), pin!(signals));
    let (line, answer) = match future::select(told, signals.next()).await {
        // SIGHUP may still be pending.
        Either::Left(_) if room.input_is_terminal && is_closed() => {
            (vec![], Answer::Interrupted(Signal::Sighup))
        }
        Either::Left((Ok(Ok(line)), _)) => {
            let answer = understand(&line, room.input_is_terminal);
            (line, answer)
        }
        Either::Left(_) | Either::Right((None, _)) => (vec![], Answer::Nobody),
        Either::Right((Some(signal), _)) => (vec![], Answer::Interrupted(signal)),
    };
    // A terminal echoes a typed line break.
    if !(room.input_is_terminal && line.ends_with(b"\n")) {
        let _ = writeln!(out);
    }
    answer
}

/// Whether the terminal on standard input was closed: it then has no settings.
fn is_closed() -> bool {
    tcgetattr(io::stdin()).is_err()
}

/// Reads up to the first line break, but not forever: a pipe may have neither a line break nor an end.
fn read_line(input: impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = vec![];
    input.take(LONGEST).read_until(b'\n', &mut line)?;
    Ok(line)
}

/// The last line needs no line break. Endless input is no answer.
fn understand(line: &[u8], is_terminal: bool) -> Answer {
    if !line.ends_with(b"\n") && line.len() as u64 == LONGEST {
        return Answer::Line(String::new());
    }
    // Ctrl-D on a terminal is an answer.
    if line.is_empty() && !is_terminal {
        return Answer::Nobody;
    }
    Answer::Line(String::from_utf8_lossy(line).trim().to_owned())
}

/// Whether the answer is `y` or `yes`.
pub(super) fn is_yes(line: &str) -> bool {
    ["y", "yes"].contains(&line.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_y_and_yes_confirm() {
        for yes in ["y", "yes", "YES", "Y"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["n", "", "yess", "j", "no", "\u{fffd}", "y y"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }

    #[test]
    fn a_line_is_an_answer_with_or_without_a_line_break() {
        for line in ["acme\n", "acme", "acme\r\n", " acme \n"] {
            for is_terminal in [true, false] {
                let answer = understand(line.as_bytes(), is_terminal);
                assert_eq!(answer, Answer::Line("acme".to_owned()), "{line:?}");
            }
        }
    }

    #[test]
    fn endless_input_is_cut_off_and_is_no_answer() {
        for endless in [
            "y".repeat(100_000),
            " ".repeat(100_000) + "y",
            "y".to_owned() + &" ".repeat(100_000),
        ] {
            let line = read_line(endless.as_bytes()).unwrap();
            assert_eq!(line.len(), 4096);
            assert_eq!(understand(&line, false), Answer::Line(String::new()));
        }
        let line = read_line(&b"acme\nrest"[..]).unwrap();
        assert_eq!(understand(&line, false), Answer::Line("acme".to_owned()));
    }

    #[test]
    fn end_of_input_is_an_empty_answer_on_a_terminal_and_none_on_a_pipe() {
        assert_eq!(understand(b"", true), Answer::Line(String::new()));
        assert_eq!(understand(b"", false), Answer::Nobody);
        assert_eq!(understand(b"\n", false), Answer::Line(String::new()));
    }

    #[test]
    fn asking_needs_a_visible_question_and_an_unused_standard_input() {
        let terminal = Room {
            is_attended: true,
            input_is_taken: false,
            input_is_terminal: true,
            output_is_terminal: true,
        };
        assert!(terminal.has_somebody());
        let pipe = Room {
            input_is_terminal: false,
            output_is_terminal: false,
            ..terminal
        };
        assert!(pipe.has_somebody());
        for room in [
            Room {
                is_attended: false,
                ..terminal
            },
            Room {
                input_is_taken: true,
                ..pipe
            },
            Room {
                output_is_terminal: false,
                ..terminal
            },
        ] {
            assert!(!room.has_somebody(), "{room:?}");
        }
    }
}
