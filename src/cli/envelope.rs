//! The JSON on standard output if nothing was done: why, the intended changes, and how to confirm them.

use super::background::{Background, PATIENCE};
use serde::Serialize;
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};

/// One JSON object on one line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope<'a> {
    pub(super) status: Status,
    pub(super) command: &'static str,
    /// Why it was refused.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) reasons: &'a [String],
    /// A sentence for each intended change.
    pub(super) changes: Vec<String>,
    /// The same as fields.
    #[serde(flatten)]
    pub(super) details: Value,
    /// The command that needs no confirmation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) confirm_command: Option<&'a str>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    ConfirmationRequired,
    Refused,
}

impl Envelope<'_> {
    pub(super) fn print(&self) {
        // Cannot fail: every key is a string.
        let json = serde_json::to_string(self).unwrap_or_default();
        let out = Background::new(io::stdout());
        let _ = writeln!(out.writer(), "{json}");
        // If it cannot be written, the exit code remains.
        let _ = out.finish(PATIENCE);
    }
}

/// The typed command line, quoted for a shell, with `--yes`. The command is added if omitted.
pub(super) fn with_yes(command: &str, arguments: &[OsString]) -> String {
    let mut words = vec!["orchestrate".to_owned()];
    let typed = arguments.get(1..).unwrap_or_default();
    if !typed.iter().any(|word| word == command) {
        words.push(command.to_owned());
    }
    words.extend(typed.iter().map(quoted));
    words.push("--yes".to_owned());
    words.join(" ")
}

/// A word, quoted for a shell.
pub(super) fn quoted(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref().to_string_lossy();
    match shlex::try_quote(&word) {
        Ok(quoted) => quoted.into_owned(),
        // Arguments never contain a null byte.
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_confirm_command_is_quoted_for_a_shell() {
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
