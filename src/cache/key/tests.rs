//! What changes a key, and its explanation.

use super::*;
use crate::tests::support::files;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// A repository with a project, and all ingredients of a key.
struct Rig {
    dir: TempDir,
    directory: Directory,
    inputs: Inputs,
    cli_version: Option<&'static str>,
    target: Option<Target<'static>>,
}

const PROD: Target<'_> = Target {
    api_url: "https://api.checklyhq.com",
    account_id: "acme",
};

impl Rig {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let rig = Self {
            directory: Directory {
                dir: dir.path().join("web/shop"),
                config: None,
                cwd: None,
                command: None,
                env: BTreeMap::from([("STAGE".to_owned(), "prod".to_owned())]),
                bundler: crate::model::BundlerKind::Process,
                timeout: Duration::from_secs(300),
                cache: true,
            },
            inputs: Inputs {
                base: dir.path().to_owned(),
                globs: vec!["web/shop/**".to_owned(), "./lib/*.ts".to_owned()],
                declared: true,
            },
            cli_version: Some("8.23.2"),
            target: Some(PROD),
            dir,
        };
        let git = Command::new("git")
            .args(["init", "-q"])
            .arg(rig.dir.path())
            .status();
        assert!(git.unwrap().success());
        rig.write(".gitignore", "node_modules/\n");
        rig.write("package-lock.json", "{}");
        rig.write("lib/a.ts", "a");
        rig.write("web/shop/checkly.config.ts", "config");
        rig.write("web/shop/src/b.check.ts", "b");
        rig
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        files::write(self.dir.path(), name, text);
    }

    fn key(&self) -> Result<Key, KeyError> {
        Key::of(&CacheKeyInputs {
            directory: &self.directory,
            inputs: &self.inputs,
            cli_version: self.cli_version,
            target: self.target,
        })
    }

    fn name(&self) -> String {
        self.key().unwrap().as_str().to_owned()
    }

    /// The explanation of the key, without the parts that differ between machines.
    fn explained(&self) -> String {
        let dir = self.dir.path().canonicalize().unwrap();
        let text = self.key().unwrap().explain().join("\n");
        text.replace(&dir.display().to_string(), "/repo")
    }

    #[track_caller]
    fn refused(&self) -> String {
        let error = self.key().unwrap_err().to_string();
        error.replace(&self.dir.path().display().to_string(), "/repo")
    }
}

/// Asserts that a change gives another key.
#[track_caller]
fn changes(what: &str, change: impl FnOnce(&mut Rig)) {
    let mut rig = Rig::new();
    let before = rig.name();
    change(&mut rig);
    assert_ne!(rig.name(), before, "{what}");
}

/// Asserts that a change gives the same key.
#[track_caller]
fn changes_nothing(what: &str, change: impl FnOnce(&mut Rig)) {
    let mut rig = Rig::new();
    let before = rig.name();
    change(&mut rig);
    assert_eq!(rig.name(), before, "{what}");
}

#[test]
fn everything_a_bundle_is_made_of_changes_the_key() {
    changes("a file", |rig| rig.write("lib/a.ts", "a "));
    changes("a new file", |rig| rig.write("web/shop/src/c.ts", ""));
    changes("a hidden file", |rig| rig.write("web/shop/.env", "X=1"));
    changes("a file in a hidden directory", |rig| {
        rig.write("web/shop/.config/a.ts", "");
    });
    changes("a deleted file", |rig| {
        fs::remove_file(rig.path("web/shop/src/b.check.ts")).unwrap();
    });
    changes("a renamed file", |rig| {
        fs::rename(rig.path("lib/a.ts"), rig.path("lib/b.ts")).unwrap();
    });
    changes("the configuration", |rig| {
        rig.inputs.globs = vec!["lib/*".to_owned()];
        let before = rig.name();
        rig.write("web/shop/checkly.config.ts", "other");
        assert_ne!(rig.name(), before, "even if no pattern names it");
    });
    changes("another configuration", |rig| {
        rig.directory.config = Some("src/b.check.ts".into());
    });
    changes("the lockfile", |rig| rig.write("package-lock.json", "{ }"));
    changes("a nearer lockfile", |rig| rig.write("web/yarn.lock", ""));
    changes("the CLI", |rig| rig.cli_version = Some("9.5.0"));
    changes("no CLI", |rig| rig.cli_version = None);
    changes("a variable", |rig| {
        *rig.directory.env.get_mut("STAGE").unwrap() = "test".to_owned();
    });
    changes("one more variable", |rig| {
        rig.directory.env.insert("X".to_owned(), String::new());
    });
    changes("a command", |rig| {
        rig.directory.command = Some(vec!["make".to_owned()]);
    });
    changes("the account", |rig| {
        rig.target = Some(Target {
            account_id: "other",
            ..PROD
        });
    });
    changes("the API", |rig| {
        rig.target = Some(Target {
            api_url: "http://localhost:3000",
            ..PROD
        });
    });
    changes("no account", |rig| rig.target = None);
    changes("the directory", |rig| {
        rig.inputs.globs = vec!["lib/*".to_owned()];
        let before = rig.name();
        fs::rename(rig.path("web/shop"), rig.path("web/blog")).unwrap();
        rig.directory.dir = rig.path("web/blog");
        assert_ne!(rig.name(), before);
    });
    changes("where it is started", |rig| {
        rig.directory.cwd = Some(rig.path("web"));
    });
}

#[test]
fn nothing_else_changes_the_key() {
    changes_nothing("a file that no pattern names", |rig| {
        rig.write("lib/a.md", "");
    });
    changes_nothing("a nested one", |rig| rig.write("lib/x/a.ts", ""));
    changes_nothing("installed packages", |rig| {
        rig.write("web/shop/node_modules/x/a.ts", "");
    });
    changes_nothing("the time a file was touched", |rig| {
        rig.write("lib/a.ts", "a");
    });
    changes_nothing("the time limit", |rig| {
        rig.directory.timeout = Duration::from_secs(1);
    });
    changes_nothing("patterns for the same files", |rig| {
        rig.inputs.globs = vec![
            "lib/a.ts".to_owned(),
            "lib/*".to_owned(),
            "{web,x}/**/*".to_owned(),
        ];
    });
    changes_nothing("another checkout of the repository", |rig| {
        *rig = Rig::new();
    });
}

#[test]
fn only_the_nearest_lockfile_counts() {
    let mut rig = Rig::new();
    rig.write("web/shop/yarn.lock", "");
    let before = rig.name();
    rig.write("package-lock.json", "{ }");
    assert_eq!(rig.name(), before);
    rig.inputs.globs = vec!["lib/*".to_owned()];
    let before = rig.name();
    rig.write("web/shop/yarn.lock", "x");
    assert_ne!(rig.name(), before);
}

#[test]
fn values_cannot_be_moved_from_one_variable_into_another() {
    let with = |variables: [(&str, &str); 2]| {
        let mut rig = Rig::new();
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        rig.directory.env = BTreeMap::from(owned);
        rig.name()
    };
    assert_ne!(
        with([("A", "1"), ("B", "2")]),
        with([("A", "1B"), ("", "2")])
    );
    assert_ne!(
        with([("A", "1\nB"), ("C", "")]),
        with([("A", "1"), ("B", "C")])
    );
}

#[test]
fn a_link_counts_as_its_target() {
    let rig = Rig::new();
    rig.write("elsewhere/x.ts", "1");
    rig.write("elsewhere/deep/y.ts", "1");
    symlink(rig.path("elsewhere/x.ts"), rig.path("lib/x.ts")).unwrap();
    symlink(rig.path("elsewhere/deep"), rig.path("web/shop/deep")).unwrap();
    let before = rig.name();
    rig.write("elsewhere/x.ts", "2");
    let after = rig.name();
    assert_ne!(after, before, "a file");
    rig.write("elsewhere/deep/y.ts", "2");
    assert_ne!(rig.name(), after, "a directory");
}

#[test]
fn cyclic_links_are_not_followed_forever() {
    let rig = Rig::new();
    let before = rig.name();
    symlink(rig.path("web/shop"), rig.path("web/shop/src/up")).unwrap();
    assert_eq!(rig.name(), before);
}

#[test]
fn a_broken_link_matters_only_if_a_pattern_names_it() {
    let mut rig = Rig::new();
    symlink("nowhere", rig.path("lib/.#a.md")).unwrap();
    let before = rig.name();
    rig.inputs.globs.push("lib/*.md".to_owned());
    assert_eq!(before.len(), 64);
    assert_eq!(
        rig.refused(),
        "cannot read /repo/lib/.#a.md: there is no such file"
    );
}

#[test]
fn a_pattern_that_matches_nothing_gives_no_key() {
    let mut rig = Rig::new();
    for (glob, refused) in [
        ("web/shpo/**", "`web/shpo/**` in `inputs` matches no file"),
        ("lib/*.tsx", "`lib/*.tsx` in `inputs` matches no file"),
        ("lib/none.ts", "`lib/none.ts` in `inputs` matches no file"),
        (
            "lib/[a",
            "`lib/[a` in `inputs` is not a valid pattern: unclosed character class; missing ']'",
        ),
    ] {
        rig.inputs.globs = vec!["lib/*".to_owned(), glob.to_owned()];
        assert_eq!(rig.refused(), refused);
    }
}

#[test]
fn a_missing_directory_or_configuration_gives_no_key() {
    let mut rig = Rig::new();
    rig.directory.config = Some("none.ts".into());
    assert_eq!(
        rig.refused(),
        "cannot read /repo/web/shop/none.ts: there is no such file"
    );
    rig.directory.dir = rig.path("none");
    assert_eq!(
        rig.refused(),
        "cannot read /repo/none: there is no such file"
    );
}

#[test]
fn an_explanation_names_everything_and_shows_no_value() {
    let mut rig = Rig::new();
    insta::assert_snapshot!(rig.explained(), @r"
    inputs         c24bec7a  3 files: lib/a.ts, web/shop/checkly.config.ts, web/shop/src/b.check.ts
    configuration  f580c01c  checkly.config.ts
    lockfile       a5a5f651  package-lock.json in /repo
    Checkly CLI    fc452ce2  8.23.2
    bundle_command e3b0c442  none
    env                      STAGE (values are not shown)
    account        0e9abd73  acme at https://api.checklyhq.com
    directory      1275c4eb  web/shop, in a repository
    cwd            1275c4eb  web/shop, in a repository
    version        40699b52  2
    ");
    for name in ["c", "d", "e"] {
        rig.write(&format!("lib/{name}.ts"), "");
    }
    rig.directory
        .env
        .insert("TOKEN".to_owned(), "s3cret".to_owned());
    rig.directory.command = Some(vec!["make".to_owned(), "TOKEN=s3cret".to_owned()]);
    rig.cli_version = None;
    rig.target = None;
    fs::remove_dir_all(rig.path(".git")).unwrap();
    fs::remove_file(rig.path("web/shop/checkly.config.ts")).unwrap();
    let text = rig.explained();
    assert!(!text.contains("s3cret"), "{text}");
    // The temporary directory has a new name each time, and so another hash.
    let hash = text
        .lines()
        .find(|line| line.starts_with("directory"))
        .unwrap();
    let hash = hash.split_whitespace().nth(1).unwrap().to_owned();
    insta::assert_snapshot!(text.replace(&hash, "HASH____"), @r"
    inputs         a614b57a  5 files: lib/a.ts, lib/c.ts, lib/d.ts and 2 more
    configuration  e3b0c442  none
    lockfile       a5a5f651  package-lock.json in /repo
    Checkly CLI    38acb15d  none
    bundle_command 8a162f49  make
    env                      STAGE, TOKEN (values are not shown)
    account        e3b0c442  none
    directory      HASH____  /repo/web/shop, in no repository
    cwd            HASH____  /repo/web/shop, in no repository
    version        40699b52  2
    ");
}
