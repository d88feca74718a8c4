//! A question to whoever can answer it, on a terminal or through a pipe; a signal ends it.

use super::Exit;
use super::flags::InputArgs;
use super::load::env;
use super::say::say;
use crate::api::Identity;
use crate::model::Reason;
use crate::report::Signal;
use futures::channel::oneshot;
use futures::future::Either;
use futures::{Stream, StreamExt, future};
use rustix::termios::{QueueSelector, tcflush, tcgetattr};
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::pin::pin;

/// No answer is longer.
const LONGEST: u64 = 4096;

/// Something that is not done before somebody says so.
pub(super) struct Question<'a> {
    /// With what to type.
    pub(super) text: &'a str,
    /// Whether a line, without the space around it, says so.
    pub(super) is_yes: &'a dyn Fn(&str) -> bool,
    /// What is said after any other line, or a signal.
    pub(super) nothing_done: &'static str,
}

/// Why it is not to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unconfirmed {
    /// Nobody is there who could answer, and nothing has been said.
    Nobody,
    /// The answer is another one, and it has been said that nothing was done.
    Declined,
    /// A signal came instead, and it has been said likewise.
    Interrupted(Signal),
}

impl Unconfirmed {
    /// How the program ends, and why no project was touched.
    pub(super) fn ends(self) -> (Exit, Reason) {
        match self {
            Self::Nobody => (Exit::UNCONFIRMED, Reason::NOT_CONFIRMED),
            Self::Declined => (Exit::FAILURE, Reason::NOT_CONFIRMED),
            Self::Interrupted(signal) => (Exit::of_report(signal.exit_code()), Reason::INTERRUPTED),
        }
    }
}

impl Question<'_> {
    /// Asks, and returns where the answer is yes.
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

/// What decides whether anybody can be asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Neither a CI system nor an agent has started this.
    is_attended: bool,
    /// Standard input has been read for something else.
    input_is_taken: bool,
    /// Answers come from a terminal.
    input_is_terminal: bool,
    /// Questions go to a terminal.
    output_is_terminal: bool,
}

impl Room {
    /// The room of this process, which has read its manifest.
    pub(super) fn after_reading(input: &InputArgs) -> Self {
        Self {
            is_attended: Identity::from_env(&env).is_attended(),
            input_is_taken: input.config.as_deref() == Some(Path::new("-")),
            input_is_terminal: io::stdin().is_terminal(),
            output_is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Whether to ask. A pipe may hold an answer, wherever the question goes; who sits at a terminal has to see it.
    fn has_somebody(self) -> bool {
        let sees_it = self.output_is_terminal || !self.input_is_terminal;
        self.is_attended && !self.input_is_taken && sees_it
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// What was typed, without the space around it.
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
        // What was typed before is no answer to this. Where that cannot be thrown away, it is one.
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
    let mut out = io::stderr();
    let _ = write!(out, "{question} ").and_then(|()| out.flush());
    let (tell, told) = oneshot::channel();
    // Nothing can end the wait for a line; the process does not wait for a thread of its own kind.
    std::thread::spawn(move || {
        // Nobody listens any more when a signal came first.
        let _ = tell.send(read_line(io::stdin().lock()));
    });
    let (told, mut signals) = (pin!(told), pin!(signals));
    let (line, answer) = match future::select(told, signals.next()).await {
        // The signal that says so may still be on its way.
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
    // A terminal shows the line break of who has typed one.
    if !(room.input_is_terminal && line.ends_with(b"\n")) {
        let _ = writeln!(out);
    }
    answer
}

/// Whether the terminal on standard input was closed: then it has no settings any more.
fn is_closed() -> bool {
    tcgetattr(io::stdin()).is_err()
}

/// Reads up to the first line break, but not for ever: a pipe may have neither that nor an end.
fn read_line(input: impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = vec![];
    input.take(LONGEST).read_until(b'\n', &mut line)?;
    Ok(line)
}

/// The last line needs no line break. What goes on for ever is no answer.
fn understand(line: &[u8], is_terminal: bool) -> Answer {
    if !line.ends_with(b"\n") && line.len() as u64 == LONGEST {
        return Answer::Line(String::new());
    }
    // Whoever ends the input of a terminal has been there.
    if line.is_empty() && !is_terminal {
        return Answer::Nobody;
    }
    Answer::Line(String::from_utf8_lossy(line).trim().to_owned())
}

/// Only yes is yes.
pub(super) fn is_yes(line: &str) -> bool {
    ["y", "yes"].contains(&line.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
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
    fn what_has_no_end_is_read_to_one_and_is_no_answer() {
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
    fn the_end_of_a_terminals_input_is_an_empty_line_and_that_of_a_pipe_is_nobody() {
        assert_eq!(understand(b"", true), Answer::Line(String::new()));
        assert_eq!(understand(b"", false), Answer::Nobody);
        assert_eq!(understand(b"\n", false), Answer::Line(String::new()));
    }

    #[test]
    fn a_question_needs_somebody_who_sees_it_and_an_input_that_is_free() {
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
        for nobody in [
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
            assert!(!nobody.has_somebody(), "{nobody:?}");
        }
    }
}
