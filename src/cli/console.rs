//! Messages to standard error, and output to standard output.

use super::Exit;
use super::background::{Background, PATIENCE, Writer};
use super::flags::CommonArgs;
use crate::log::{RunEnd, verdict};
use crate::model::{Diagnostic, Failure, ProjectResult, RunResult};
use crate::os_error::plain;
use crate::run::{self, OnOutage};
use crate::ui::{Above, Facts, diagnostic, outage_line, stderr_size};
use std::fmt::Display;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Shows which patterns of the command line are invalid.
pub(super) fn refused(problems: &[Diagnostic], common: &CommonArgs) -> Exit {
    show(problems, common);
    Exit::USAGE
}

/// Shows problems on standard error.
pub(super) fn show(problems: &[Diagnostic], common: &CommonArgs) -> Exit {
    let facts = Facts::of_stderr();
    let color = facts.color(common.color);
    say(diagnostic::render(problems, color, facts.size().columns).trim_end());
    Exit::INVALID
}

/// Shows the failures by account. The exit code is that of a run whose projects ended with these failures.
pub(super) fn show_failures<'f>(
    failures: impl Iterator<Item = (&'f str, &'f Failure)>,
) -> Result<(), Exit> {
    let failures: Vec<_> = failures.collect();
    for (account, failure) in &failures {
        let error = &failure.error;
        say(&format!("error: account {account}: {}", error.message));
        if let Some(hint) = &error.hint {
            say(&format!("help: {hint}"));
        }
    }
    let ends = failures.iter().map(|(_, failure)| {
        let result = if failure.is_transient() {
            ProjectResult::Unavailable
        } else {
            ProjectResult::Rejected
        };
        (result, Some(failure.reason()))
    });
    match verdict(ends, RunEnd::default()) {
        (RunResult::Succeeded, _) => Ok(()),
        (_, code) => Err(Exit::of_report(code)),
    }
}

/// Shows an outage of the API and its end, as a run does. The command begins now.
pub(super) fn show_outages() -> OnOutage {
    let began = run::now();
    Rc::new(move |event| {
        if let Some(line) = outage_line(event, began) {
            say(&line);
        }
    })
}

/// Set once standard error is not read: writing to it would block.
static IS_UNREAD: AtomicBool = AtomicBool::new(false);

/// Prints a message to standard error. One that is closed or not read is ignored.
pub(super) fn say(text: &str) {
    write(&format!("{text}\n"));
}

/// The same without a line break.
pub(super) fn write(text: &str) {
    if IS_UNREAD.load(Ordering::Relaxed) {
        return;
    }
    let background = Background::new(io::stderr());
    let _ = background.writer().write_all(text.as_bytes());
    if let Err(error) = background.finish(PATIENCE) {
        give_up(&error);
    }
}

/// After this error of standard error, nothing is written to it if it is not read.
pub(super) fn give_up(error: &io::Error) {
    if error.kind() == io::ErrorKind::TimedOut {
        IS_UNREAD.store(true, Ordering::Relaxed);
    }
}

/// Prints above the view of a run.
static ABOVE: Mutex<Option<Above<Writer>>> = Mutex::new(None);

/// From now on, log lines are printed above the view of a run, or again as they are.
pub(super) fn print_above(view: Option<Above<Writer>>) {
    *ABOVE.lock().unwrap_or_else(PoisonError::into_inner) = view;
}

/// Writes the lines of a log to standard error, above the view of a run.
pub(super) struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let above = ABOVE.try_lock().ok();
        let columns = stderr_size().columns;
        if above.is_some_and(|it| it.as_ref().is_some_and(|it| it.write(columns, &text))) {
            return Ok(bytes.len());
        }
        io::stderr().write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Shows an error, and returns this exit code.
pub(super) fn failing<E: Display>(exit: Exit) -> impl FnOnce(E) -> Exit {
    move |error| {
        say(&format!("error: {error}"));
        exit
    }
}

/// Writes to standard output.
pub(super) fn print(text: &str) -> Result<Exit, Exit> {
    match io::stdout().write_all(text.as_bytes()) {
        // The reader has enough: `orchestrate list | head -1`.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            say(&format!(
                "error: cannot write to standard output: {}",
                plain(&error)
            ));
            Err(Exit::FAILURE)
        }
        _ => Ok(Exit::SUCCESS),
    }
}
