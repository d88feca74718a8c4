//! The CLI's diagnostics: `✖ TITLE`, a blank line, and a message that is indented and always wrapped at 78 columns.
//! This module unwraps the message.

use crate::model::sanitize::cut;
use crate::process::{self, COLUMNS, Secrets};
use std::collections::BTreeSet;

/// The CLI's line length, counted as JavaScript counts.
const WRAPPED_AT: usize = 78;

/// The CLI's indentation.
const PREFIX: &str = "  ";

/// One diagnostic of the CLI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Diagnostic {
    /// Whether it prevents a bundle.
    pub(super) is_fatal: bool,
    /// `[ApiCheck:home] Invalid property value`.
    pub(super) title: String,
    /// The explanation, possibly in several paragraphs.
    pub(super) message: String,
}

/// All diagnostics in the CLI's output, in order.
pub(super) fn all(printed: &str) -> Vec<Diagnostic> {
    let lines: Vec<&str> = printed.lines().collect();
    let mut found = vec![];
    let mut at = 0;
    while at < lines.len() {
        let length = match head(&lines[at..]) {
            None => 0,
            Some((is_fatal, title)) => {
                let message = &lines[at + 2..];
                // A blank line inside the message keeps part of the indentation.
                let end = message.iter().position(|line| !line.starts_with(' '));
                let message = &message[..end.unwrap_or(message.len())];
                found.push(Diagnostic {
                    is_fatal,
                    title: title.to_owned(),
                    message: unwrapped(message),
                });
                1 + message.len()
            }
        };
        at += 1 + length;
    }
    found
}

/// The first line of a diagnostic, if these lines start one: a symbol distinguishes it from other output.
fn head<'a>(lines: &[&'a str]) -> Option<(bool, &'a str)> {
    let [first, "", message, ..] = lines else {
        return None;
    };
    let (mark, title) = first.split_once(' ')?;
    // The others are for terminals without Unicode.
    let is_fatal = match mark {
        "✖" | "×" => true,
        "⚠" | "‼" | "ℹ" | "i" => false,
        _ => return None,
    };
    message.starts_with(PREFIX).then_some((is_fatal, title))
}

/// The message of these lines: a line continues if the next one begins with a word that would not have fit.
fn unwrapped(lines: &[&str]) -> String {
    let mut message: Vec<String> = vec![];
    let mut last: &str = "";
    for line in lines {
        let text = line.strip_prefix(PREFIX).unwrap_or("");
        let word = text.split([' ', '\t']).next().unwrap_or_default();
        let goes_on = !last.trim().is_empty()
            && !word.is_empty()
            && width(last) + 1 + width(word) > WRAPPED_AT;
        match message.last_mut() {
            Some(whole) if goes_on && whole.len() + text.len() < COLUMNS => {
                whole.push(' ');
                whole.push_str(text);
            }
            _ => message.push(text.to_owned()),
        }
        last = line;
    }
    message.join("\n").trim_end().to_owned()
}

fn width(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The fatal diagnostics, in the CLI's words.
pub(super) fn words(diagnostics: &[Diagnostic]) -> String {
    let words = |it: &Diagnostic| format!("{}\n\n{}", it.title, it.message);
    let words: Vec<String> = fatal(diagnostics).map(words).collect();
    words.join("\n\n").trim_start().to_owned()
}

/// The runtimes that the CLI does not know, each once.
pub(super) fn unknown_runtimes(diagnostics: &[Diagnostic]) -> BTreeSet<String> {
    let unknown = |line: &str| {
        let name = line.strip_prefix("Reason: \"")?;
        let name = name.strip_suffix("\" is not a known runtime.")?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        name.chars().all(is_name).then(|| name.to_owned())
    };
    let messages = fatal(diagnostics).map(|it| &it.message);
    messages
        .flat_map(|it| it.lines())
        .filter_map(unknown)
        .collect()
}

/// The fatal diagnostics on one line: the first, and the number of others. `None` if there are none.
pub(super) fn headline(diagnostics: &[Diagnostic]) -> Option<String> {
    let mut fatal = fatal(diagnostics);
    let first = cut(&fatal.next()?.headline(), LONGEST);
    Some(match fatal.count() {
        0 => first,
        more => format!("{first} (and {more} more)"),
    })
}

fn fatal(diagnostics: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    diagnostics.iter().filter(|it| it.is_fatal)
}

impl Diagnostic {
    /// The same, sanitized.
    pub(super) fn clean(self, secrets: &Secrets) -> Self {
        Self {
            title: process::clean(&self.title, secrets),
            message: process::clean(&self.message, secrets),
            ..self
        }
    }

    /// The construct concerned, and the whole diagnostic on one line.
    pub(super) fn line(&self) -> (Option<&str>, String) {
        let (construct, title) = self.split();
        let message: Vec<&str> = self.message.split_whitespace().collect();
        (construct, format!("{title}: {}", message.join(" ")))
    }

    /// The construct in front of the title, and the title.
    fn split(&self) -> (Option<&str>, &str) {
        let split = self
            .title
            .strip_prefix('[')
            .and_then(|title| title.split_once("] "));
        match split {
            Some((construct, title)) => (Some(construct), title),
            None => (None, &self.title),
        }
    }

    /// The most informative part: an error of the project's own code, else the reason, else the beginning.
    fn headline(&self) -> String {
        let (construct, title) = self.split();
        let subject = construct.map_or(String::new(), |construct| format!("[{construct}] "));
        if let Some(error) = error_line(&self.message) {
            return format!("{subject}{error}");
        }
        let paragraphs: Vec<String> = (self.message.split("\n\n"))
            .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let first = paragraphs.first().map_or("", String::as_str);
        let reason = paragraphs[1..].iter().find(|it| it.starts_with("Reason: "));
        match reason {
            Some(reason) => format!("{subject}{first} {reason}"),
            None => format!("{subject}{title}: {first}"),
        }
    }
}

/// The most characters of a line in a message.
const LONGEST: usize = 200;

/// The last line that names an error, or else the last with words: a wrapped message starts there, and stack traces
/// follow it.
pub(super) fn telling_line(output: &str) -> Option<String> {
    let last = || lines(output).rfind(|line| line.contains(char::is_alphanumeric));
    let line = error_line(output).or_else(|| last().map(str::to_owned));
    line.map(|line| cut(&line, LONGEST))
}

/// The last line that names an error, with the place in the project's code that comes after it. A line that ends with a colon
/// is continued.
fn error_line(text: &str) -> Option<String> {
    let all: Vec<&str> = text.lines().map(plain).collect();
    let is_error = |line: &&str| line.contains("Error: ") && !line.starts_with("at ");
    let at = all.iter().rposition(is_error)?;
    let rest = &all[at + 1..];
    let mut line = all[at]
        .strip_prefix("Caused by: ")
        .unwrap_or(all[at])
        .to_owned();
    if let Some(next) = rest
        .iter()
        .find(|next| !next.is_empty())
        .filter(|_| line.ends_with(':'))
    {
        line = format!("{line} {next}");
    }
    if let Some(place) = rest.iter().find_map(|line| place(line)) {
        line = format!("{line} ({place})");
    }
    Some(line)
}

/// The place in a line of a stack trace, `FILE:LINE:COLUMN` without directories; not one of a file that is not the user's.
fn place(line: &str) -> Option<&str> {
    let path = line.rsplit([' ', '(']).next()?.trim_end_matches(')');
    let path = path.strip_prefix("file://").unwrap_or(path);
    if !path.starts_with('/') || process::is_foreign(path) {
        return None;
    }
    let place = path.rsplit('/').next()?;
    let mut parts = place.rsplitn(3, ':');
    let is_number = |part: Option<&str>| part.is_some_and(|part| part.parse::<u32>().is_ok());
    (is_number(parts.next()) && is_number(parts.next()) && parts.next().is_some()).then_some(place)
}

/// The lines of a text without stack traces.
fn lines(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    let lines = text.lines().map(plain);
    lines.filter(|line| !line.starts_with("at "))
}

/// A line without oclif's prefix.
pub(super) fn plain(line: &str) -> &str {
    line.trim_start_matches([' ', '›', '»']).trim_end()
}
