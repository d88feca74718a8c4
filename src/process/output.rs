//! The end of a program's output for display: bounded, plain, and without secrets.

use super::Variables;
use crate::model::{Secret, mask, sanitize};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// The most bytes of the file that are read.
const WINDOW: u64 = 64 * 1024;

/// The most lines that are shown.
const LINES: usize = 40;

/// The most characters of a line that are shown.
pub(crate) const COLUMNS: usize = 400;

/// Shorter secrets are not redacted: most of the text would be.
const SECRET_LENGTH: usize = 6;

/// Replaces a secret.
const STARS: &str = "***";

/// The secrets, longest first.
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// The values of variables whose names suggest secrets, and the keys: a program can have those under any name, or
    /// from a file.
    pub(crate) fn of(variables: &Variables, keys: &[Secret]) -> Self {
        let named = variables.iter().filter_map(|(name, value)| {
            let is_secret = mask::is_secret_name(name.to_str()?);
            is_secret.then(|| value.to_str()).flatten()
        });
        let keys = keys.iter().map(Secret::expose);
        let mut secrets: Vec<String> = named.chain(keys).flat_map(forms).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// The text with secrets redacted.
    pub(crate) fn hide(&self, text: &str) -> String {
        let secrets = self.0.iter();
        let text = secrets.fold(text.to_owned(), |text, secret| text.replace(secret, STARS));
        mask::output(&text)
    }
}

/// A secret, and the form in which the CLI shows a refused key.
fn forms(secret: &str) -> Vec<String> {
    let secret = secret.trim();
    if secret.len() < SECRET_LENGTH {
        return vec![];
    }
    let end = secret.char_indices().rev().nth(3);
    let end = end.map(|(at, _)| format!("\"...{}\"", &secret[at..]));
    std::iter::once(secret.to_owned()).chain(end).collect()
}

/// The last lines of a program's output file; empty if it cannot be read.
pub(crate) fn tail(file: &Path, secrets: &Secrets) -> String {
    plain(&end_of(file, secrets), secrets)
}

/// The end of a program's output file, sanitized; empty if it cannot be read.
pub(crate) fn end_of(file: &Path, secrets: &Secrets) -> String {
    let window = read_end(file).unwrap_or_default();
    clean(&String::from_utf8_lossy(&window), secrets)
}

/// The last lines of an external text.
pub(crate) fn plain(text: &str, secrets: &Secrets) -> String {
    let text = clean(text, secrets);
    let lines: Vec<String> = text
        .lines()
        .filter(|line| !is_foreign_frame(line))
        .map(|line| sanitize::cut(line.trim_end(), COLUMNS))
        .collect();
    let mut lines = &lines[lines.len().saturating_sub(LINES)..];
    while let [first, rest @ ..] = lines
        && first.is_empty()
    {
        lines = rest;
    }
    lines.join("\n").trim_end().to_owned()
}

/// An external text without escape sequences, control characters, and secrets.
pub(crate) fn clean(text: &str, secrets: &Secrets) -> String {
    // A secret may contain characters that are removed, or be interrupted by them.
    secrets.hide(&sanitize::lines(&secrets.hide(text)))
}

/// The end of a file, from the start of a line: half a secret would not be recognized.
fn read_end(file: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(file)?;
    let length = file.metadata()?.len();
    let skipped = length.saturating_sub(WINDOW);
    file.seek(SeekFrom::Start(skipped))?;
    let mut end = vec![];
    file.take(WINDOW).read_to_end(&mut end)?;
    if skipped > 0 {
        let start = end.iter().position(|byte| *byte == b'\n');
        end.drain(..start.unwrap_or(end.len()));
    }
    Ok(end)
}

/// A stack frame in a package or in node: the user's own frames are more useful.
fn is_foreign_frame(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("at ") && (line.contains("/node_modules/") || line.contains("node:"))
}
