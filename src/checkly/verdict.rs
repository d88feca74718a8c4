//! What a program's end and its last words mean. The CLI has one exit code for all failures, so its words must do.

use super::Mode;
use super::diagnostic::{self, plain};
use super::error::{Ended, Who, Why};
use super::find::Cli;
use super::offline;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// What a shell, and `env`, end with when they do not find a program.
const NOT_FOUND: i32 = 127;

/// What the CLI says without an answer from the API, or with one that may be another the next time.
const PASSING: [&str; 5] = [
    "Encountered an error connecting to Checkly",
    "ProxyConnectionError:",
    "ServerError:",
    "RequestTimeoutError:",
    "Too Many Requests",
];

/// What it says when the API does not accept its key.
const REFUSED: [&str; 3] = [
    "Authentication failed with account id",
    "UnauthorizedError:",
    "ForbiddenError:",
];

/// What a version says that does not know how to make bundles.
const TOO_OLD: [&str; 2] = [
    "Nonexistent flags: --debug-bundle",
    "debug parse-project is not a checkly command",
];

/// How it says that the project is not valid; before that, it says why.
const INVALID: [&str; 2] = [
    "✖ Unable to continue due to unresolved validation errors.",
    "✖ Your Checkly configuration file is not valid.",
];

/// What it says of a project without resources, which it does not deploy.
const NO_RESOURCES: &str = "Unable to find constructs to deploy";

/// What node and the CLI say of a disk without space.
const FULL: [&str; 2] = ["ENOSPC", "No space left on device"];

/// What a failure was of the CLI, or of a command where there is none.
pub(super) fn of(cli: Option<&Cli>, mode: Mode<'_>, status: ExitStatus, output: &str) -> Why {
    let says = |phrases: &[&str]| output.lines().any(|line| begins(line, phrases));
    let contains = |phrases: &[&str]| phrases.iter().any(|phrase| output.contains(phrase));
    if contains(&FULL) {
        return Why::DiskFull;
    }
    if contains(&["heap out of memory"]) {
        return Why::OutOfMemory;
    }
    if let Some(cli) = cli.filter(|_| is_too_old(output)) {
        return cli.too_old(mode);
    }
    if cli.is_some()
        && let Some(line) = node_too_old(output)
    {
        return Why::NodeTooOld(line);
    }
    if let Some(program) = missing(output) {
        return Why::NoProgram(program);
    }
    if cli.is_some() && contains(&[NO_RESOURCES]) {
        return Why::NoResources;
    }
    // With the same code as the CLI for a command that it does not know.
    if cli.is_some() && status.code() == Some(NOT_FOUND) && contains(&["node"]) {
        return Why::NoNode;
    }
    if let (Some(_), Mode::Online { account_id, .. }) = (cli, mode) {
        if says(&REFUSED) {
            return Why::Credentials(account_id.to_owned());
        }
        if says(&PASSING) {
            return Why::Unreachable;
        }
    }
    // A command may well run the CLI.
    if let Mode::Online { .. } = mode
        && let Some(slug) = output.lines().find_map(offline::private_location)
    {
        return Why::UnknownLocation(slug.to_owned());
    }
    let mistake = diagnostic::headline(&diagnostic::all(output));
    if cli.is_some()
        && says(&INVALID)
        && let Some(mistake) = mistake
    {
        return Why::Invalid(mistake);
    }
    let how = match (status.code(), status.signal()) {
        (None, Some(signal)) => Ended::Signal(signal),
        (code, _) => Ended::Code(code.unwrap_or_default()),
    };
    Why::Failed {
        who: cli.map_or(Who::Command, |_| Who::Cli),
        how,
        line: mistake.or_else(|| diagnostic::telling_line(output)),
    }
}

/// Whether a CLI says that it does not know what it is asked for.
pub(super) fn is_too_old(output: &str) -> bool {
    output.lines().any(|line| begins(line, &TOO_OLD))
}

/// The CLI's line about a Node.js that is too old for it, which comes before those about ways around that.
fn node_too_old(output: &str) -> Option<String> {
    let mut lines = output.lines().map(plain);
    let line = lines.find(|line| {
        line.starts_with("You are running Node.js v") && line.contains("requires Node.js v")
    })?;
    Some(line.trim_end_matches('.').to_owned())
}

/// The program that node could not start, since there is none of that name.
pub(super) fn missing(output: &str) -> Option<String> {
    let mut lines = output.lines().map(plain);
    let name = lines.find_map(|line| line.strip_prefix("spawn ")?.strip_suffix(" ENOENT"))?;
    Some(name.to_owned())
}

/// Whether a line of the CLI's begins with one of these, after the name of an error or `Warning:` and what oclif puts in
/// front: the same words in the middle of a line are somebody else's.
fn begins(line: &str, phrases: &[&str]) -> bool {
    let line = plain(line);
    let after_name = line
        .split_once(": ")
        .filter(|(name, _)| name.chars().all(|c| c.is_ascii_alphanumeric()));
    let texts = [Some(line), after_name.map(|(_, rest)| rest)];
    let mut texts = texts.into_iter().flatten();
    texts.any(|text| phrases.iter().any(|phrase| text.starts_with(phrase)))
}
