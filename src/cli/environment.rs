//! Decides which of the `ORCHESTRATE_<FLAG>` variables clap reads.
//!
//! A variable counts as unset if it is empty, if it is false for a flag without a value, if it conflicts with a flag on the
//! command line (its own or another), or if it belongs to another command.

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, Error, FromArgMatches};
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};

/// Parses the arguments, then the variables.
///
/// # Errors
/// clap's error, with the names of the variables that caused it.
pub(super) fn parse<C: CommandFactory + FromArgMatches>(
    arguments: &[OsString],
) -> Result<C, Error> {
    let deaf = C::command()
        .mut_args(unset)
        .mut_subcommands(|command| command.mut_args(unset));
    let typed = deaf.try_get_matches_from(arguments)?;
    let mut command = heed(C::command(), &typed);
    let matches = command
        .try_get_matches_from_mut(arguments)
        .map_err(|error| blame(error, &command))?;
    C::from_arg_matches(&matches)
}

fn unset(arg: Arg) -> Arg {
    arg.env(Resettable::Reset)
}

/// The command without the variables that count as unset.
fn heed(command: Command, typed: &ArgMatches) -> Command {
    match typed.subcommand() {
        // The flags of `deploy` are also at the top level.
        Some((name, typed)) => command
            .mut_args(unset)
            .mut_subcommand(name, |command| heed_of(command, typed)),
        None => heed_of(command, typed),
    }
}

fn heed_of(command: Command, typed: &ArgMatches) -> Command {
    let is_typed =
        |arg: &Arg| typed.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let mut contradicted = HashSet::new();
    for arg in command.get_arguments() {
        for other in command.get_arg_conflicts_with(arg) {
            if is_typed(arg) {
                contradicted.insert(other.get_id().clone());
            }
            if is_typed(other) {
                contradicted.insert(arg.get_id().clone());
            }
        }
    }
    command.mut_args(|arg| {
        let value = arg.get_env().and_then(std::env::var_os).unwrap_or_default();
        if says_nothing(&arg, &value) || contradicted.contains(arg.get_id()) {
            unset(arg)
        } else {
            arg
        }
    })
}

fn says_nothing(arg: &Arg, value: &OsStr) -> bool {
    let says_no = || {
        let value = value.to_str().unwrap_or_default().to_ascii_lowercase();
        ["0", "false", "f", "no", "n", "off"].contains(&value.as_str())
    };
    let is_switch = || {
        let values = arg.get_num_args();
        matches!(arg.get_action(), ArgAction::SetTrue)
            || values.is_some_and(|values| !values.takes_values() || values.min_values() == 0)
    };
    value.is_empty() || (is_switch() && says_no())
}

/// Names the variables in an error: the command line alone is valid.
fn blame(mut error: Error, command: &Command) -> Error {
    let flags = [ContextKind::InvalidArg, ContextKind::PriorArg]
        .into_iter()
        .filter_map(|kind| match error.get(kind)? {
            ContextValue::String(flag) => flag.split(' ').next()?.strip_prefix("--"),
            _ => None,
        });
    let commands = || std::iter::once(command).chain(command.get_subcommands());
    let tip = |flag: &str| {
        let mut args = commands()
            .flat_map(Command::get_arguments)
            .filter(|arg| arg.get_long() == Some(flag));
        let name = args.find_map(Arg::get_env)?;
        Some(format!("set by the environment variable {}", name.to_string_lossy()).into())
    };
    let tips: Vec<_> = flags.filter_map(tip).collect();
    if !tips.is_empty() {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}
