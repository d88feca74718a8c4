//! The folder that `path` names: what it is called, and whether it can be bundled.

use super::nearest::nearest;
use crate::model::{Folder, Problem};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// What `${folder}` and `${parent}` stand for.
pub(super) struct Names {
    /// The last part of its path; none for `/` and for what is not UTF-8.
    pub(super) folder: Option<String>,
    /// The part before that.
    pub(super) parent: Option<String>,
}

impl Names {
    /// Those of a folder, as its path says them. Where it ends in `.` or `..`, the file system says them.
    pub(super) fn of(dir: &Path) -> Self {
        let real = || dir.canonicalize().ok();
        let name = |path: &Path| path.file_name()?.to_str().map(str::to_owned);
        let last = dir.file_name().is_some();
        let folder = match last {
            true => name(dir),
            false => real().and_then(|real| name(&real)),
        };
        let above = dir
            .parent()
            .filter(|above| last && above.file_name().is_some());
        let parent = match above {
            Some(above) => name(above),
            None => real().and_then(|real| name(real.parent()?)),
        };
        Self { folder, parent }
    }
}

/// Whether the Checkly CLI finds the configuration in a folder.
pub(super) fn holds(dir: &Path, config: Option<&str>) -> bool {
    match config {
        Some(config) => dir.join(config).is_file(),
        None => Folder::CONFIGURATIONS
            .iter()
            .any(|name| dir.join(name).is_file()),
    }
}

/// Why there is no folder here, if there is none.
pub(super) fn missing(dir: &Path) -> Option<Problem> {
    let named = dir.display();
    let why = match dir.metadata() {
        Ok(data) if data.is_dir() => return None,
        Ok(_) => {
            let file = dir.file_name().and_then(|name| name.to_str());
            let help = match file {
                Some(file) if file.contains(".json") => "a bundle is named with `bundle`",
                _ => "name the folder that it is in",
            };
            return Some(
                Problem::new(format!("{named} is a file, and `path` names a folder")).help(help),
            );
        }
        Err(error) if error.kind() == ErrorKind::NotFound => "there is no such folder".to_owned(),
        Err(error) => error.to_string(),
    };
    let near = beside(dir);
    Some(
        Problem::new(format!("cannot read the folder {named}: {why}")).help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "a relative path starts from the manifest's folder".to_owned(),
        }),
    )
}

/// The folder that a misspelt one was meant to be.
fn beside(dir: &Path) -> Option<String> {
    let name = dir.file_name()?.to_str()?;
    let entries = fs::read_dir(dir.parent()?).ok()?.flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}

/// What to say about a folder without the configuration that the CLI would look for.
pub(super) fn unconfigured(dir: &Path, config: Option<&str>) -> Problem {
    let named = dir.display();
    let what = match config {
        Some(config) => format!("there is no {config} in {named}"),
        None => format!("there is no Checkly configuration in {named}"),
    };
    let help = match &others(dir)[..] {
        [] => format!(
            "add {}, or say with `bundle_command` what makes the bundle",
            Folder::CONFIGURATIONS[0]
        ),
        [one] if config.is_some() && Folder::CONFIGURATIONS.contains(&one.as_str()) => {
            format!("there is {one}: leave `config` out, or correct it")
        }
        [one] => format!("there is {one}: name it with config = \"{one}\""),
        several => format!("name one with `config`: there are {}", several.join(", ")),
    };
    Problem::new(what).help(help)
}

/// Files that look like a configuration.
fn others(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    let names = files.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter(|name| name.contains("checkly") && name.contains("config"))
        .collect();
    names.sort();
    names
}

/// What to say about a pattern by which no project is found, if `matched` folders have the right name.
pub(super) fn none_found(matched: &[impl AsRef<Path>], config: Option<&str>) -> Problem {
    let wanted = config.unwrap_or(Folder::CONFIGURATIONS[0]);
    let Some(first) = matched.first() else {
        return Problem::new("no folder is found here").help(
            "the path starts from the folder of this manifest, and `*` does not match `/`; hidden folders and \
             node_modules are not searched",
        );
    };
    let first = first.as_ref().display();
    let what = match matched.len() {
        1 => format!("the folder {first} has no Checkly configuration"),
        count => {
            format!("none of the {count} folders here has a Checkly configuration, such as {first}")
        }
    };
    Problem::new(what).help(format!(
        "add a {wanted} to those to be deployed, name another with `config`, or say with `bundle_command` what makes \
         the bundle"
    ))
}
