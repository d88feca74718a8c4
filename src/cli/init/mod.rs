//! `orchestrate init`: a manifest for the Checkly projects that there are.

mod find;
mod identify;
mod names;
mod text;

use super::Exit;
use super::args::InitArgs;
use super::say::say;
use super::signals::uninterrupted;
use crate::manifest::FILE_NAME;
use crate::ui::one_line;
use find::{Search, search};
use identify::identify_all;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use text::{Finding, Written};

pub(super) fn main(args: &InitArgs) -> Exit {
    match actix::System::new().block_on(init(&args.dir)) {
        Ok(()) => Exit::SUCCESS,
        Err(exit) => exit,
    }
}

async fn init(dir: &Path) -> Result<(), Exit> {
    if !dir.is_dir() {
        say(&format!("error: {} is not a folder", dir.display()));
        return Err(Exit::USAGE);
    }
    let file = match dir == Path::new(".") {
        true => FILE_NAME.into(),
        false => dir.join(FILE_NAME),
    };
    // Asked before the work, and enforced when the file is made.
    if file.symlink_metadata().is_ok() {
        return Err(exists(&file));
    }
    let Search { found, passed_over } = search(dir);
    for why in passed_over {
        say(&format!("passed over: {}", one_line(&why)));
    }
    if found.is_empty() {
        say(&format!(
            "error: there is no Checkly project in {} or below: a folder with checkly.config.ts, or .mts, .cts, .js, .mjs, .cjs\n\
             help: hidden folders, node_modules, and what .gitignore names are not searched; name another folder: orchestrate init DIR",
            dir.display()
        ));
        return Err(Exit::FAILURE);
    }
    let count = match found.len() {
        1 => "1 Checkly project".to_owned(),
        count => format!("{count} Checkly projects"),
    };
    say(&format!(
        "found {count}; asking the installed Checkly CLI about each"
    ));
    let findings = uninterrupted(identify_all(dir, found)).await?;
    let written = text::manifest(&findings, &here(dir));
    write(&file, &written.text).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(&file),
        _ => {
            say(&format!(
                "error: {} cannot be written: {error}",
                file.display()
            ));
            Exit::FAILURE
        }
    })?;
    tell(&file, &findings, &written);
    Ok(())
}

fn exists(file: &Path) -> Exit {
    say(&format!(
        "error: {} exists already, and is left as it is\nhelp: `orchestrate validate` checks it; move it away to start anew",
        file.display()
    ));
    Exit::FAILURE
}

/// What the folder is called.
fn here(dir: &Path) -> String {
    let real = dir.canonicalize();
    let name = real.as_deref().ok().and_then(Path::file_name);
    name.map_or_else(
        || "root".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Writes a file that must not exist. One that could not be written whole is removed.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let written = File::create_new(file)?.write_all(text.as_bytes());
    if written.is_err() {
        let _ = std::fs::remove_file(file);
    }
    written
}

fn tell(file: &Path, findings: &[Finding], written: &Written) {
    let file = file.display();
    let projects = |count: usize| match count {
        1 => "1 project".to_owned(),
        count => format!("{count} projects"),
    };
    say(&format!(
        "wrote {file}: {}",
        projects(findings.len() - written.doubles)
    ));
    if written.doubles > 0 {
        let (count, verb) = match written.doubles {
            1 => (1, "is"),
            count => (count, "are"),
        };
        say(&format!(
            "{count} more {verb} commented out: the logical id is that of another project; {file} says what to decide"
        ));
    }
    if written.unread > 0 {
        say(&format!(
            "{} without logical_id, since it could not be read; {file} says why",
            projects(written.unread)
        ));
    }
    let config = match file.to_string() == FILE_NAME {
        true => String::new(),
        false => format!(" --config {file}"),
    };
    say(&format!(
        "next: read {file}, then orchestrate validate{config}"
    ));
}
