//! What is said to people, on standard error, and handed to programs, on standard output.

use super::Exit;
use super::flags::CommonArgs;
use crate::manifest::SelectError;
use crate::model::Problem;
use crate::ui::{Facts, problem};
use std::io::{self, Write};

/// Shows why nothing can be selected.
pub(super) fn refused(error: &SelectError, common: &CommonArgs) -> Exit {
    show(&error.problems, common);
    match error.is_empty {
        true => Exit::EMPTY,
        false => Exit::USAGE,
    }
}

/// Shows problems on standard error.
pub(super) fn show(problems: &[Problem], common: &CommonArgs) -> Exit {
    let facts = Facts::of_stderr();
    let color = facts.color(common.color.into());
    say(problem::render(problems, color, facts.size().columns).trim_end());
    Exit::INVALID
}

/// Says something to the user. A standard error that is gone is no reason to stop.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes what was asked for to standard output.
pub(super) fn print(text: &str) -> Exit {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => Exit::SUCCESS,
        // Whoever reads has read enough: `orchestrate list | head -1`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::SUCCESS,
        Err(error) => {
            say(&format!(
                "error: standard output cannot be written to: {error}"
            ));
            Exit::FAILURE
        }
    }
}
