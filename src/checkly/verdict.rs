//! Interprets a program's exit status and output. The CLI has one exit code for all failures, so its messages matter.

use super::Mode;
use super::diagnostic::{self, plain};
use super::error::{Cause, Termination, Tool};
use super::find::Cli;
use super::offline;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// The exit code of a shell, and of `env`, for an unknown program.
const NOT_FOUND: i32 = 127;

/// The CLI's messages when the API does not respond.
const UNREACHABLE: [&str; 2] = [
    "Encountered an error connecting to Checkly",
    "ProxyConnectionError:",
];

/// The CLI's messages for transient statuses, and the status; 500 for all of 5xx.
const BUSY: [(&str, u16); 3] = [
    ("ServerError:", 500),
    ("RequestTimeoutError:", 408),
    ("Too Many Requests", 429),
];

/// The CLI's messages when the API refuses its key.
const REFUSED: [&str; 3] = [
    "Authentication failed with account id",
    "UnauthorizedError:",
    "ForbiddenError:",
];

/// The messages of versions that cannot make bundles.
const TOO_OLD: [&str; 2] = [
    "Nonexistent flags: --debug-bundle",
    "debug parse-project is not a checkly command",
];

/// The CLI's messages for an invalid project; the reasons precede them.
const INVALID: [&str; 2] = [
    "✖ Unable to continue due to unresolved validation errors.",
    "✖ Your Checkly configuration file is not valid.",
];

/// The CLI's message for a project without resources, which it does not deploy.
const NO_RESOURCES: &str = "Unable to find constructs to deploy";

/// The messages of node and the CLI when the disk is full.
const FULL: [&str; 2] = ["ENOSPC", "No space left on device"];

/// The reason for a failure of the CLI, or of a command if `cli` is `None`.
pub(super) fn of(cli: Option<&Cli>, mode: Mode<'_>, status: ExitStatus, output: &str) -> Cause {
    let says = |phrases: &[&str]| output.lines().any(|line| begins(line, phrases));
    let contains = |phrases: &[&str]| phrases.iter().any(|phrase| output.contains(phrase));
    if contains(&FULL) {
        return Cause::DiskFull;
    }
    if contains(&["heap out of memory"]) {
        return Cause::OutOfMemory;
    }
    if let Some(cli) = cli.filter(|_| is_too_old(output)) {
        return cli.too_old(mode);
    }
    if cli.is_some()
        && let Some(line) = node_too_old(output)
    {
        return Cause::NodeTooOld(line);
    }
    if let Some(program) = missing(output) {
        return Cause::NoProgram(program);
    }
    if cli.is_some() && contains(&[NO_RESOURCES]) {
        return Cause::NoResources;
    }
    // The CLI has the same exit code for an unknown command.
    if cli.is_some() && status.code() == Some(NOT_FOUND) && contains(&["node"]) {
        return Cause::NoNode;
    }
    if let (Some(_), Mode::Online(account)) = (cli, mode) {
        if says(&REFUSED) {
            return Cause::Credentials(account.account_id.to_owned());
        }
        if says(&UNREACHABLE) {
            return Cause::Unreachable;
        }
        if let Some((_, status)) = BUSY.iter().find(|(phrase, _)| says(&[phrase])) {
            return Cause::Busy(*status);
        }
    }
    // A command may itself run the CLI.
    if let Mode::Online(_) = mode
        && let Some(slug) = output.lines().find_map(offline::private_location)
    {
        return Cause::UnknownLocation(slug.to_owned());
    }
    let mistake = diagnostic::headline(&diagnostic::all(output));
    if cli.is_some()
        && says(&INVALID)
        && let Some(mistake) = mistake
    {
        return Cause::Invalid(mistake);
    }
    let how = match (status.code(), status.signal()) {
        (None, Some(signal)) => Termination::Signal(signal),
        (code, _) => Termination::Code(code.unwrap_or_default()),
    };
    Cause::Failed {
        who: cli.map_or(Tool::Command, |_| Tool::Cli),
        how,
        line: mistake.or_else(|| diagnostic::telling_line(output)),
    }
}

/// Whether a CLI reports an unknown command or flag.
pub(super) fn is_too_old(output: &str) -> bool {
    output.lines().any(|line| begins(line, &TOO_OLD))
}

/// The CLI's line about an outdated Node.js, which precedes those about workarounds.
fn node_too_old(output: &str) -> Option<String> {
    let mut lines = output.lines().map(plain);
    let line = lines.find(|line| {
        line.starts_with("You are running Node.js v") && line.contains("requires Node.js v")
    })?;
    Some(line.trim_end_matches('.').to_owned())
}

/// The program that node could not find.
pub(super) fn missing(output: &str) -> Option<String> {
    let mut lines = output.lines().map(plain);
    let name = lines.find_map(|line| line.strip_prefix("spawn ")?.strip_suffix(" ENOENT"))?;
    Some(name.to_owned())
}

/// Whether a line of the CLI begins with one of these phrases, after the name of an error or `Warning:` and oclif's
/// prefix: in the middle of a line, they are not the CLI's.
fn begins(line: &str, phrases: &[&str]) -> bool {
    let line = plain(line);
    let after_name = line
        .split_once(": ")
        .filter(|(name, _)| name.chars().all(|c| c.is_ascii_alphanumeric()));
    let texts = [Some(line), after_name.map(|(_, rest)| rest)];
    let mut texts = texts.into_iter().flatten();
    texts.any(|text| phrases.iter().any(|phrase| text.starts_with(phrase)))
}
