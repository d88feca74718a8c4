//! Tips for names that people bring from other tools.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use std::ffi::OsString;

/// What other tools call a flag or a command, and what it is called here.
const NAMES: [(&[&str], &str); 17] = [
    (&["--dry-run"], "orchestrate preview"),
    (&["apply", "up"], "orchestrate deploy"),
    (&["diff"], "orchestrate preview"),
    (&["delete", "remove", "down"], "orchestrate destroy"),
    (
        &[
            "--filter",
            "--filterset",
            "--include",
            "--project",
            "--projects",
            "--scope",
            "--target",
        ],
        "--only PATTERN",
    ),
    (&["--tag", "--tags"], "--only tag:NAME"),
    (&["--ignore", "--skip"], "--exclude PATTERN"),
    (
        &[
            "--jobs",
            "--max-parallel",
            "--parallel",
            "--parallelism",
            "--test-threads",
            "--threads",
            "--workers",
        ],
        "--concurrency N",
    ),
    (
        &["--auto-approve", "--no-input", "--non-interactive"],
        "--yes",
    ),
    (&["--base", "--changed", "--since"], "--affected=REF"),
    (&["--bail"], "--fail-fast"),
    (&["--lock-timeout"], "--conflict-deadline DURATION"),
    (
        &["--env", "--environment", "--stack", "--workspace"],
        "--profile NAME",
    ),
    (
        &[
            "--chdir",
            "--cwd",
            "--file",
            "--manifest",
            "--manifest-path",
        ],
        "--config FILE",
    ),
    (&["--json"], "--message-format json"),
    (&["--json"], "--format json"),
    (&["--no-color"], "--color never"),
];

/// Adds a tip to an error about a flag or a command that another tool has, a flag of a later command, or the value of
/// `--affected`.
pub(super) fn add(mut error: Error, command: &Command, arguments: &[OsString]) -> Error {
    let kind = match error.kind() {
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => return error,
    };
    let Some(ContextValue::String(unknown)) = error.get(kind) else {
        return error;
    };
    let words: Vec<_> = arguments.iter().map(|it| it.to_string_lossy()).collect();
    let is_value = |pair: &[_]| pair[0] == "--affected" && pair[1] == *unknown;
    let named = || {
        words
            .iter()
            .filter_map(|word| command.find_subcommand(&**word))
    };
    let of_later = || {
        let has = |it: &&Command| has_flag(it, unknown);
        Some(format!(
            "orchestrate {} {unknown}",
            named().find(has)?.get_name()
        ))
    };
    let ours = match words.windows(2).any(is_value) {
        true => Some(format!("--affected={unknown}")),
        false => of(&long(unknown, &words), named().next().unwrap_or(command))
            .map(str::to_owned)
            .or_else(of_later),
    };
    let Some(ours) = ours else {
        return error;
    };
    for similar in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand] {
        error.remove(similar);
    }
    let tips: Vec<StyledStr> = vec![format!("use '{ours}'").into()];
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    error
}

/// What another tool's name is called here. A flag counts only where the command has it.
pub(super) fn of(name: &str, command: &Command) -> Option<&'static str> {
    let has = |ours: &str| {
        let flag = ours.split([' ', '=']).next().unwrap_or_default();
        !flag.starts_with("--") || has_flag(command, flag)
    };
    let mut rows = NAMES.iter();
    let row = rows.find(|(theirs, ours)| theirs.contains(&name) && has(ours))?;
    Some(row.1)
}

fn has_flag(command: &Command, flag: &str) -> bool {
    let mut flags = command.get_arguments().filter_map(clap::Arg::get_long);
    flags.any(|long| flag.strip_prefix("--") == Some(long))
}

/// An unknown flag as the table has it: Terraform's `-auto-approve` is no row of letters.
fn long(unknown: &str, words: &[impl AsRef<str>]) -> String {
    let Some(letter) = unknown.strip_prefix('-').filter(|it| it.len() == 1) else {
        return unknown.to_owned();
    };
    let mut words = words
        .iter()
        .filter_map(|word| word.as_ref().strip_prefix('-'));
    let word = words.find(|word| word.len() > 1 && !word.starts_with('-') && word.contains(letter));
    let word = word.and_then(|word| word.split('=').next());
    format!("--{}", word.unwrap_or(letter))
}

#[cfg(test)]
mod tests {
    use super::super::args::Cli;
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_tip_names_something_that_exists() {
        let command = Cli::command();
        for (theirs, ours) in NAMES {
            let exists = match ours.strip_prefix("orchestrate ") {
                Some(name) => command.find_subcommand(name).is_some(),
                None => command
                    .get_subcommands()
                    .any(|it| of(theirs[0], it) == Some(ours)),
            };
            assert!(exists, "{ours}");
        }
    }

    #[test]
    fn no_flag_or_command_of_our_own_is_taken_for_that_of_another_tool() {
        let command = Cli::command();
        for theirs in NAMES.iter().flat_map(|(theirs, _)| *theirs) {
            let mut flags = command.get_subcommands().flat_map(Command::get_arguments);
            let is_flag = flags.any(|arg| arg.get_long() == theirs.strip_prefix("--"));
            let is_ours =
                is_flag && theirs.starts_with("--") || command.find_subcommand(theirs).is_some();
            assert!(!is_ours, "{theirs}");
        }
    }
}
