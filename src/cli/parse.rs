//! Parses the arguments, and adds what the command inherits: flags before it, and environment variables.
//!
//! Every flag has a variable, `ORCHESTRATE_<FLAG>`. A flag after the command overrides the same flag before it, and both
//! override variables. A variable counts as unset if it is empty, if it is false for a flag without a value, if it conflicts
//! with a flag in the arguments (its own or another), or if it belongs to another command. A variable that belongs to nothing
//! is an error: a misspelled limit must not be ignored.

use super::args::{Cli, REQUIRES};
use super::tips;
use crate::hooks;
use crate::manifest::suggest;
use clap::builder::{BoolishValueParser, Resettable};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{
    Arg, ArgAction, ArgMatches, Command, CommandFactory, Error, FromArgMatches, Id, Parser,
};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::{OsStr, OsString};

const PREFIX: &str = "ORCHESTRATE_";

/// A directory, which has no flag.
const DIRECTORIES: [&str; 1] = ["ORCHESTRATE_CACHE_DIR"];

/// The variables that a `bundle_command` and the Checkly CLI get.
const OF_BUNDLING: [&str; 2] = ["ORCHESTRATE_BUNDLE_FILE", "ORCHESTRATE_RUNTIMES"];

/// Flags that do not belong to a run: a resumed one has its own, or none.
const NOT_OF_A_RUN: [&str; 6] = [
    "config",
    "state_dir",
    "journal",
    "require_journal",
    "plan",
    "failed",
];

/// The parsed arguments, and the flags of the command from all sources, as `--flag=value`: those that a resumed run keeps.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) cli: Cli,
    pub(super) flags: Vec<String>,
}

/// Parses the arguments, and adds what the command inherits.
///
/// # Errors
/// clap's error. It names the variables that caused it.
pub(super) fn parse(arguments: &[OsString]) -> Result<Parsed, Error> {
    let mut command = Cli::command();
    let matches = command
        .try_get_matches_from_mut(arguments)
        .map_err(|error| tips::add(error, &command, arguments))?;
    let names = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    let names = names.filter_map(|(name, _)| name.into_string().ok());
    if let Some(why) = unknown(names, &command) {
        return Err(Error::raw(ErrorKind::UnknownArgument, why).with_cmd(&command));
    }
    let mut cli = Cli::from_arg_matches(&matches)?;

    let (mut leaf, mut of_leaf, mut path) = (&command, &matches, vec![]);
    while let Some((name, of_name)) = of_leaf.subcommand()
        && let Some(found) = leaf.find_subcommand(name)
    {
        (leaf, of_leaf) = (found, of_name);
        path.push(name);
    }
    let before = if path.is_empty() {
        vec![]
    } else {
        given_before(&command, &matches, leaf, of_leaf)?
    };
    let mut given = typed(leaf, of_leaf);
    given.extend(before.iter().map(|(id, _)| id.clone()));
    let variables = variables(leaf, &given);
    require(leaf, &given, &variables)?;
    as_preview(&command, leaf, &given, &variables)?;

    let own = typed(leaf, of_leaf).into_iter();
    let own = own.flat_map(|id| words(leaf, of_leaf, &id));
    let inherited: Vec<_> = before.into_iter().chain(variables.clone()).collect();
    let flags = flags_of_a_run(leaf, own.chain(inherited.iter().cloned()));
    if inherited.is_empty() {
        return Ok(Parsed { cli, flags });
    }
    let words = inherited.iter().map(|(_, word)| &**word);
    let words = path.iter().map(OsStr::new).chain(words);
    let inherited = inheriting(Cli::command())
        .no_binary_name(true)
        .try_get_matches_from(words)
        .map_err(|error| blame(error, leaf, &variables))?;
    match &mut cli.command {
        Some(command) => command.update_from_arg_matches(&inherited)?,
        None => cli.deploy.update_from_arg_matches(&inherited)?,
    }
    Ok(Parsed { cli, flags })
}

/// The command of an earlier run with its flags, which later ones override.
///
/// # Errors
/// clap's error: another version of this program had other flags.
pub(super) fn again(command: &str, flags: &[String]) -> Result<Cli, Error> {
    let mut cli = Cli::try_parse_from(["orchestrate", command])?;
    let words = [command]
        .into_iter()
        .chain(flags.iter().map(String::as_str));
    let matches = inheriting(Cli::command())
        .mut_subcommands(|command| command.args_override_self(true))
        .no_binary_name(true)
        .try_get_matches_from(words)?;
    if let Some(command) = &mut cli.command {
        command.update_from_arg_matches(&matches)?;
    }
    Ok(cli)
}

/// The flags that a resumed run keeps, sorted. It deploys the same projects, whatever selected them; those of a shard, with
/// its part of the rate.
fn flags_of_a_run(leaf: &Command, words: impl Iterator<Item = (Id, OsString)>) -> Vec<String> {
    let is_kept = |arg: &Arg| {
        let (id, heading) = (arg.get_id().as_str(), arg.get_help_heading());
        let is_of_run = id == "partition" || !matches!(heading, Some("Output" | "Select"));
        is_of_run && !arg.is_positional() && !NOT_OF_A_RUN.contains(&id)
    };
    let words = words.filter(|(id, _)| argument(leaf, id).is_some_and(is_kept));
    let words = words.map(|(_, word)| word.to_string_lossy().into_owned());
    words.collect::<BTreeSet<_>>().into_iter().collect()
}

/// A flag as it was given, as words.
fn words(command: &Command, matches: &ArgMatches, id: &Id) -> Vec<(Id, OsString)> {
    let flag = flag(command, id);
    let values = matches.get_raw(id.as_str()).into_iter().flatten();
    values
        .map(|value| (id.clone(), word(&flag, value)))
        .collect()
}

/// The name of a flag's variable. `--failed` and `--run` have none: hooks have variables of these names.
pub(super) fn variable(arg: &Arg) -> Option<String> {
    let flag = arg.get_long()?;
    if ["failed", "run"].contains(&flag) {
        return None;
    }
    let flag = flag.to_uppercase().replace('-', "_");
    Some(format!("{PREFIX}{flag}"))
}

/// The error for variables with the prefix that nothing reads or sets.
fn unknown(names: impl Iterator<Item = String>, command: &Command) -> Option<String> {
    let commands = || std::iter::once(command).chain(command.get_subcommands());
    let flags = commands().flat_map(Command::get_arguments);
    let flags: BTreeSet<String> = flags
        .filter_map(variable)
        .chain(DIRECTORIES.map(str::to_owned))
        .collect();
    let is_set_for_children =
        |name: &&str| hooks::NAMES.contains(name) || OF_BUNDLING.contains(name);
    let is_unknown = |name: &String| {
        name.starts_with(PREFIX) && !flags.contains(name) && !is_set_for_children(&&**name)
    };
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

/// The arguments that are on the command line.
fn typed(command: &Command, matches: &ArgMatches) -> HashSet<Id> {
    let ids = command.get_arguments().map(Arg::get_id);
    let is_typed = |id: &&Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    ids.filter(is_typed).cloned().collect()
}

/// The flags before the command that the command inherits, as words.
fn given_before(
    command: &Command,
    matches: &ArgMatches,
    leaf: &Command,
    of_leaf: &ArgMatches,
) -> Result<Vec<(Id, OsString)>, Error> {
    let after = typed(leaf, of_leaf);
    let mut found = vec![];
    for id in typed(command, matches).difference(&after) {
        let flag = flag(command, id);
        if argument(leaf, id).is_none() {
            let name = leaf.get_name();
            let why = format!("unexpected argument '{flag}' found: '{name}' has no such argument");
            return Err(leaf.clone().error(ErrorKind::UnknownArgument, why));
        }
        if let Some(other) = contradicting(leaf, id, &after) {
            let why = format!("the argument '{flag}' cannot be used with '{other}'");
            return Err(leaf.clone().error(ErrorKind::ArgumentConflict, why));
        }
        found.extend(words(command, matches, id));
    }
    Ok(found)
}

/// The variables that the command inherits, as words.
fn variables(leaf: &Command, given: &HashSet<Id>) -> HashMap<Id, OsString> {
    let mut words = HashMap::new();
    for arg in leaf.get_arguments() {
        let (id, value) = (arg.get_id(), variable(arg).and_then(std::env::var_os));
        let value = value.filter(|value| !is_unset(arg, value));
        if let Some(value) = value
            && !given.contains(id)
            && contradicting(leaf, id, given).is_none()
        {
            words.insert(id.clone(), word(&flag(leaf, id), &value));
        }
    }
    words
}

fn is_unset(arg: &Arg, value: &OsStr) -> bool {
    let is_false = || {
        let value = value.to_str().unwrap_or_default().to_ascii_lowercase();
        ["0", "false", "f", "no", "n", "off"].contains(&value.as_str())
    };
    let is_switch = || {
        let values = arg.get_num_args();
        values.is_some_and(|values| !values.takes_values() || values.min_values() == 0)
    };
    value.is_empty() || (is_switch() && is_false())
}

fn argument<'c>(command: &'c Command, id: &Id) -> Option<&'c Arg> {
    command.get_arguments().find(|arg| arg.get_id() == id)
}

fn flag(command: &Command, id: &Id) -> String {
    let long = argument(command, id).and_then(Arg::get_long);
    format!("--{}", long.unwrap_or(id.as_str()))
}

fn word(flag: &str, value: &OsStr) -> OsString {
    let mut word = OsString::from(flag);
    word.push("=");
    word.push(value);
    word
}

/// The first of these flags that conflicts with an argument.
fn contradicting(command: &Command, id: &Id, flags: &HashSet<Id>) -> Option<String> {
    let conflicts = |arg: &Arg, other: &Id| {
        let mut others = command.get_arg_conflicts_with(arg).into_iter();
        others.any(|it| it.get_id() == other)
    };
    let own = argument(command, id)?;
    let others = command
        .get_arguments()
        .filter(|it| flags.contains(it.get_id()));
    let mut others = others.filter(|it| conflicts(own, it.get_id()) || conflicts(it, id));
    Some(flag(command, others.next()?.get_id()))
}

/// Checks that no flag is given without the flag that it requires.
fn require(
    leaf: &Command,
    given: &HashSet<Id>,
    variables: &HashMap<Id, OsString>,
) -> Result<(), Error> {
    for (id, required) in REQUIRES.map(|(id, required)| (Id::from(id), Id::from(required))) {
        let is_given = |id: &Id| given.contains(id) || variables.contains_key(id);
        if is_given(&id) && argument(leaf, &required).is_some() && !is_given(&required) {
            let (flag, required) = (flag(leaf, &id), flag(leaf, &required));
            let from = source(&id, variables);
            let why = format!("the argument '{flag}'{from} requires '{required}'");
            return Err(leaf.clone().error(ErrorKind::MissingRequiredArgument, why));
        }
    }
    Ok(())
}

/// Checks that `deploy --preview` is given no flag that `preview` does not have. It has no use for their variables.
fn as_preview(
    command: &Command,
    leaf: &Command,
    given: &HashSet<Id>,
    variables: &HashMap<Id, OsString>,
) -> Result<(), Error> {
    let id = Id::from("preview");
    let is_preview = given.contains(&id) || variables.contains_key(&id);
    let Some(preview) = command.find_subcommand("preview").filter(|_| is_preview) else {
        return Ok(());
    };
    let mut own = leaf.get_arguments().map(Arg::get_id);
    let is_refused =
        |it: &&Id| **it != id && argument(preview, it).is_none() && given.contains(*it);
    let Some(refused) = own.find(is_refused) else {
        return Ok(());
    };
    let (flag, from) = (flag(leaf, refused), source(&id, variables));
    let why = format!("the argument '--preview'{from} cannot be used with '{flag}'");
    Err(leaf.clone().error(ErrorKind::ArgumentConflict, why))
}

/// Where a flag comes from, for errors.
fn source(id: &Id, variables: &HashMap<Id, OsString>) -> &'static str {
    match variables.contains_key(id) {
        true => ", set by its environment variable,",
        false => "",
    }
}

/// The command, for what it inherits: without defaults, and with values for flags without a value.
fn inheriting(command: Command) -> Command {
    let inheriting_arg = |arg: Arg| {
        let arg = arg.required(false);
        match arg.get_action() {
            ArgAction::SetTrue => arg
                .action(ArgAction::Set)
                .num_args(1)
                .value_name("BOOL")
                .value_parser(BoolishValueParser::new()),
            _ => arg.default_value(Resettable::Reset),
        }
    };
    command.mut_args(inheriting_arg).mut_subcommands(inheriting)
}

/// Names the variables in an error about what the command inherits. The usage would be that of [`inheriting`].
fn blame(mut error: Error, leaf: &Command, variables: &HashMap<Id, OsString>) -> Error {
    error.remove(ContextKind::Usage);
    let flags = [ContextKind::InvalidArg, ContextKind::PriorArg]
        .into_iter()
        .filter_map(|kind| match error.get(kind)? {
            ContextValue::String(flag) => flag.split(' ').next()?.strip_prefix("--"),
            _ => None,
        });
    let tip = |flag: &str| {
        let mut args = leaf
            .get_arguments()
            .filter(|arg| arg.get_long() == Some(flag));
        let arg = args.find(|arg| variables.contains_key(arg.get_id()))?;
        Some(format!("set by the environment variable {}", variable(arg)?).into())
    };
    let tips: Vec<_> = flags.filter_map(tip).collect();
    if !tips.is_empty() {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}
