//! What a program's end and its last words mean. The CLI has one exit code for all failures, so its words must do.

use super::error::{Ended, Who, Why};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// What is to be known about the program that failed.
pub(super) struct Culprit<'a> {
    pub(super) who: Who,
    /// The CLI's version.
    pub(super) version: Option<&'a str>,
    /// The account that it was to work for.
    pub(super) account: Option<&'a str>,
}

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
    "Nonexistent flag: --debug-bundle",
    "debug:parse-project is not a checkly command",
];

/// What it says of a project without resources, which it does not deploy.
const NO_RESOURCES: &str = "Unable to find constructs to deploy";

/// What node and the CLI say of a disk without space.
const FULL: [&str; 2] = ["ENOSPC", "No space left on device"];

/// What a failure was.
pub(super) fn of(culprit: &Culprit<'_>, status: ExitStatus, output: &str) -> Why {
    let says = |phrases: &[&str]| output.lines().any(|line| begins(line, phrases));
    let contains = |phrases: &[&str]| phrases.iter().any(|phrase| output.contains(phrase));
    let is_cli = culprit.who == Who::Cli;
    if contains(&FULL) {
        return Why::DiskFull;
    }
    if contains(&["heap out of memory"]) {
        return Why::OutOfMemory;
    }
    if is_cli && says(&TOO_OLD) {
        return Why::TooOld(culprit.version.map(str::to_owned));
    }
    if is_cli && contains(&[NO_RESOURCES]) {
        return Why::NoResources;
    }
    // With the same code as the CLI for a command that it does not know.
    if is_cli && status.code() == Some(NOT_FOUND) && contains(&["node"]) {
        return Why::NoNode;
    }
    if let Some(account) = culprit.account.filter(|_| is_cli) {
        if says(&REFUSED) {
            return Why::Credentials(account.to_owned());
        }
        if says(&PASSING) {
            return Why::Unreachable;
        }
    }
    let how = match (status.code(), status.signal()) {
        (None, Some(signal)) => Ended::Signal(signal),
        (code, _) => Ended::Code(code.unwrap_or_default()),
    };
    Why::Failed {
        who: culprit.who,
        how,
        line: telling_line(output),
    }
}

/// No more characters of a line are taken into a message.
const LONGEST: usize = 200;

/// The last line that names an error, or else the last with words: the message of a wrapped one is where it begins, and
/// stack traces come after it.
fn telling_line(output: &str) -> Option<String> {
    let lines = output.lines().map(plain);
    let lines =
        lines.filter(|line| line.contains(char::is_alphanumeric) && !line.starts_with("at "));
    let (errors, others): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.contains("Error: "));
    let line = errors.last().or(others.last())?;
    let line = line.strip_prefix("Caused by: ").unwrap_or(line);
    Some(match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    })
}

/// A line without what oclif puts in front.
fn plain(line: &str) -> &str {
    line.trim_start_matches([' ', '›', '»']).trim_end()
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
