//! The directory that `path` names: its name, and whether it can be bundled.

use super::diagnostic::suggest;
use crate::model::{Diagnostic, Folder};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The values of `${folder}` and `${parent}`.
pub(super) struct DirectoryNames {
    /// The last part of the path; `None` for `/` and names that are not UTF-8.
    pub(super) name: Option<String>,
    /// The part before it.
    pub(super) parent: Option<String>,
}

impl DirectoryNames {
    /// The names in a directory's path. A path that ends in `.` or `..` is resolved first.
    pub(super) fn of(dir: &Path) -> Self {
        let real = || dir.canonicalize().ok();
        let name_of = |path: &Path| path.file_name()?.to_str().map(str::to_owned);
        let last = dir.file_name().is_some();
        let name = if last {
            name_of(dir)
        } else {
            real().and_then(|real| name_of(&real))
        };
        let above = dir
            .parent()
            .filter(|above| last && above.file_name().is_some());
        let parent = match above {
            Some(above) => name_of(above),
            None => real().and_then(|real| name_of(real.parent()?)),
        };
        Self { name, parent }
    }
}

/// Whether the Checkly CLI finds its configuration in a directory.
pub(super) fn holds(dir: &Path, config: Option<&str>) -> bool {
    match config {
        Some(config) => dir.join(config).is_file(),
        None => Folder::CONFIGURATIONS
            .iter()
            .any(|name| dir.join(name).is_file()),
    }
}

/// The diagnostic of a directory that does not exist.
pub(super) fn missing(dir: &Path) -> Option<Diagnostic> {
    let named = dir.display();
    let why = match dir.metadata() {
        Ok(data) if data.is_dir() => return None,
        Ok(_) => {
            let file = dir.file_name().and_then(|name| name.to_str());
            let help = match file {
                Some(file) if file.contains(".json") => "set a bundle with `bundle`",
                _ => "name its directory",
            };
            return Some(
                Diagnostic::new(format!(
                    "{named} is a file, but `path` must name a directory"
                ))
                .help(help),
            );
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            "there is no such directory".to_owned()
        }
        Err(error) => error.to_string(),
    };
    let near = beside(dir);
    Some(
        Diagnostic::new(format!("cannot read the directory {named}: {why}")).help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "a relative path starts at the manifest's directory".to_owned(),
        }),
    )
}

/// The existing directory with the most similar name.
fn beside(dir: &Path) -> Option<String> {
    let name = dir.file_name()?.to_str()?;
    let entries = fs::read_dir(dir.parent()?).ok()?.flatten();
    let directories = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = directories
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    suggest(name, names.iter().map(String::as_str)).map(str::to_owned)
}

/// The diagnostic of a directory without the configuration that the CLI looks for.
pub(super) fn unconfigured(dir: &Path, config: Option<&str>) -> Diagnostic {
    let named = dir.display();
    let what = match config {
        Some(config) => format!("there is no {config} in {named}"),
        None => format!("there is no Checkly configuration in {named}"),
    };
    let help = match &others(dir)[..] {
        [] => format!("add {}, or set `bundle_command`", Folder::CONFIGURATIONS[0]),
        [one] if config.is_some() && Folder::CONFIGURATIONS.contains(&one.as_str()) => {
            format!("found {one}: remove `config`, or correct it")
        }
        [one] => format!("found {one}: name it with config = \"{one}\""),
        several => format!("name one with `config`: found {}", several.join(", ")),
    };
    Diagnostic::new(what).help(help)
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

/// The diagnostic of a pattern that finds no project; `matched` are the directories with a matching name.
pub(super) fn none_found(matched: &[impl AsRef<Path>], config: Option<&str>) -> Diagnostic {
    let wanted = config.unwrap_or(Folder::CONFIGURATIONS[0]);
    let Some(first) = matched.first() else {
        return Diagnostic::new("this matches no directory").help(
            "paths start at the directory of this manifest, and `*` does not match `/`; hidden directories and \
             node_modules are not searched",
        );
    };
    let first = first.as_ref().display();
    let what = match matched.len() {
        1 => format!("the directory {first} has no Checkly configuration"),
        count => {
            format!(
                "none of the {count} matching directories has a Checkly configuration; the first is {first}"
            )
        }
    };
    Diagnostic::new(what).help(format!(
        "add {wanted} to each project, name another file with `config`, or set `bundle_command`"
    ))
}
