//! `orchestrate init`: writes a manifest for existing Checkly projects.

mod cwd;
mod find;
mod identify;
mod inputs;
mod tables;
mod text;

use super::Exit;
use super::args::InitArgs;
use super::console::say;
use super::envelope::quoted;
use super::signals::uninterrupted;
use crate::git;
use crate::guard::is_template_logical_id;
use crate::manifest::FILE_NAME;
use crate::os_error::plain;
use crate::ui::{Counter, one_line, some_of};
use crate::words::count;
use cwd::Starts;
use find::{Search, search};
use identify::identify_all;
use ignore::WalkBuilder;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use text::{Finding, Unread, Written, label};

/// The maximum number of project names in a line.
const NAMED: usize = 5;

pub(super) fn main(args: &InitArgs) -> Result<Exit, Exit> {
    actix::System::new().block_on(init(&args.dir))
}

async fn init(dir: &Path) -> Result<Exit, Exit> {
    if !dir.is_dir() {
        say(&format!("error: {} is not a directory", dir.display()));
        return Err(Exit::USAGE);
    }
    let file = if dir == Path::new(".") {
        FILE_NAME.into()
    } else {
        dir.join(FILE_NAME)
    };
    // Checked before the work; enforced when the file is created.
    if file.symlink_metadata().is_ok() {
        return Err(exists(&file));
    }
    let starts = Starts::read(dir);
    let Search {
        mut found,
        passed_over,
    } = search(dir, &starts.configurations());
    for why in passed_over {
        say(&format!("skipped: {}", one_line(&why)));
    }
    if found.is_empty() {
        say(&format!(
            "error: no Checkly project in {} or below: no checkly.config.ts (or .mts, .cts, .js, .mjs, .cjs), and no variant \
             such as checkly.eu.config.ts\n\
             help: hidden directories, node_modules, and paths in .gitignore are not searched; to search another directory, \
             run: orchestrate init DIR",
            dir.display()
        ));
        return Err(Exit::FAILURE);
    }
    say(&format!(
        "found {}; reading logical ids with the installed Checkly CLI",
        count(found.len(), "Checkly project")
    ));
    let cwds = starts.cwds(&found);
    for (found, cwd) in found.iter_mut().zip(cwds) {
        found.cwd = cwd;
    }
    let counter = Counter::stderr("reading logical ids", found.len());
    let findings = uninterrupted(identify_all(dir, found, counter)).await?;
    let written = text::manifest(&findings, &here(dir));
    for nested in nested(&findings) {
        say(&format!("warning: {}", one_line(&nested)));
    }
    for (variable, paths) in variables(&starts, &findings) {
        let paths: Vec<&str> = paths.into_iter().collect();
        say(&format!(
            "warning: {variable} is set where the repository deploys {}, and the manifest does not set it: add it to `env`; \
             if it has several values, each is a project (a `matrix`)",
            some_of(&paths, NAMED)
        ));
    }
    write(&file, &written.text).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(&file),
        _ => {
            say(&format!(
                "error: cannot write {}: {}",
                file.display(),
                plain(&error)
            ));
            Exit::FAILURE
        }
    })?;
    tell(&file, &findings, &written);
    Ok(Exit::SUCCESS)
}

/// The files of a tree that may be a project's: no links are followed, and git's rules for ignored files apply everywhere.
fn files_of(dir: &Path) -> WalkBuilder {
    let mut walk = WalkBuilder::new(dir);
    walk.require_git(false);
    walk.filter_entry(|entry| entry.file_name() != "node_modules" && entry.file_name() != ".git");
    walk
}

/// The git repository of a directory, or the directory itself.
fn repository(dir: &Path) -> &Path {
    git::root(dir).unwrap_or(dir)
}

/// Variables that the repository's commands set for projects, each with the directories of these.
fn variables<'a>(
    starts: &'a Starts,
    findings: &'a [Finding],
) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut variables: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Finding { found, .. } in findings {
        for variable in starts.variables(found) {
            variables.entry(variable).or_default().insert(&found.path);
        }
    }
    variables
}

fn exists(file: &Path) -> Exit {
    say(&format!(
        "error: {} already exists and was not changed\nhelp: run `orchestrate validate` to check it, or move it to start over",
        file.display()
    ));
    Exit::FAILURE
}

/// The name of the directory, or of the nearest parent directory with a meaningful name.
fn here(dir: &Path) -> String {
    let real = dir.canonicalize().unwrap_or_default();
    let names = real.ancestors().filter_map(Path::file_name);
    let mut names = names.map(|name| name.to_string_lossy().into_owned());
    names
        .find(|name| tables::is_telling(name))
        .unwrap_or_else(|| "root".to_owned())
}

/// Writes a file that must not exist; removes a partial file.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let written = File::create_new(file)?.write_all(text.as_bytes());
    if written.is_err() {
        let _ = std::fs::remove_file(file);
    }
    written
}

fn tell(file: &Path, findings: &[Finding], written: &Written) {
    let file = file.display();
    let projects = |n: usize| count(n, "project");
    say(&format!("wrote {file}: {}", projects(written.projects)));
    if written.doubles > 0 {
        let more = match written.doubles {
            1 => "1 more is commented out: its logical id belongs to another project".to_owned(),
            count => format!(
                "{count} more are commented out: their logical ids belong to other projects"
            ),
        };
        say(&format!("{more}; see the comments in {file}"));
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
    for Unread { why, names } in &written.unread {
        say(&format!(
            "no logical_id for {}: {}",
            some_of(names, NAMED),
            one_line(why)
        ));
    }
    let config = if file.to_string() == FILE_NAME {
        String::new()
    } else {
        format!(" --config {}", quoted(file.to_string()))
    };
    say(&format!(
        "next: review {file}, then run\n  orchestrate validate{config}"
    ));
}

/// What to do about each project inside another one's directory that shares resources with it.
fn nested(findings: &[Finding]) -> Vec<String> {
    let pairs = findings
        .iter()
        .flat_map(|inner| findings.iter().map(move |outer| (inner, outer)));
    let nested = pairs.filter_map(|(inner, outer)| {
        let inside = below(&outer.found.path, &inner.found.path)?;
        let (one, other) = (inner.identity.as_ref().ok()?, outer.identity.as_ref().ok()?);
        let resources = match one.resources.intersection(&other.resources).count() {
            0 => return None,
            1 => "1 resource is".to_owned(),
            count => format!("{count} resources are"),
        };
        Some(format!(
            "{} is inside {}: {resources} in both and would be deployed twice; add \"{inside}/**\" to \
             `checks.ignoreDirectoriesMatch` in {} of {}",
            label(&inner.found),
            label(&outer.found),
            outer.found.config,
            outer.found.path
        ))
    });
    nested.collect()
}

/// The path of a directory relative to a parent directory.
fn below<'p>(outer: &str, inner: &'p str) -> Option<&'p str> {
    match outer {
        "." => Some(inner).filter(|inner| *inner != "."),
        outer => inner.strip_prefix(outer)?.strip_prefix('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::text::Identity;
    use super::*;
    use crate::cli::init::find::Found;

    fn finding(path: &str, resources: &[&str]) -> Finding {
        Finding {
            found: Found {
                path: path.to_owned(),
                config: "checkly.config.ts".to_owned(),
                variant: None,
                cwd: None,
            },
            identity: Ok(Identity {
                name: path.to_owned(),
                logical_id: path.to_owned(),
                files: vec![],
                resources: resources.iter().map(|&name| name.to_owned()).collect(),
            }),
            inputs: vec![],
        }
    }

    #[test]
    fn a_project_whose_checks_are_also_in_another_is_reported() {
        let findings = [
            finding("web", &["check a", "check b"]),
            finding("web/internal/checkly", &["check b"]),
            finding("web/other", &["check c"]),
            finding("website", &["check a"]),
        ];
        assert_eq!(
            nested(&findings),
            [
                "web/internal/checkly is inside web: 1 resource is in both and would be deployed twice; \
              add \"internal/checkly/**\" to `checks.ignoreDirectoriesMatch` in checkly.config.ts of web"
            ]
        );
        assert_eq!(
            nested(&[finding(".", &["check a"]), finding("a", &["check a"])]).len(),
            1
        );
    }
}
