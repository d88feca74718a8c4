//! `api_key = { command = […] }`: a program that prints the key, such as a password manager's.

use super::mask;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What is shown of the words of a program that failed, in characters.
const SHOWN: usize = 400;

/// No piece of its output that is shorter is looked for in its words: half of them would be stars.
const LEAST_MASKED: usize = 6;

/// What the program prints on standard output. No shell reads the command; the program runs in the manifest's folder
/// and is waited for as long as it takes.
///
/// # Errors
/// What went wrong, without the key.
pub(super) fn run(command: &[String], dir: &Path) -> Result<String, String> {
    let Some((name, arguments)) = command.split_first() else {
        return Err("there is no program".to_owned());
    };
    let dir = super::origin::here(dir);
    let mut program = Command::new(program(name, &dir));
    let output = program
        .args(arguments)
        .current_dir(&dir)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => format!("there is no program `{name}`"),
            _ => format!("`{name}` cannot be run: {error}"),
        })?;
    if !output.status.success() {
        return Err(format!(
            "`{name}` failed, with {}{}",
            output.status,
            words(&output)
        ));
    }
    match String::from_utf8(output.stdout) {
        Ok(key) if key.trim().is_empty() => Err(format!("`{name}` printed nothing")),
        Ok(key) => Ok(key),
        Err(_) => Err(format!("`{name}` printed something that is not text")),
    }
}

/// The program's file: a relative path starts from the manifest's folder, and a mere name is looked for as usual.
fn program(name: &str, dir: &Path) -> PathBuf {
    if !name.contains('/') {
        return PathBuf::from(name);
    }
    // Absolute, since what a relative program means together with another working directory depends on the system.
    let path = dir.join(name);
    std::path::absolute(&path).unwrap_or(path)
}

/// The end of what it said on standard error, in one line and without what it printed as the key.
fn words(output: &Output) -> String {
    let mut said = String::from_utf8_lossy(&output.stderr).into_owned();
    let printed = String::from_utf8_lossy(&output.stdout);
    for piece in printed
        .split_whitespace()
        .filter(|piece| piece.len() >= LEAST_MASKED)
    {
        said = said.replace(piece, "***");
    }
    // Before it is cut: half a key does not look like one.
    let said = mask::words(&said);
    let said: Vec<&str> = said.split_whitespace().collect();
    let said = said.join(" ");
    let length = said.chars().count();
    let end: String = said.chars().skip(length.saturating_sub(SHOWN)).collect();
    match (end.is_empty(), length > SHOWN) {
        (true, _) => String::new(),
        (false, false) => format!(": {end}"),
        (false, true) => format!(": … {end}"),
    }
}
