//! Accepts flags before the command: `orchestrate --config x.toml validate` is `orchestrate validate --config x.toml`.
//!
//! A flag before the command would otherwise belong to the implicit `deploy` and be lost. So the command is moved to the
//! front before the arguments are parsed.

use clap::{ArgAction, CommandFactory};
use std::ffi::{OsStr, OsString};

/// Moves the first word that names a command to the front.
pub(super) fn reorder<C: CommandFactory>(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let mut command = C::command();
    command.build(); // adds the command `help`
    let mut ix = 1;
    while let Some(argument) = arguments.get(ix) {
        if argument == "--" {
            break;
        }
        if command.find_subcommand(argument).is_some() {
            let name = arguments.remove(ix);
            arguments.insert(1, name);
            break;
        }
        ix += if takes_next_word(&command, argument) {
            2
        } else {
            1
        };
    }
    arguments
}

/// Whether the next word is the value of this flag: for `--config` and `-c`, but not for `--config=x` and `-cx`.
fn takes_next_word(command: &clap::Command, argument: &OsStr) -> bool {
    let Some(flag) = argument.to_str().filter(|flag| flag.starts_with('-')) else {
        return false;
    };
    let takes_value = |arg: &&clap::Arg| {
        matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
            && !arg.is_require_equals_set()
    };
    let mut with_value = command
        .get_arguments()
        .chain(
            command
                .get_subcommands()
                .flat_map(clap::Command::get_arguments),
        )
        .filter(takes_value);
    match flag.strip_prefix("--") {
        Some(long) => with_value.any(|arg| arg.get_long() == Some(long)),
        None => with_value.any(|arg| {
            arg.get_short()
                .is_some_and(|short| flag == format!("-{short}"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::Cli;
    use super::*;

    fn reordered(line: &str) -> String {
        let arguments = line.split(' ').map(OsString::from).collect();
        let words = reorder::<Cli>(arguments);
        words.join(OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn a_command_after_flags_moves_to_the_front() {
        assert_eq!(
            reordered("o --config x.toml validate"),
            "o validate --config x.toml"
        );
        assert_eq!(
            reordered("o -q -c x list --format json"),
            "o list -q -c x --format json"
        );
        assert_eq!(reordered("o --port 3000 sandbox"), "o sandbox --port 3000");
        assert_eq!(reordered("o help list"), "o help list");
        assert_eq!(reordered("o --affected list"), "o list --affected");
    }

    #[test]
    fn the_value_of_a_flag_is_not_a_command() {
        assert_eq!(reordered("o --only list"), "o --only list");
        assert_eq!(reordered("o -c validate"), "o -c validate");
        assert_eq!(reordered("o --only=a validate"), "o validate --only=a");
    }

    #[test]
    fn arguments_without_a_command_stay_in_place() {
        assert_eq!(
            reordered("o --sandbox --config x"),
            "o --sandbox --config x"
        );
        assert_eq!(reordered("o --sandbox -- list"), "o --sandbox -- list");
        assert_eq!(reordered("o"), "o");
    }
}
