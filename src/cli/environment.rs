//! Every flag has an environment variable, `ORCHESTRATE_<FLAG>`. Decides which of them clap reads.
//!
//! A variable counts as unset if it is empty, if it is false for a flag without a value, if it conflicts with a flag on the
//! command line (its own or another), or if it belongs to another command. A variable that belongs to nothing is an error:
//! a misspelt limit must not be ignored.

use super::tips;
use crate::hooks;
use crate::manifest::suggest;
use clap::builder::{BoolishValueParser, Resettable};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, Error, FromArgMatches, Id};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::{OsStr, OsString};

const PREFIX: &str = "ORCHESTRATE_";

/// Directories, which have no flags.
const DIRECTORIES: [&str; 2] = ["ORCHESTRATE_CACHE_DIR", "ORCHESTRATE_STATE_DIR"];

/// The variables that a `bundle_command` and the Checkly CLI get.
const OF_BUNDLING: [&str; 2] = ["ORCHESTRATE_BUNDLE_FILE", "ORCHESTRATE_RUNTIMES"];

/// Parses the arguments, then the variables.
///
/// # Errors
/// clap's error, with the names of the variables that caused it.
pub(super) fn parse<C: CommandFactory + FromArgMatches>(
    arguments: &[OsString],
) -> Result<C, Error> {
    let typed = C::command()
        .try_get_matches_from(arguments)
        .map_err(|error| tips::add(error, &C::command(), arguments))?;
    let command = with_variables(C::command());
    let names = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    let names = names.filter_map(|(name, _)| name.into_string().ok());
    if let Some(why) = unknown(names, &command) {
        return Err(Error::raw(ErrorKind::UnknownArgument, why).with_cmd(&command));
    }
    let mut command = heed(command, &typed)?;
    let matches = command
        .try_get_matches_from_mut(arguments)
        .map_err(|error| blame(error, &command))?;
    C::from_arg_matches(&matches)
}

/// Names the variable of each flag. `yes` and `off` are values of flags without a value.
pub(super) fn with_variables(command: Command) -> Command {
    let with_variable = |arg: Arg| {
        let Some(flag) = arg.get_long() else {
            return arg;
        };
        let name = format!("{PREFIX}{}", flag.to_uppercase().replace('-', "_"));
        let arg = arg.env(name).hide_env(true);
        match arg.get_action() {
            ArgAction::SetTrue => arg.value_parser(BoolishValueParser::new()),
            _ => arg,
        }
    };
    command
        .mut_args(with_variable)
        .mut_subcommands(with_variables)
}

/// Says which of these variables are of this program's kind, and nothing reads or sets them.
fn unknown(names: impl Iterator<Item = String>, command: &Command) -> Option<String> {
    let commands = || std::iter::once(command).chain(command.get_subcommands());
    let flags = commands().flat_map(Command::get_arguments);
    let flags: BTreeSet<&str> = flags
        .filter_map(|arg| arg.get_env()?.to_str())
        .chain(DIRECTORIES)
        .collect();
    let told = |name: &&str| hooks::NAMES.contains(name) || OF_BUNDLING.contains(name);
    let is_unknown =
        |name: &String| name.starts_with(PREFIX) && !flags.contains(&**name) && !told(&&**name);
    let unknown: BTreeSet<String> = names.filter(is_unknown).collect();
    let line = |name: &String| {
        let bare = name.trim_start_matches(PREFIX);
        let known = flags.iter().map(|known| known.trim_start_matches(PREFIX));
        let flag = format!("--{}", bare.to_lowercase().replace('_', "-"));
        let tip = match (suggest(bare, known), tips::of(&flag, command)) {
            (_, Some(ours)) => format!("use '{ours}'"),
            (Some(near), None) => format!("did you mean {PREFIX}{near}?"),
            (None, None) => format!("there is no flag {flag}"),
        };
        format!("\n  {name}: {tip}")
    };
    let lines: String = unknown.iter().map(line).collect();
    let (noun, it) = match unknown.len() {
        0 => return None,
        1 => ("variable", "it"),
        _ => ("variables", "them"),
    };
    Some(format!(
        "unknown environment {noun}; correct or unset {it}:{lines}\n\nFor more information, try '--help'.\n"
    ))
}

fn unset(arg: Arg) -> Arg {
    arg.env(Resettable::Reset)
}

/// The command without the variables that count as unset.
fn heed(command: Command, typed: &ArgMatches) -> Result<Command, Error> {
    let Some((name, of_command)) = typed.subcommand() else {
        return Ok(heed_of(command, typed));
    };
    let before = given_before(&command, typed, name, of_command)?;
    let with_defaults = |arg: Arg| match before.get(arg.get_id()) {
        Some(values) => unset(arg).default_values(values),
        None => arg,
    };
    // The flags of `deploy` are also at the top level.
    Ok(command.mut_args(unset).mut_subcommand(name, |command| {
        heed_of(command, of_command).mut_args(with_defaults)
    }))
}

/// The values of the flags before the command. They become defaults: `--config x list` is `list --config x`.
fn given_before(
    command: &Command,
    typed: &ArgMatches,
    name: &str,
    of_command: &ArgMatches,
) -> Result<HashMap<Id, Vec<OsString>>, Error> {
    let mut built = command.clone();
    built.build();
    let mut before = HashMap::new();
    let Some(subcommand) = built.find_subcommand_mut(name) else {
        return Ok(before);
    };
    let contradicted = contradicted(subcommand, of_command);
    for arg in command.get_arguments().filter(|arg| is_typed(typed, arg)) {
        let (id, flag) = (
            arg.get_id(),
            format!("--{}", arg.get_long().unwrap_or_default()),
        );
        if !subcommand.get_arguments().any(|own| own.get_id() == id) {
            let mut error = Error::new(ErrorKind::UnknownArgument).with_cmd(subcommand);
            error.insert(ContextKind::InvalidArg, ContextValue::String(flag));
            return Err(error);
        }
        if contradicted.contains(id) {
            let why = format!("the argument '{flag}' contradicts one after '{name}'");
            return Err(subcommand.error(ErrorKind::ArgumentConflict, why));
        }
        let values = typed.get_raw(id.as_str()).into_iter().flatten();
        before.insert(id.clone(), values.map(OsStr::to_owned).collect());
    }
    Ok(before)
}

fn is_typed(typed: &ArgMatches, arg: &Arg) -> bool {
    typed.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
}

/// The flags that conflict with one on the command line.
fn contradicted(command: &Command, typed: &ArgMatches) -> HashSet<Id> {
    let mut contradicted = HashSet::new();
    for arg in command.get_arguments() {
        for other in command.get_arg_conflicts_with(arg) {
            if is_typed(typed, arg) {
                contradicted.insert(other.get_id().clone());
            }
            if is_typed(typed, other) {
                contradicted.insert(arg.get_id().clone());
            }
        }
    }
    contradicted
}

fn heed_of(command: Command, typed: &ArgMatches) -> Command {
    let contradicted = contradicted(&command, typed);
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
