//! Finds the files that `include` names.

use globset::{GlobBuilder, GlobMatcher};
use std::path::{Path, PathBuf};

/// The files below `dir` that match a pattern, sorted. Hidden folders and `node_modules` are not searched: nobody
/// keeps a manifest there, and a monorepo has thousands of them.
pub(super) fn matches(dir: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let Some(wild) = pattern.find(['*', '?', '[', '{']) else {
        let file = dir.join(pattern);
        return Ok(file.is_file().then_some(file).into_iter().collect());
    };
    // Everything before the folder that the first wildcard is in is walked to directly.
    let fixed = pattern[..wild].rfind('/').map_or(0, |slash| slash + 1);
    let (fixed, wild) = pattern.split_at(fixed);
    let matcher = GlobBuilder::new(wild)
        .literal_separator(true)
        .build()
        .map_err(|error| error.kind().to_string())?
        .compile_matcher();
    let depth = if wild.contains("**") {
        usize::MAX
    } else {
        wild.split('/').count()
    };
    let mut found = Vec::new();
    walk(&dir.join(fixed), Path::new(""), depth, &matcher, &mut found);
    found.sort();
    Ok(found)
}

/// Collects the matching files of one folder and of those in it. Folders that cannot be read hold no manifest of ours.
fn walk(root: &Path, below: &Path, depth: usize, matcher: &GlobMatcher, found: &mut Vec<PathBuf>) {
    let here = root.join(below);
    let here = if here.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        here
    };
    let Ok(entries) = std::fs::read_dir(here) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let (relative, path) = (below.join(&name), root.join(below).join(&name));
        if path.is_file() {
            if matcher.is_match(&relative) {
                found.push(path);
            }
            continue;
        }
        let is_skipped = name == "node_modules" || name.as_encoded_bytes().starts_with(b".");
        // A link to a folder is followed only where the pattern ends the walk; with `**` it might lead in a circle.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir())
            || (depth != usize::MAX && path.is_dir());
        if is_folder && !is_skipped && depth > 1 {
            let depth = if depth == usize::MAX {
                depth
            } else {
                depth - 1
            };
            walk(root, &relative, depth, matcher, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        dir
    }

    fn found(dir: &tempfile::TempDir, pattern: &str) -> Vec<String> {
        let files = matches(dir.path(), pattern).unwrap();
        let relative =
            |file: &PathBuf| file.strip_prefix(dir.path()).unwrap().display().to_string();
        files.iter().map(relative).collect()
    }

    #[test]
    fn a_plain_path_is_that_file() {
        let dir = tree(&["a/projects.toml"]);
        assert_eq!(found(&dir, "./a/projects.toml"), ["a/projects.toml"]);
        assert!(found(&dir, "b/projects.toml").is_empty());
        assert!(found(&dir, "a").is_empty());
    }

    #[test]
    fn a_star_stands_for_one_folder_and_two_for_any_number() {
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
    fn hidden_folders_and_installed_packages_are_not_searched() {
        let dir = tree(&["node_modules/x/p.toml", ".git/p.toml", "x/p.toml"]);
        assert_eq!(found(&dir, "**/p.toml"), ["x/p.toml"]);
    }

    #[test]
    fn a_pattern_that_is_no_glob_is_an_error() {
        assert!(matches(Path::new("."), "a/[").is_err());
    }
}
