//! Finds Checkly projects: directories with one or more configurations.

use super::files_of;
use crate::model::Directory;
use ignore::DirEntry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A Checkly project: a directory, and one of the configurations in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its directory relative to the searched one, or `.`.
    pub(super) path: String,
    /// The file name of the configuration.
    pub(super) config: String,
    /// The parts of an unusual file name; `None` for the configuration that the Checkly CLI finds itself.
    pub(super) variant: Option<Variant>,
    /// Where the repository starts the CLI for it, if not in the project's directory; set after the search.
    pub(super) cwd: Option<String>,
}

/// A file name such as `checkly.eu.config.ts`, split around its distinguishing word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) before: String,
    pub(super) word: String,
    pub(super) after: String,
}

/// The projects in a directory.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// The projects by path; within a directory, the one that the CLI finds itself comes first.
    pub(super) found: Vec<Found>,
    /// Unreadable directories, and projects whose paths are invalid in a manifest, with the reason.
    pub(super) passed_over: Vec<String>,
}

/// Searches a directory. Skips hidden directories, `node_modules`, and paths that git ignores; does not follow links.
/// A file of any other name is a configuration if its path, relative to `dir`, is in `named`.
pub(super) fn search(dir: &Path, named: &BTreeSet<PathBuf>) -> Search {
    let mut search = Search::default();
    // Of the usual names in a directory, the first of the list takes precedence.
    let mut usual: BTreeMap<String, usize> = BTreeMap::new();
    let is_named = |file: &Path| {
        file.strip_prefix(dir)
            .is_ok_and(|file| named.contains(file))
    };
    for entry in files_of(dir).build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                search.passed_over.push(error.to_string());
                continue;
            }
        };
        let name = entry.file_name().to_str().unwrap_or_default();
        let rank = Directory::CONFIGURATIONS
            .iter()
            .position(|usual| name == *usual);
        let variant = variant(name)
            .or_else(|| other(name).filter(|_| rank.is_none() && is_named(entry.path())))
            .filter(|_| exports_something(entry.path()));
        if rank.is_none() && variant.is_none() || !entry.path().is_file() {
            continue;
        }
        let path = match name_of(dir, &entry) {
            Ok(path) => path,
            Err(why) => {
                search.passed_over.push(why);
                continue;
            }
        };
        if let Some(rank) = rank {
            let first = usual.entry(path).or_insert(rank);
            *first = rank.min(*first);
        } else {
            search.found.push(Found {
                path,
                config: name.to_owned(),
                variant,
                cwd: None,
            });
        }
    }
    search
        .found
        .extend(usual.into_iter().map(|(path, rank)| Found {
            path,
            config: Directory::CONFIGURATIONS[rank].to_owned(),
            variant: None,
            cwd: None,
        }));
    let order = |it: &Found| (it.path.clone(), it.variant.is_some(), it.config.clone());
    search.found.sort_by_cached_key(order);
    search
}

const EXTENSIONS: [&str; 6] = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

/// Words in the names of shared files, tests, and types, which are not configurations.
const HELPERS: [&str; 14] = [
    "base", "common", "d", "default", "defaults", "example", "helpers", "schema", "shared", "spec",
    "template", "test", "types", "utils",
];

/// Parses a file name: `checkly.eu.config.ts`, `checkly-eu.config.ts`, or `checkly.config.eu.ts`.
fn variant(name: &str) -> Option<Variant> {
    const SEPARATORS: [char; 3] = ['.', '-', '_'];
    let stem = EXTENSIONS
        .iter()
        .find_map(|extension| name.strip_suffix(extension))?;
    let rest = stem.strip_prefix("checkly")?.strip_prefix(SEPARATORS)?;
    let word = match rest.strip_prefix("config") {
        Some(rest) => rest.strip_prefix(SEPARATORS)?,
        None => rest.strip_suffix("config")?.strip_suffix(SEPARATORS)?,
    };
    let is_word = |c: char| c.is_alphanumeric() || SEPARATORS.contains(&c);
    let last = word.rsplit(SEPARATORS).next()?;
    if last.is_empty() || HELPERS.contains(&last) || !word.chars().all(is_word) {
        return None;
    }
    let at = stem.len() - rest.len() + rest.find(word)?;
    Some(Variant {
        before: name[..at].to_owned(),
        word: word.to_owned(),
        after: name[at + word.len()..].to_owned(),
    })
}

/// Splits any other file name at its first dot: `staging.config.ts`.
fn other(name: &str) -> Option<Variant> {
    EXTENSIONS
        .iter()
        .find(|extension| name.ends_with(*extension))?;
    let at = name.find('.')?;
    Some(Variant {
        before: String::new(),
        word: name[..at].to_owned(),
        after: name[at..].to_owned(),
    })
}

/// Whether a file has the export that the CLI loads. Otherwise, configurations import it.
fn exports_something(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let marks = [
        "export default",
        "as default",
        "module.exports",
        "exports.default",
    ];
    marks.iter().any(|mark| text.contains(mark))
}

/// The path of a file's directory in the manifest.
fn name_of(dir: &Path, entry: &DirEntry) -> Result<String, String> {
    let directory = entry.path().parent().unwrap_or(dir);
    let path = directory.strip_prefix(dir).unwrap_or(directory);
    let why = match path.to_str() {
        Some("") => return Ok(".".to_owned()),
        Some(path) if !path.contains(char::is_control) => return Ok(path.to_owned()),
        Some(_) => "its name contains control characters",
        None => "its name is not UTF-8",
    };
    Err(format!("{}: {why}", directory.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::support::files;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let files = files.iter();
        files::tree(files.map(|file| file.split_once('=').unwrap_or((file, ""))))
    }

    fn found(files: &[&str]) -> Vec<String> {
        let search = search(tree(files).path(), &BTreeSet::new());
        let shown = |found: &Found| format!("{} {}", found.path, found.config);
        search.found.iter().map(shown).collect()
    }

    #[test]
    fn every_directory_with_a_configuration_is_a_project() {
        let files = [
            "web/checkly.config.ts",
            "api/checkly.config.cjs",
            "api/checks/deep/checkly.config.mjs",
            "checkly.config.js",
            "lib/checkly.config.json",
            "lib/my-checkly.config.ts",
            "odd/checkly.config.ts/file",
        ];
        assert_eq!(
            found(&files),
            [
                ". checkly.config.js",
                "api checkly.config.cjs",
                "api/checks/deep checkly.config.mjs",
                "web checkly.config.ts"
            ]
        );
    }

    #[test]
    fn usual_names_in_one_directory_are_one_project() {
        let files = [
            "a/checkly.config.cjs",
            "a/checkly.config.ts",
            "a/checkly.config.js",
        ];
        assert_eq!(found(&files), ["a checkly.config.ts"]);
    }

    #[test]
    fn configurations_with_other_names_are_separate_projects() {
        let export = "export default defineConfig({})";
        let files = [
            "checkly.config.ts",
            "checkly.us.config.ts",
            "checkly.eu.config.ts",
            "a/checkly-staging.config.js",
            "b/checkly.config.eu-west-1.mts",
            // Not configurations despite their names.
            "a/checkly.base.config.ts",
            "a/checkly.config.d.ts",
            "a/checkly.config.test.ts",
            "a/checkly-config.ts",
            "a/checkly.config.json",
        ];
        let files = files.map(|file| format!("{file}={export}"));
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        assert_eq!(
            found(&files),
            [
                ". checkly.config.ts",
                ". checkly.eu.config.ts",
                ". checkly.us.config.ts",
                "a checkly-staging.config.js",
                "b checkly.config.eu-west-1.mts",
            ]
        );
        assert_eq!(
            found(&["checkly.urls.config.ts=export const urls = []"]),
            [""; 0]
        );
    }

    #[test]
    fn a_file_of_any_name_is_a_configuration_where_a_command_names_it() {
        let files = ["a/staging.config.ts", "a/prod.config.ts", "a/lib.ts"];
        let tree = tree(
            &files
                .map(|file| format!("{file}=export default {{}}"))
                .each_ref()
                .map(|file| &**file),
        );
        let named = BTreeSet::from(["a/staging.config.ts".into(), "a/checks.json".into()]);
        let found = search(tree.path(), &named).found;
        let [
            Found {
                config,
                variant: Some(variant),
                ..
            },
        ] = &*found
        else {
            panic!("{found:?}")
        };
        assert_eq!(
            (&**config, &*variant.word),
            ("staging.config.ts", "staging")
        );
    }

    #[test]
    fn a_file_name_is_split_around_its_word() {
        let split = |name: &str| {
            let Variant {
                before,
                word,
                after,
            } = variant(name)?;
            Some(format!("{before}|{word}|{after}"))
        };
        for (name, parts) in [
            ("checkly.eu.config.ts", Some("checkly.|eu|.config.ts")),
            ("checkly-eu.config.ts", Some("checkly-|eu|.config.ts")),
            ("checkly.config.eu.ts", Some("checkly.config.|eu|.ts")),
            ("checkly.c.config.ts", Some("checkly.|c|.config.ts")),
            ("checkly.config.ts", None),
            ("checkly..config.ts", None),
            ("checkly.config..ts", None),
            ("my-checkly.config.ts", None),
        ] {
            assert_eq!(split(name).as_deref(), parts, "{name}");
        }
    }

    #[test]
    fn ignored_hidden_and_installed_directories_are_skipped() {
        let files = [
            ".gitignore=/dist\n*.tmp/",
            "dist/checkly.config.ts",
            "a/x.tmp/checkly.config.ts",
            "a/node_modules/b/checkly.config.ts",
            "node_modules/b/checkly.config.ts",
            ".cache/checkly.config.ts",
            "a/dist/checkly.config.ts",
        ];
        assert_eq!(found(&files), ["a/dist checkly.config.ts"]);
    }

    #[test]
    fn a_directory_with_an_invalid_name_is_skipped_with_a_reason() {
        let tree = tree(&["a\nb/checkly.config.ts", "c/checkly.config.ts"]);
        let search = search(tree.path(), &BTreeSet::new());
        assert_eq!(search.found.len(), 1);
        assert!(search.passed_over[0].contains("control characters"));
    }
}
