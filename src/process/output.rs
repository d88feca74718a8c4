//! The end of a program's output for display: bounded, plain, and without secrets.

use super::Variables;
use crate::model::{Redactor, Secret, mask, sanitize};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// The most bytes of the file that are read.
const WINDOW: u64 = 64 * 1024;

/// The most lines that are shown.
const LINES: usize = 40;

/// The most characters of a line that are shown.
pub(crate) const COLUMNS: usize = 400;

/// What is redacted in the output of a program.
pub(crate) struct Secrets(Redactor);

impl Secrets {
    /// The values of variables whose names suggest secrets, and the keys: a program can have those under any name, or
    /// from a file.
    pub(crate) fn of(variables: &Variables, keys: &[Secret]) -> Self {
        let named = variables.iter().filter_map(|(name, value)| {
            let is_secret = mask::is_secret_name(name.to_str()?);
            is_secret.then(|| value.to_str()).flatten()
        });
        let keys = keys.iter().map(Secret::expose);
        let secrets: Vec<Secret> = named.chain(keys).flat_map(forms).collect();
        Self(Redactor::default().with(&secrets))
    }

    /// The text with secrets redacted.
    pub(crate) fn hide(&self, text: &str) -> String {
        mask::output(&self.0.redact(text))
    }
}

/// A secret, and the form in which the CLI shows a refused key.
fn forms(secret: &str) -> impl Iterator<Item = Secret> {
    let secret = secret.trim();
    let end = secret.char_indices().rev().nth(3);
    let end = end.filter(|_| secret.len() >= Redactor::SHORTEST);
    let end = end.map(|(at, _)| format!("\"...{}\"", &secret[at..]));
    let forms = std::iter::once(secret.to_owned()).chain(end);
    forms.map(Secret::new)
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

fn is_foreign_frame(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("at ") && is_foreign(line)
}

/// Whether the file of a stack frame is in a package, in node, or the script of a bundling worker: the user's own frames are more
/// useful.
pub(crate) fn is_foreign(frame: &str) -> bool {
    let files = ["/node_modules/", "node:", "/orchestrate-worker.cjs:"];
    files.iter().any(|file| frame.contains(file))
}
