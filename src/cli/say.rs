//! Messages to standard error, and output to standard output.

use super::Exit;
use super::flags::CommonArgs;
use crate::model::Diagnostic;
use crate::ui::{Facts, diagnostic};
use std::io::{self, Write};

/// Shows which patterns of the command line are invalid.
pub(super) fn refused(problems: &[Diagnostic], common: &CommonArgs) -> Exit {
    show(problems, common);
    Exit::USAGE
}

/// Shows problems on standard error.
pub(super) fn show(problems: &[Diagnostic], common: &CommonArgs) -> Exit {
    let facts = Facts::of_stderr();
    let color = facts.color(common.color.into());
    say(diagnostic::render(problems, color, facts.size().columns).trim_end());
    Exit::INVALID
}

/// Prints a message to standard error. A closed standard error is ignored.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes to standard output.
pub(super) fn print(text: &str) -> Exit {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => Exit::SUCCESS,
        // The reader has enough: `orchestrate list | head -1`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::SUCCESS,
        Err(error) => {
            say(&format!("error: cannot write to standard output: {error}"));
            Exit::FAILURE
        }
    }
}
