//! Finds what a pattern matches: files of `include`, directories of `path`.

use crate::inputs;
use globset::GlobMatcher;
use std::path::{Path, PathBuf};

/// What to find.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Wanted {
    Files,
    Folders,
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
        let is_there = match wanted {
            Wanted::Files => path.is_file(),
            Wanted::Folders => path.is_dir(),
        };
        return Ok(is_there.then_some(path).into_iter().collect());
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
    let mut search = Search {
        root: &dir.join(fixed),
        matcher: inputs::glob(wild)?,
        wanted,
        found: Vec::new(),
    };
    search.walk(Path::new(""), depth);
    search.found.sort();
    Ok(search.found)
}

fn first_wildcard(pattern: &str) -> Option<usize> {
    pattern.find(['*', '?', '[', '{'])
}

struct Search<'a> {
    root: &'a Path,
    matcher: GlobMatcher,
    wanted: Wanted,
    found: Vec<PathBuf>,
}

impl Search<'_> {
    /// Collects the matches in one directory and below. Skips unreadable directories.
    fn walk(&mut self, below: &Path, depth: usize) {
        let here = self.root.join(below);
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
            let relative = below.join(&name);
            let path = self.root.join(&relative);
            if path.is_file() {
                self.take(Wanted::Files, &relative, path);
                continue;
            }
            let is_skipped = name == "node_modules" || name.as_encoded_bytes().starts_with(b".");
            // Links to directories are followed only to a limited depth; with `**` they might lead into a cycle.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir())
                || (depth != usize::MAX && path.is_dir());
            if !is_folder || is_skipped {
                continue;
            }
            self.take(Wanted::Folders, &relative, path);
            match depth {
                usize::MAX => self.walk(&relative, depth),
                0 | 1 => {}
                _ => self.walk(&relative, depth - 1),
            }
        }
    }

    fn take(&mut self, what: Wanted, relative: &Path, path: PathBuf) {
        if what == self.wanted && self.matcher.is_match(relative) {
            self.found.push(path);
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
        assert!(found(&dir, "b/projects.toml").is_empty());
        assert!(found(&dir, "a").is_empty());
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
        let folders = |pattern| found_of(&dir, pattern, Wanted::Folders);
        assert_eq!(folders("s/*"), ["s/a", "s/b"]);
        assert_eq!(folders("s/*/"), ["s/a", "s/b"]);
        assert_eq!(folders("s/**"), ["s/a", "s/b", "s/b/x"]);
        assert_eq!(folders("s/b"), ["s/b"]);
        assert!(folders("s/f").is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_directory_is_followed_but_not_by_two_stars() {
        let dir = tree(&["s/a/f"]);
        std::os::unix::fs::symlink("a", dir.path().join("s/link")).unwrap();
        std::os::unix::fs::symlink("..", dir.path().join("s/a/up")).unwrap();
        assert_eq!(found_of(&dir, "s/*", Wanted::Folders), ["s/a", "s/link"]);
        assert_eq!(found_of(&dir, "s/**", Wanted::Folders), ["s/a"]);
    }
}
