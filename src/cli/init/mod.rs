//! `orchestrate init`: a manifest for the Checkly projects that there are.

mod cwd;
mod find;
mod identify;
mod inputs;
mod names;
mod nested;
mod tables;
mod text;

use super::Exit;
use super::args::InitArgs;
use super::say::say;
use super::signals::uninterrupted;
use crate::guard::is_template_logical_id;
use crate::manifest::FILE_NAME;
use crate::ui::{Counter, one_line, some_of};
use find::{Search, search};
use identify::identify_all;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use text::{Finding, Written};

/// No more names of projects are told in a line.
const NAMED: usize = 5;

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
    let Search {
        mut found,
        passed_over,
    } = search(dir);
    for why in passed_over {
        say(&format!("passed over: {}", one_line(&why)));
    }
    if found.is_empty() {
        say(&format!(
            "error: there is no Checkly project in {} or below: a directory with checkly.config.ts, or .mts, .cts, .js, .mjs, .cjs, \
             also with a word as in checkly.eu.config.ts\n\
             help: hidden directories, node_modules, and what .gitignore names are not searched; name another directory: orchestrate init DIR",
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
    let cwds = cwd::find(dir, &found);
    for (found, cwd) in found.iter_mut().zip(cwds) {
        found.cwd = cwd;
    }
    let counter = Counter::stderr("asking the Checkly CLI", found.len());
    let findings = uninterrupted(identify_all(dir, found, counter)).await?;
    let written = text::manifest(&findings, &here(dir));
    for nested in nested::find(&findings) {
        say(&format!("warning: {}", one_line(&nested.to_string())));
    }
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

/// What the directory is called; where its name says nothing, what the one is called that it is in.
fn here(dir: &Path) -> String {
    let real = dir.canonicalize().unwrap_or_default();
    let names = real.ancestors().filter_map(Path::file_name);
    let mut names = names.map(|name| name.to_string_lossy().into_owned());
    names
        .find(|name| names::is_telling(name))
        .unwrap_or_else(|| "root".to_owned())
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
    say(&format!("wrote {file}: {}", projects(written.projects)));
    if written.doubles > 0 {
        let (count, verb) = match written.doubles {
            1 => (1, "is"),
            count => (count, "are"),
        };
        say(&format!(
            "{count} more {verb} commented out: the logical id is that of another project; {file} says what to decide"
        ));
    }
    let ids = findings
        .iter()
        .filter_map(|finding| Some(&*finding.identity.as_ref().ok()?.logical_id));
    for id in ids
        .filter(|id| is_template_logical_id(id))
        .collect::<BTreeSet<_>>()
    {
        say(&format!(
            "warning: the logical id \"{id}\" comes from a template, so another repository may use it in the same account; \
             change `logicalId` in the Checkly configuration before the first deployment"
        ));
    }
    for (why, names) in &written.unread {
        say(&format!(
            "no logical_id for {}: {}",
            some_of(names, NAMED),
            one_line(why)
        ));
    }
    let config = match file.to_string() == FILE_NAME {
        true => String::new(),
        false => format!(" --config {}", shell_word(&file.to_string())),
    };
    say(&format!(
        "next: read {file}, then run\n  orchestrate validate{config}"
    ));
}

/// A word as a shell reads it.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    match text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}
