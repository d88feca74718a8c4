//! Collects messages for the user from a successful bundling: the CLI's diagnostics, and the lines on standard error
//! except the CLI's progress.

use super::diagnostic::Diagnostic;
use crate::model::{Note, NoteSource};

/// The most notes of the CLI per project.
const MOST: usize = 20;

/// The most constructs per note.
const MOST_CONSTRUCTS: usize = 200;

/// The notes in the CLI's diagnostics and on standard error.
pub(super) fn of(
    diagnostics: &[Diagnostic],
    stderr: &str,
    shown: &dyn Fn(&str) -> String,
) -> Vec<Note> {
    let mut notes: Vec<Note> = vec![];
    let mut add = |message: String, construct: Option<&str>| {
        let known = notes.iter().position(|note| note.message == message);
        let at = known.unwrap_or(notes.len());
        if known.is_none() && at < MOST {
            notes.push(Note {
                source: NoteSource::Cli,
                message,
                constructs: vec![],
            });
        }
        let constructs = notes.get_mut(at).map(|note| &mut note.constructs);
        if let (Some(constructs), Some(construct)) = (constructs, construct)
            && constructs.len() < MOST_CONSTRUCTS
        {
            constructs.push(construct.to_owned());
        }
    };
    for diagnostic in diagnostics {
        let (construct, line) = diagnostic.line();
        add(shown(&line), construct);
    }
    let mut rest = vec![];
    for line in stderr.lines() {
        match of_node(line) {
            Some(warning) if warning.starts_with("ExperimentalWarning") => {}
            Some(warning) => add(shown(&format!("Node.js: {warning}")), None),
            None if line.starts_with("(Use `node --trace-") => {}
            None => rest.push(line),
        }
    }
    let message = shown(&rest.join("\n"));
    if !message.is_empty() {
        notes.push(Note {
            source: NoteSource::Project,
            message,
            constructs: vec![],
        });
    }
    notes
}

/// A warning of Node.js, `(node:123) DeprecationWarning: …`, without the process id.
fn of_node(line: &str) -> Option<&str> {
    let (number, warning) = line.strip_prefix("(node:")?.split_once(") ")?;
    number
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(warning)
}
