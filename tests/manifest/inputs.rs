//! What a pattern of `inputs` means: `--affected` and the cache key notice the same changes.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

use super::affected::{declared, folder, shown};
use super::support::*;
use crate::cache::{CacheKeyInputs, Key};
use crate::git;
use crate::manifest::affected;
use crate::model;
use crate::tests::support::files;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A repository with a project in `web/shop`.
struct Repo(Folder);

impl Repo {
    fn new() -> Self {
        let repo = Self(folder(
            "[[project]]\nname = 'shop'\nbundle = 'out/shop.json'\n",
        ));
        repo.git("init -q -b main");
        repo.write("web/shop/src/a.ts");
        repo
    }

    fn path(&self) -> &Path {
        self.0.0.path()
    }

    fn git(&self, arguments: &str) {
        self.git_in("", arguments);
    }

    fn git_in(&self, dir: &str, arguments: &str) {
        let output = Command::new("git")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
            .args(["-c", "protocol.file.allow=always", "-C"])
            .arg(self.path().join(dir))
            .args(arguments.split(' '))
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments}: {output:?}");
    }

    fn commit(&self) {
        self.git("add -A");
        self.git("commit -q --allow-empty -m change");
    }

    /// Creates or changes a file.
    fn write(&self, name: impl AsRef<Path>) {
        let text = fs::read_to_string(self.path().join(&name)).unwrap_or_default();
        files::write(self.path(), name, &(text + "x"));
    }

    fn link(&self, target: &str, name: &str) {
        symlink(target, self.path().join(name)).unwrap();
    }

    fn project(&self, glob: &str) -> Vec<Project> {
        declared(&self.0, "", &[glob])
    }

    /// The cache key of a bundle; a reason if there is none.
    fn key(&self, glob: &str) -> String {
        let key = Key::of(&CacheKeyInputs {
            directory: &model::Directory {
                dir: self.path().to_owned(),
                config: None,
                cwd: None,
                command: None,
                env: BTreeMap::new(),
                bundler: model::BundlerKind::Process,
                timeout: Duration::from_secs(1),
                cache: true,
            },
            inputs: &self.project(glob)[0].inputs,
            cli_version: None,
            target: None,
        });
        key.map_or_else(|error| error.to_string(), |key| key.as_str().to_owned())
    }

    /// The changes since the last commit that affect the project.
    fn affected(&self, glob: &str) -> Vec<String> {
        let changes = git::since(self.path(), Some("HEAD")).unwrap();
        let affected = affected(
            &self.project(glob),
            &Selection::default(),
            &changes,
            &[],
            None,
        );
        shown(&affected.unwrap())
    }
}

/// Commits, makes a change, and asserts whether both notice it.
#[track_caller]
fn expect(is_noticed: bool, glob: &str, prepare: impl FnOnce(&Repo), change: impl FnOnce(&Repo)) {
    let repo = Repo::new();
    prepare(&repo);
    repo.commit();
    let before = repo.key(glob);
    assert_eq!(before.len(), 64, "{before}");
    assert_eq!(repo.affected(glob), [""; 0], "before the change");
    change(&repo);
    let (affected, after) = (repo.affected(glob), repo.key(glob));
    assert_eq!(!affected.is_empty(), is_noticed, "affected: {affected:?}");
    assert_eq!(after != before, is_noticed, "key: {after}");
}

#[track_caller]
fn noticed(glob: &str, prepare: impl FnOnce(&Repo), change: impl FnOnce(&Repo)) {
    expect(true, glob, prepare, change);
}

#[track_caller]
fn not_noticed(glob: &str, prepare: impl FnOnce(&Repo), change: impl FnOnce(&Repo)) {
    expect(false, glob, prepare, change);
}

/// Writes files.
fn write(names: &[&str]) -> impl FnOnce(&Repo) {
    move |repo| names.iter().for_each(|name| repo.write(name))
}

#[test]
fn a_changed_file_is_noticed_and_one_that_no_pattern_matches_is_not() {
    noticed("web/**", write(&[]), write(&["web/shop/src/a.ts"]));
    noticed(
        "web/shop/src/a.ts",
        write(&[]),
        write(&["web/shop/src/a.ts"]),
    );
    not_noticed("web/**/*.ts", write(&["web/b.md"]), write(&["web/b.md"]));
    not_noticed("web/**", write(&["lib/b.ts"]), write(&["lib/b.ts"]));
}

#[test]
fn a_directory_stands_for_everything_in_it() {
    noticed("web", write(&[]), write(&["web/shop/src/a.ts"]));
    noticed("./web/shop/", write(&[]), write(&["web/shop/b.ts"]));
}

#[test]
fn hidden_directories_count() {
    let config = "web/shop/.config/x.json";
    noticed("web/**", write(&[config]), write(&[config]));
    noticed("**/*.json", write(&[config]), write(&[config]));
    noticed("web/**", write(&[]), write(&[config]));
}

#[test]
fn an_untracked_file_counts() {
    noticed("web/**", write(&[]), write(&["web/shop/new.ts"]));
}

#[test]
fn a_removed_file_counts() {
    let remove = |repo: &Repo| fs::remove_file(repo.path().join("web/b.ts")).unwrap();
    noticed("web/**", write(&["web/b.ts"]), remove);
}

#[test]
fn an_ignored_file_does_not_count_unless_git_tracks_it() {
    let ignore = |repo: &Repo| {
        fs::write(repo.path().join(".gitignore"), "*.log\nbuild/\n").unwrap();
    };
    not_noticed("web/**", ignore, write(&["web/x.log", "web/build/y.ts"]));
    let track = |repo: &Repo| {
        ignore(repo);
        repo.write("web/x.log");
        repo.git("add -f web/x.log");
    };
    noticed("web/**", track, write(&["web/x.log"]));
    // `node_modules` is a directory like any other.
    let vendored = "web/node_modules/x/index.js";
    noticed("web/**", write(&[vendored]), write(&[vendored]));
}

#[test]
fn a_pattern_for_ignored_files_gives_no_key() {
    let repo = Repo::new();
    fs::write(repo.path().join(".gitignore"), "/out\n").unwrap();
    for glob in ["out/**", "out", "out/shop.json"] {
        assert_eq!(
            repo.key(glob),
            format!("`{glob}` in `inputs` matches only files that git ignores")
        );
    }
}

#[test]
fn a_link_counts_and_so_does_its_target() {
    let link = |repo: &Repo| {
        repo.write("lib/b.ts");
        repo.write("lib/deep/c.ts");
        repo.link("../lib/b.ts", "web/b.ts");
        repo.link("../lib/deep", "web/deep");
        repo.link("../../web", "lib/deep/up");
    };
    noticed("web/**/*.ts", link, write(&["lib/b.ts"]));
    noticed("web/**/*.ts", link, write(&["lib/deep/c.ts"]));
    noticed("web/**/*.ts", link, write(&["lib/deep/new.ts"]));
    not_noticed("web/**/*.ts", link, write(&["lib/deep/c.md", "lib/d.ts"]));
    noticed("web/**/*.ts", link, |repo| {
        fs::remove_file(repo.path().join("web/deep")).unwrap();
    });
    noticed("web/deep/*.ts", link, |repo| {
        fs::remove_file(repo.path().join("web/deep")).unwrap();
        repo.write("lib/other/d.ts");
        repo.link("../lib/other", "web/deep");
    });
}

#[test]
fn the_files_of_a_submodule_count() {
    let add = |repo: &Repo| {
        let inner = Repo::new();
        inner.commit();
        repo.git(&format!(
            "submodule --quiet add {} web/sub",
            inner.path().display()
        ));
    };
    noticed("web/**", add, write(&["web/sub/web/shop/src/a.ts"]));
    noticed("web/sub/web/**", add, write(&["web/sub/web/new.ts"]));
}

#[test]
fn any_file_name_counts() {
    for name in ["line\nbreak", "stra\u{df}e", "a b\"'", "-n", "[x]*"] {
        noticed(
            "web/**",
            |_| {},
            |repo| repo.write(Path::new("web").join(name)),
        );
        let name = PathBuf::from("web").join(name);
        noticed("web/*", |repo| repo.write(&name), |repo| repo.write(&name));
    }
    let bytes = Path::new("web").join(OsStr::from_bytes(b"\xff"));
    noticed("web/**", |_| {}, |repo| repo.write(&bytes));
}

#[test]
fn outside_of_a_repository_all_files_count_except_installed_packages() {
    let repo = Repo::new();
    fs::remove_dir_all(repo.path().join(".git")).unwrap();
    fs::write(repo.path().join(".gitignore"), "*.log\n").unwrap();
    let mut last = repo.key("web/**");
    for name in ["web/.config/x.json", "web/x.log", "web/.env"] {
        repo.write(name);
        let key = repo.key("web/**");
        assert_ne!(key, last, "{name}");
        last = key;
    }
    repo.write("web/node_modules/x/a.js");
    assert_eq!(repo.key("web/**"), last);
}
