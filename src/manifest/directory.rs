//! Directories of `path` and files of `include`: what a pattern matches, and whether a directory can be bundled.

use super::diagnostic::suggest;
use super::project::here;
use crate::inputs;
use crate::model::{Diagnostic, Directory};
use crate::os_error::plain;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use unicode_normalization::UnicodeNormalization;
use walkdir::{DirEntry, WalkDir};

/// What to find.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Wanted {
    Files,
    Directories,
}

/// Whether this is a pattern rather than a plain path.
pub(super) fn is_pattern(text: &str) -> bool {
    first_wildcard(text).is_some()
}

/// Why a glob of `inputs` is invalid.
pub(super) fn fault(glob: &str) -> Option<String> {
    inputs::glob(glob).err()
}

/// What matches a pattern below `dir`, sorted. Skips hidden directories and `node_modules`: they contain no manifest
/// or project, and a monorepo has thousands of them.
pub(super) fn matches(dir: &Path, pattern: &str, wanted: Wanted) -> Result<Vec<PathBuf>, String> {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let Some(wild) = first_wildcard(pattern) else {
        let path = dir.join(pattern);
        // Reading a file says why it cannot be read.
        let is_found = wanted == Wanted::Files || path.is_dir();
        return Ok(is_found.then_some(path).into_iter().collect());
    };
    // The search starts at the directory that contains the first wildcard.
    let fixed = pattern[..wild].rfind('/').map_or(0, |slash| slash + 1);
    let (fixed, wild) = pattern.split_at(fixed);
    let wild = wild.trim_end_matches('/');
    let depth = if wild.contains("**") {
        usize::MAX
    } else {
        wild.split('/').count()
    };
    // An empty path cannot be searched.
    let root = dir.join(fixed);
    let searched = here(&root);
    let matcher = inputs::glob(wild)?;
    let is_skipped = |entry: &DirEntry| {
        let name = entry.file_name();
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        entry.depth() > 0 && !entry.path().is_file() && (is_hidden || name == "node_modules")
    };
    // Links to directories are followed only to a limited depth; with `**` they might lead into a cycle.
    let walk = WalkDir::new(&searched)
        .min_depth(1)
        .max_depth(depth)
        .follow_links(depth != usize::MAX);
    // Unreadable directories are skipped.
    let entries = walk.into_iter().filter_entry(|entry| !is_skipped(entry));
    let found = entries.flatten().filter_map(|entry| {
        let relative = entry.path().strip_prefix(&searched).ok()?;
        let is_wanted = match wanted {
            Wanted::Files => entry.path().is_file(),
            Wanted::Directories => entry.file_type().is_dir(),
        };
        (is_wanted && matcher.is_match(relative)).then(|| root.join(relative))
    });
    let mut found: Vec<PathBuf> = found.collect();
    found.sort();
    Ok(found)
}

fn first_wildcard(pattern: &str) -> Option<usize> {
    pattern.find(['*', '?', '[', '{'])
}

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
        let name_of = |path: &Path| {
            // macOS decomposes characters in paths; people type them composed.
            let name = path.file_name()?.to_str()?;
            Some(name.nfc().collect::<String>())
        };
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
        None => Directory::CONFIGURATIONS
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
        Err(error) => plain(&error),
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
        [] => format!(
            "add {}, or set `bundle_command`",
            Directory::CONFIGURATIONS[0]
        ),
        [one] if config.is_some() && Directory::CONFIGURATIONS.contains(&one.as_str()) => {
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
    let wanted = config.unwrap_or(Directory::CONFIGURATIONS[0]);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::support::files;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        files::tree(files.iter().map(|file| (*file, "")))
    }

    fn found(dir: &tempfile::TempDir, pattern: &str) -> Vec<String> {
        found_of(dir, pattern, Wanted::Files)
    }

    fn found_of(dir: &tempfile::TempDir, pattern: &str, wanted: Wanted) -> Vec<String> {
        let files = matches(dir.path(), pattern, wanted).unwrap();
        let relative =
            |file: &PathBuf| file.strip_prefix(dir.path()).unwrap().display().to_string();
        files.iter().map(relative).collect()
    }

    #[test]
    fn a_plain_path_matches_that_file() {
        let dir = tree(&["a/projects.toml"]);
        assert_eq!(found(&dir, "./a/projects.toml"), ["a/projects.toml"]);
        // Reading it says that there is none.
        assert_eq!(found(&dir, "b/projects.toml"), ["b/projects.toml"]);
    }

    #[test]
    fn a_star_matches_one_directory_and_two_stars_any_number() {
        let dir = tree(&[
            "t/b/p.toml",
            "t/a/p.toml",
            "t/a/deep/p.toml",
            "t/p.toml",
            "t/a/q.toml",
        ]);
        assert_eq!(found(&dir, "t/*/p.toml"), ["t/a/p.toml", "t/b/p.toml"]);
        assert_eq!(
            found(&dir, "t/**/p.toml"),
            ["t/a/deep/p.toml", "t/a/p.toml", "t/b/p.toml", "t/p.toml"]
        );
        assert_eq!(
            found(&dir, "{t,u}/a/[pq].toml"),
            ["t/a/p.toml", "t/a/q.toml"]
        );
    }

    #[test]
    fn hidden_directories_and_installed_packages_are_not_searched() {
        let dir = tree(&["node_modules/x/p.toml", ".git/p.toml", "x/p.toml"]);
        assert_eq!(found(&dir, "**/p.toml"), ["x/p.toml"]);
    }

    #[test]
    fn an_invalid_glob_is_an_error() {
        assert!(matches(Path::new("."), "a/[", Wanted::Files).is_err());
    }

    #[test]
    fn directories_are_found_like_files() {
        let dir = tree(&["s/b/x/f", "s/a/f", "s/.h/f", "s/node_modules/p/f", "s/f"]);
        let directories = |pattern| found_of(&dir, pattern, Wanted::Directories);
        assert_eq!(directories("s/*"), ["s/a", "s/b"]);
        assert_eq!(directories("s/*/"), ["s/a", "s/b"]);
        assert_eq!(directories("s/**"), ["s/a", "s/b", "s/b/x"]);
        assert_eq!(directories("s/b"), ["s/b"]);
        assert!(directories("s/f").is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_directory_is_followed_but_not_by_two_stars() {
        let dir = tree(&["s/a/f"]);
        std::os::unix::fs::symlink("a", dir.path().join("s/link")).unwrap();
        std::os::unix::fs::symlink("..", dir.path().join("s/a/up")).unwrap();
        assert_eq!(
            found_of(&dir, "s/*", Wanted::Directories),
            ["s/a", "s/link"]
        );
        assert_eq!(found_of(&dir, "s/**", Wanted::Directories), ["s/a"]);
    }
}
