//! Finds Checkly projects: folders with a configuration.

use crate::model::Folder;
use ignore::{DirEntry, WalkBuilder};
use std::collections::BTreeMap;
use std::path::Path;

/// A Checkly project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its folder from the one that was searched, with `/` between the parts; `.` for that one itself.
    pub(super) path: String,
    /// Its configuration.
    pub(super) config: String,
}

/// What there is below a folder.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// The projects, by path.
    pub(super) found: Vec<Found>,
    /// Folders that could not be searched, and projects that no manifest can name, with why.
    pub(super) passed_over: Vec<String>,
}

/// Searches a folder. What git ignores, hidden folders and `node_modules` are left out; links are not followed.
pub(super) fn search(dir: &Path) -> Search {
    let mut search = Search::default();
    // The strongest configuration of each folder.
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let walk = WalkBuilder::new(dir)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != "node_modules")
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                search.passed_over.push(error.to_string());
                continue;
            }
        };
        let Some(rank) = rank(&entry) else { continue };
        match name_of(dir, &entry) {
            Ok(path) => {
                let known = found.entry(path).or_insert(rank);
                *known = rank.min(*known);
            }
            Err(why) => search.passed_over.push(why),
        }
    }
    search.found = found
        .into_iter()
        .map(|(path, rank)| Found {
            path,
            config: Folder::CONFIGURATIONS[rank].to_owned(),
        })
        .collect();
    search
}

fn rank(entry: &DirEntry) -> Option<usize> {
    let rank = Folder::CONFIGURATIONS
        .iter()
        .position(|name| entry.file_name() == *name)?;
    entry.path().is_file().then_some(rank)
}

/// What the manifest calls the folder of a file.
fn name_of(dir: &Path, entry: &DirEntry) -> Result<String, String> {
    let folder = entry.path().parent().unwrap_or(dir);
    let path = folder.strip_prefix(dir).unwrap_or(folder);
    let why = match path.to_str() {
        Some("") => return Ok(".".to_owned()),
        Some(path) if !path.contains(char::is_control) => return Ok(path.to_owned()),
        Some(_) => "there are control characters in its name",
        None => "its name is not UTF-8",
    };
    Err(format!("{}: {why}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let (file, text) = file.split_once('=').unwrap_or((file, ""));
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    fn found(files: &[&str]) -> Vec<String> {
        let search = search(tree(files).path());
        let shown = |found: &Found| format!("{} {}", found.path, found.config);
        search.found.iter().map(shown).collect()
    }

    #[test]
    fn every_folder_with_a_configuration_is_a_project() {
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
    fn of_two_configurations_in_a_folder_the_cli_takes_one() {
        let files = [
            "a/checkly.config.cjs",
            "a/checkly.config.ts",
            "a/checkly.config.js",
        ];
        assert_eq!(found(&files), ["a checkly.config.ts"]);
    }

    #[test]
    fn what_is_ignored_hidden_or_installed_is_no_project_of_ours() {
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
    fn a_folder_that_no_manifest_can_name_is_passed_over_and_told() {
        let search = search(tree(&["a\nb/checkly.config.ts", "c/checkly.config.ts"]).path());
        assert_eq!(search.found.len(), 1);
        assert!(search.passed_over[0].contains("control characters"));
    }
}
