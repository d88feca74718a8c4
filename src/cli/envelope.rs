//! What programs are told on standard output where nothing was done: why, what it would have been, and how to confirm it.

use super::say::print;
use serde::Serialize;
use std::ffi::OsString;

/// One JSON object on a line of its own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope<'a, D> {
    pub(super) status: Status,
    /// The name of a command.
    pub(super) command: &'static str,
    /// Why it is refused.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) reasons: &'a [String],
    /// A sentence for each thing that would have changed.
    pub(super) changes: Vec<String>,
    /// The same for programs, as fields of their own.
    #[serde(flatten)]
    pub(super) details: D,
    /// What does it without a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) confirm_command: Option<&'a str>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    ConfirmationRequired,
    Refused,
}

impl<D: Serialize> Envelope<'_, D> {
    /// Prints it.
    pub(super) fn tell(&self) {
        // Cannot fail: every key is a string, and memory takes every byte.
        let json = serde_json::to_string(self).unwrap_or_default();
        // Whoever does not read it has the exit code.
        let _ = print(&format!("{json}\n"));
    }
}

/// What was typed for a command, which stands first or is meant where none is named; with `--yes`, as a shell reads it.
pub(super) fn with_yes(command: &str, arguments: &[OsString]) -> String {
    let mut words = vec!["orchestrate".to_owned(), command.to_owned()];
    let typed = arguments.get(1..).unwrap_or_default();
    let named = usize::from(typed.first().is_some_and(|first| first == command));
    words.extend(typed.iter().skip(named).map(quoted));
    words.push("--yes".to_owned());
    words.join(" ")
}

fn quoted(word: &OsString) -> String {
    let word = word.to_string_lossy();
    match shlex::try_quote(&word) {
        Ok(quoted) => quoted.into_owned(),
        // No argument of a program has a null byte in it.
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_with_yes_is_what_a_shell_takes_apart_again() {
        let typed = ["orchestrate", "destroy", "--only", "a b", "-c", "it's.toml"];
        let typed = typed.map(OsString::from);
        let command = with_yes("destroy", &typed);
        assert_eq!(
            command,
            r#"orchestrate destroy --only 'a b' -c "it's.toml" --yes"#
        );
        assert_eq!(with_yes("deploy", &typed[..1]), "orchestrate deploy --yes");
        let words = shlex::split(&command).unwrap();
        let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
        assert_eq!(words[..6], typed);
    }
}
