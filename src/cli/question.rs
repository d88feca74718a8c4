//! A question to whoever sits at the terminal, and what to type instead where nobody does.

use super::load::say;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

/// Whether anybody sees a question and can answer it.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line. `None` where the input ends instead.
pub(super) fn ask(question: &str) -> Option<String> {
    let mut err = io::stderr();
    // Whether it was seen shows in the answer.
    let _ = write!(err, "{question} ").and_then(|()| err.flush());
    let mut answer = String::new();
    match io::stdin().read_line(&mut answer) {
        Ok(0) | Err(_) => {
            say("");
            None
        }
        Ok(_) => Some(answer.trim().to_owned()),
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
