//! `api_key = { command = […] }`: a program that prints the key, such as a password manager's.

use super::hooks::absolute;
use super::mask;
use crate::model::{HookCommand, Redactor, Secret};
use crate::os_error::plain;
use crate::process::spawn;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The most characters shown of a failed program's error output.
const SHOWN: usize = 400;

/// The standard output of the program. No shell reads the command; the program runs in the manifest's directory
/// without a time limit.
///
/// # Errors
/// The reason, without the key.
pub(super) fn run(command: &[String], dir: &Path) -> Result<String, String> {
    let Some(name) = command.first() else {
        return Err("no program is given".to_owned());
    };
    let command = HookCommand {
        command: command.to_vec(),
        dir: absolute(dir),
    };
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => format!("there is no program `{name}`"),
        _ => format!("cannot run `{name}`: {}", plain(&error)),
    };
    let mut program = Command::new(command.program());
    program.args(command.arguments()).current_dir(&command.dir);
    let output = output(&mut program).map_err(cannot)?;
    if !output.status.success() {
        return Err(format!(
            "`{name}` failed with {}{}",
            output.status,
            words(&output)
        ));
    }
    match String::from_utf8(output.stdout) {
        Ok(key) if key.trim().is_empty() => Err(format!("`{name}` printed nothing")),
        Ok(key) => Ok(key),
        Err(_) => Err(format!("`{name}` printed text that is not UTF-8")),
    }
}

/// The output of a program when it has ended. Files rather than pipes: a child that it leaves running, such as an agent, would
/// keep a pipe open.
fn output(program: &mut Command) -> io::Result<Output> {
    let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let program = program
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?);
    let status = spawn(program)?.wait()?;
    let read = |file: &mut File| {
        let mut content = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut content)?;
        Ok::<_, io::Error>(content)
    };
    Ok(Output {
        status,
        stdout: read(&mut stdout)?,
        stderr: read(&mut stderr)?,
    })
}

/// The end of its standard error, on one line and without the key.
fn words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    let printed: Vec<Secret> = printed.split_whitespace().map(Secret::new).collect();
    // Redact before truncating: half a key does not look like one.
    let said = mask::words(&Redactor::default().with(&printed).redact(&said));
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
