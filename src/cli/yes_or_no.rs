//! A question with a yes or no, on a terminal or through a pipe.

use crate::report::Signal;
use futures::channel::oneshot;
use futures::future::Either;
use futures::{Stream, StreamExt, future};
use std::io::{self, BufRead, IsTerminal, Write};
use std::pin::pin;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// Nobody is there who could answer.
    Nobody,
    Interrupted(Signal),
}

/// What decides whether anybody can be asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Neither a CI system nor an agent has started this.
    pub(super) is_attended: bool,
    /// Standard input has been read for something else.
    pub(super) input_is_taken: bool,
    /// Answers come from a terminal.
    pub(super) input_is_terminal: bool,
    /// Questions go to a terminal.
    pub(super) output_is_terminal: bool,
}

impl Room {
    /// The room of this process.
    pub(super) fn new(is_attended: bool, input_is_taken: bool) -> Self {
        Self {
            is_attended,
            input_is_taken,
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

/// Asks, and waits for the answer or a signal.
pub(super) async fn ask(question: &str, room: Room, signals: impl Stream<Item = Signal>) -> Answer {
    if !room.has_somebody() {
        return Answer::Nobody;
    }
    let mut out = io::stderr();
    let _ = write!(out, "{question} [y/N] ").and_then(|()| out.flush());
    let (tell, told) = oneshot::channel();
    // Nothing can end the wait for a line; the process does not wait for a thread of its own kind.
    std::thread::spawn(move || {
        let mut line = vec![];
        let read = io::stdin().lock().read_until(b'\n', &mut line);
        // Nobody listens any more when a signal came first.
        let _ = tell.send(read.map(|_| line));
    });
    let (told, mut signals) = (pin!(told), pin!(signals));
    let (line, answer) = match future::select(told, signals.next()).await {
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

/// What a line says; without a line break it is the last one. Only yes is yes.
fn understand(line: &[u8], is_terminal: bool) -> Answer {
    let text = String::from_utf8_lossy(line);
    match text.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Answer::Yes,
        // Whoever ends the input of a terminal has been there.
        "" if line.is_empty() && !is_terminal => Answer::Nobody,
        _ => Answer::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes_with_or_without_a_line_break() {
        for yes in ["y\n", "y", "yes\r\n", " YES \n", "Y"] {
            assert_eq!(understand(yes.as_bytes(), true), Answer::Yes, "{yes:?}");
            assert_eq!(understand(yes.as_bytes(), false), Answer::Yes, "{yes:?}");
        }
        for no in ["n\n", "\n", "yess\n", "j", "no", "\u{fffd}", "y y"] {
            assert_eq!(understand(no.as_bytes(), true), Answer::No, "{no:?}");
            assert_eq!(understand(no.as_bytes(), false), Answer::No, "{no:?}");
        }
    }

    #[test]
    fn the_end_of_a_terminals_input_is_a_no_and_that_of_a_pipe_is_nobody() {
        assert_eq!(understand(b"", true), Answer::No);
        assert_eq!(understand(b"", false), Answer::Nobody);
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
