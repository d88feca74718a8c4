//! Runs one hook until it ends.
//!
//! Synchronous, so it must not run on an actor's thread. The machines decide when a hook runs. There is no timeout
//! here: the caller has the [`CancellationToken`].

mod variables;

pub use crate::process::{CancellationToken, Variables};
pub use variables::{NAMES, OfProject, OfRun, of_project, of_run};

use crate::model::{HookCommand, Secret};
use crate::os_error::plain;
use crate::process::{self, End, Secrets, Timing};
use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::NamedTempFile;

/// Ten seconds between the request to stop and the kill. A hook has no result file to check.
const TIMING: Timing = Timing {
    poll_interval: Duration::from_millis(25),
    stable_polls: u32::MAX,
    grace: 400,
};

/// How a hook ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HookOutcome {
    /// `None` if it was not started or a signal ended it.
    pub exit_code: Option<i32>,
    /// The error, as the end of a sentence about the hook; `None` on success.
    pub fault: Option<String>,
    /// The last lines of its output, secrets redacted.
    pub output: Option<String>,
    /// The report of a test, secrets redacted.
    pub report: Option<String>,
}

impl HookOutcome {
    /// It could not be run.
    pub fn not_run(why: &str) -> Self {
        Self {
            fault: Some(format!("cannot be run: {why}")),
            ..Self::default()
        }
    }
}

/// Runs a hook without a shell, without input, in its directory. When it ends, processes that it left running are killed. `own`
/// overrides `inherited`, the environment of this process, from which variables for other hooks are removed. The `keys` are
/// redacted in its output.
pub fn run(
    command: &HookCommand,
    inherited: Variables,
    own: &[(&'static str, String)],
    keys: &[Secret],
    token: &CancellationToken,
) -> HookOutcome {
    let mut variables = inherited;
    variables.retain(|name, _| NAMES.iter().all(|own| name != own));
    variables.extend(own.iter().map(|(name, value)| (name.into(), value.into())));
    variables.insert("PWD".into(), command.dir.clone().into());
    if token.is_cancelled() {
        return HookOutcome {
            fault: Some("was stopped before it started".to_owned()),
            ..HookOutcome::default()
        };
    }
    // A file needs no reader, and processes that keep it open do not delay the end.
    let log = match NamedTempFile::with_prefix("orchestrate-hook-") {
        Ok(log) => log,
        Err(error) => return not_started(command, &error),
    };
    match start(command, &variables, &log, token) {
        Ok(end) => {
            let output = process::tail(log.path(), &Secrets::of(&variables, keys));
            let (exit_code, fault) = judge(end);
            HookOutcome {
                exit_code,
                fault,
                output: (!output.is_empty()).then_some(output),
                report: None,
            }
        }
        Err(error) => not_started(command, &error),
    }
}

fn start(
    command: &HookCommand,
    variables: &Variables,
    log: &NamedTempFile,
    token: &CancellationToken,
) -> io::Result<End> {
    let mut program = Command::new(command.program());
    program
        .args(command.arguments())
        .current_dir(&command.dir)
        .env_clear()
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(log.as_file().try_clone()?)
        .stderr(log.as_file().try_clone()?);
    process::run(&mut program, token, TIMING, None)
}

fn judge(end: End) -> (Option<i32>, Option<String>) {
    match end {
        End::Exited(status) if status.success() => (status.code(), None),
        End::Exited(status) => (status.code(), Some(format!("ended with {}", of(status)))),
        End::KilledAfterOutput | End::Stopped => (None, Some("was stopped".to_owned())),
    }
}

fn of(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        // "signal: 9 (SIGKILL)"
        None => status.to_string().replacen(':', "", 1),
    }
}

fn not_started(command: &HookCommand, error: &io::Error) -> HookOutcome {
    let program = command.program();
    let why = match error.kind() {
        io::ErrorKind::NotFound if program.is_absolute() && program.is_file() => {
            "the interpreter in its first line (#!) does not exist".to_owned()
        }
        io::ErrorKind::NotFound => "program not found".to_owned(),
        _ if process::is_no_program(error) => {
            "it is neither a program for this system nor a script that starts with #! (such as #!/bin/sh)"
                .to_owned()
        }
        _ => plain(error),
    };
    HookOutcome::not_run(&why)
}

/// The manifest's path for hooks: absolute, because their working directories differ, or `-` for standard input.
pub fn absolute(manifest: &str) -> String {
    match manifest {
        "-" => manifest.to_owned(),
        _ => std::path::absolute(manifest)
            .map_or_else(|_| manifest.to_owned(), |path| path.display().to_string()),
    }
}

#[cfg(test)]
mod tests;
