//! Asks for confirmation on a terminal or through a pipe; a signal ends it.

use super::console;
use super::flags::InputArgs;
use super::load::env;
use crate::api::Identity;
use crate::model::Signal;
use crate::run::Answer;
use futures::channel::oneshot;
use rustix::termios::{QueueSelector, tcflush, tcgetattr};
use std::io::{self, BufRead, IsTerminal};
use std::path::Path;

/// The maximum length of an answer.
const LONGEST: u64 = 4096;

/// `CI=false` means that this is no CI. In the header of requests it is one, as for the Checkly CLI.
fn without_ci_false(name: &str) -> Option<String> {
    env(name).filter(|value| name != "CI" || value != "false")
}

/// The facts that decide whether the run is interactive.
#[derive(Clone, Copy, Debug)]
pub(super) struct PromptContext {
    /// Not started by a CI system or an agent.
    is_attended: bool,
    /// The manifest was read from standard input.
    input_is_taken: bool,
    input_is_terminal: bool,
    output_is_terminal: bool,
}

impl PromptContext {
    /// The facts of this process after it has read the manifest.
    pub(super) fn after_reading(input: &InputArgs) -> Self {
        Self {
            is_attended: Identity::from_env(&without_ci_false).is_attended(),
            input_is_taken: input.config.as_deref() == Some(Path::new("-")),
            input_is_terminal: io::stdin().is_terminal(),
            output_is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Whether a user at a terminal can be asked.
    pub(super) fn is_terminal(self) -> bool {
        self.input_is_terminal && self.is_interactive()
    }

    /// Whether to ask. A pipe may hold an answer in any case; a user at a terminal must see the question.
    fn is_interactive(self) -> bool {
        let sees_it = self.output_is_terminal || !self.input_is_terminal;
        self.is_attended && !self.input_is_taken && sees_it
    }
}

/// Asks, and waits for a line. Dropping the future withdraws the question.
pub(super) async fn ask(
    text: &str,
    context: PromptContext,
    is_yes: impl Fn(&str) -> bool,
) -> Answer {
    if !context.is_interactive() {
        return Answer::NotInteractive;
    }
    if context.input_is_terminal {
        // Discard what was typed before the question, if possible.
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
    console::write(&format!("{text} "));
    let mut line_break = LineBreak(true);
    let (sender, line) = oneshot::channel();
    // Reading a line cannot be cancelled, and the process does not wait for this thread.
    std::thread::spawn(move || {
        // Fails after a signal: the receiver is gone.
        let _ = sender.send(read_line(io::stdin().lock()));
    });
    let line = line.await;
    // SIGHUP may still be pending.
    if context.input_is_terminal && is_closed() {
        return Answer::Interrupted(Signal::Sighup);
    }
    let Ok(Ok(line)) = line else {
        return Answer::NotInteractive;
    };
    // A terminal echoes a typed line break.
    line_break.0 = !(context.input_is_terminal && line.ends_with(b"\n"));
    match understand(&line, context.input_is_terminal) {
        Some(line) if is_yes(&line) => Answer::Yes,
        Some(_) => Answer::No,
        None => Answer::NotInteractive,
    }
}

/// Ends the line of the question, also if it is withdrawn.
struct LineBreak(bool);

impl Drop for LineBreak {
    fn drop(&mut self) {
        if self.0 {
            console::write("\n");
        }
    }
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

/// The line, trimmed; `None` if there is none. The last line needs no line break. Endless input is no answer.
fn understand(line: &[u8], is_terminal: bool) -> Option<String> {
    if !line.ends_with(b"\n") && line.len() as u64 == LONGEST {
        return Some(String::new());
    }
    // Ctrl-D on a terminal is an answer.
    if line.is_empty() && !is_terminal {
        return None;
    }
    Some(String::from_utf8_lossy(line).trim().to_owned())
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
                assert_eq!(answer, Some("acme".to_owned()), "{line:?}");
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
            assert_eq!(understand(&line, false), Some(String::new()));
        }
        let line = read_line(&b"acme\nrest"[..]).unwrap();
        assert_eq!(understand(&line, false), Some("acme".to_owned()));
    }

    #[test]
    fn end_of_input_is_an_empty_answer_on_a_terminal_and_none_on_a_pipe() {
        assert_eq!(understand(b"", true), Some(String::new()));
        assert_eq!(understand(b"", false), None);
        assert_eq!(understand(b"\n", false), Some(String::new()));
    }

    #[test]
    fn asking_needs_a_visible_question_and_an_unused_standard_input() {
        let terminal = PromptContext {
            is_attended: true,
            input_is_taken: false,
            input_is_terminal: true,
            output_is_terminal: true,
        };
        assert!(terminal.is_interactive());
        let pipe = PromptContext {
            input_is_terminal: false,
            output_is_terminal: false,
            ..terminal
        };
        assert!(pipe.is_interactive());
        for context in [
            PromptContext {
                is_attended: false,
                ..terminal
            },
            PromptContext {
                input_is_taken: true,
                ..pipe
            },
            PromptContext {
                output_is_terminal: false,
                ..terminal
            },
        ] {
            assert!(!context.is_interactive(), "{context:?}");
        }
    }
}
