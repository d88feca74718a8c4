//! `--affected`: the projects that a change of a file affects. The changes are given, not read from git.

use super::support::*;
use crate::manifest::{Affected, Cause, affected};
use crate::model::{self, ChangedFile, Changes, Inputs};
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) const TWO: &str = "[[project]]\nname = 'shop'\nbundle = 'out/shop.json'\n[[project]]\nname = 'mail'\nbundle = 'out/mail.json'\n";

pub(crate) fn folder(manifest: &str) -> Folder {
    let bundles = [("out/shop.json", ""), ("out/mail.json", "")];
    let files = [&[(FILE_NAME, manifest)], &bundles[..]].concat();
    Folder::new(&files)
}

/// Changes of these files, in a repository with this root; a name that ends in `/` is a nested repository.
pub(crate) fn changes(folder: &Folder, files: &[&str]) -> Changes {
    let file = |name: &&str| ChangedFile {
        path: PathBuf::from(name),
        is_opaque: name.ends_with('/'),
        existed: true,
    };
    Changes {
        root: folder.0.path().canonicalize().unwrap(),
        base: "1a2b3c4d5e6f".to_owned(),
        reference: "origin/main".to_owned(),
        files: files.iter().map(file).collect(),
        links: vec![],
        ignored: vec![],
    }
}

/// The projects that these changes affect, each with its files.
fn inputs(projects: &[Project], changes: &Changes) -> Vec<String> {
    shown(&affected(projects, &Selection::default(), changes, &[], None).unwrap())
}

pub(crate) fn shown(affected: &Affected) -> Vec<String> {
    let cause = |cause: &Cause| match cause {
        Cause::Input(file) => file.display().to_string(),
        Cause::Manifest(what) => what.clone(),
    };
    let causes = affected.causes.iter();
    causes
        .map(|(name, causes)| {
            let causes: Vec<_> = causes.iter().map(cause).collect();
            format!("{name}: {}", causes.join(", "))
        })
        .collect()
}

/// One project that declares its inputs.
pub(crate) fn declared(folder: &Folder, base: &str, globs: &[&str]) -> Vec<Project> {
    let mut projects = folder.load().unwrap().projects;
    projects.truncate(1);
    projects[0].inputs = Inputs {
        base: folder.0.path().join(base),
        globs: globs.iter().map(ToString::to_string).collect(),
        declared: true,
    };
    projects
}

/// One project that is bundled from a directory.
fn from_folder(folder: &Folder, dir: &str) -> Vec<Project> {
    let mut projects = declared(folder, "", &["unused"]);
    projects[0].inputs.declared = false;
    projects[0].origin = Origin::Directory(model::Directory {
        dir: folder.0.path().join(dir),
        config: None,
        cwd: None,
        command: None,
        env: BTreeMap::new(),
        bundler: model::BundlerKind::Process,
        timeout: std::time::Duration::from_secs(1),
        cache: false,
    });
    projects
}

#[test]
fn a_bundle_is_an_input_and_files_beside_it_are_not() {
    let folder = folder(TWO);
    let projects = folder.load().unwrap().projects;
    let changes = changes(
        &folder,
        &["README.md", "out/mail.json", "out/shop.json.bak"],
    );
    assert_eq!(inputs(&projects, &changes), ["mail: out/mail.json"]);
    let affected = affected(&projects, &Selection::default(), &changes, &[], None).unwrap();
    assert_eq!(affected.since, "1a2b3c4, the merge base with origin/main");
}

#[test]
fn everything_in_a_projects_directory_is_an_input() {
    let folder = folder(TWO);
    let projects = from_folder(&folder, "services/shop");
    let changed = |files: &[&str]| inputs(&projects, &changes(&folder, files)).len();
    assert_eq!(changed(&["services/shop/a/b/check.ts"]), 1);
    assert_eq!(changed(&["services/shop/.hidden"]), 1);
    assert_eq!(changed(&["services/shop-old/a", "services/x", "shop/a"]), 0);
}

#[test]
pub(crate) fn declared_inputs_replace_the_directory() {
    let folder = folder(TWO);
    let projects = declared(&folder, "teams", &["web/**/*.ts", "../lib", "*.json"]);
    let found = |files: &[&str]| inputs(&projects, &changes(&folder, files));
    assert_eq!(
        found(&[
            "lib/deep/file",
            "libx",
            "out/shop.json",
            "teams/a.json",
            "teams/web/a.md",
            "teams/web/a.ts",
            "teams/web/a/b.ts",
            "teams/x/a.json",
            "teams/x/web/a.ts",
        ]),
        ["shop: lib/deep/file, teams/a.json, teams/web/a/b.ts, teams/web/a.ts"]
    );
}

#[test]
fn a_directory_with_wildcards_in_its_name_is_that_directory() {
    let folder = folder(TWO);
    let projects = from_folder(&folder, "apps/[id]");
    let found = |files: &[&str]| inputs(&projects, &changes(&folder, files)).len();
    assert_eq!(found(&["apps/[id]/a.ts"]), 1);
    assert_eq!(found(&["apps/i/a.ts"]), 0);
    let projects = declared(&folder, "apps/[id]", &["**"]);
    let found = |files: &[&str]| inputs(&projects, &changes(&folder, files)).len();
    assert_eq!(found(&["apps/[id]/a.ts"]), 1);
    assert_eq!(found(&["apps/i/a.ts"]), 0);
}

#[test]
fn a_nested_repository_affects_every_project_with_inputs_in_it() {
    let folder = folder(TWO);
    for (globs, is_affected) in [
        (["vendor/ui/**/*.ts"], true),
        (["vendor/**"], true),
        (["vendor/*.ts"], true),
        (["vendor/ui/src/a.ts"], true),
        (["vendor/uix/**"], false),
    ] {
        let projects = declared(&folder, "", &globs);
        let found = inputs(&projects, &changes(&folder, &["vendor/ui/"]));
        assert_eq!(!found.is_empty(), is_affected, "{globs:?}");
    }
}

#[test]
fn a_link_and_its_target_are_both_inputs() {
    let folder = folder(
        "[[project]]\nname = 'shop'\nbundle = 'link.json'\n[[project]]\nname = 'x'\nbundle = 'out/mail.json'",
    );
    let root = folder.0.path();
    std::os::unix::fs::symlink("out/shop.json", root.join("link.json")).unwrap();
    std::os::unix::fs::symlink("out", root.join("way")).unwrap();
    let projects = folder.load().unwrap().projects;
    for file in ["link.json", "out/shop.json"] {
        let found = inputs(&projects, &changes(&folder, &[file]));
        assert_eq!(found, [format!("shop: {file}")]);
    }
    let projects = declared(&folder, "", &["way/*.json"]);
    let found = inputs(&projects, &changes(&folder, &["out/new.json"]));
    assert_eq!(found, ["shop: out/new.json"]);
}

#[test]
fn inputs_that_git_cannot_see_are_reported() {
    let folder = folder(TWO);
    let elsewhere = tempfile::tempdir().unwrap();
    let mut projects = folder.load().unwrap().projects;
    let mut changes = changes(&folder, &[]);
    changes.ignored = vec!["out/".into()];
    let told = |projects: &[Project], changes: &Changes| {
        let problems = affected(projects, &Selection::default(), changes, &[], None).unwrap_err();
        let text = folder.render(&problems);
        text.replace(&elsewhere.path().display().to_string(), "/elsewhere")
    };
    insta::assert_snapshot!(told(&projects, &changes), @r#"
    error: cannot determine whether project "shop" is affected: git ignores out/shop.json
     --> projects.toml:3:10
      |
    3 | bundle = 'out/shop.json'
      |          ^^^^^^^^^^^^^^^
      |
      = help: list the project's source files in `inputs`

    error: cannot determine whether project "mail" is affected: git ignores out/mail.json
     --> projects.toml:6:10
      |
    6 | bundle = 'out/mail.json'
      |          ^^^^^^^^^^^^^^^
      |
      = help: list the project's source files in `inputs`

    2 problems in projects.toml: nothing was sent
    "#);
    let outside = elsewhere.path().join("a.json");
    std::fs::write(&outside, "").unwrap();
    projects.truncate(1);
    projects[0].origin = Origin::Bundle(outside);
    insta::assert_snapshot!(told(&projects, &changes), @r#"
    error: cannot determine whether project "shop" is affected: /elsewhere/a.json is outside the manifest's git repository
     --> projects.toml:3:10
      |
    3 | bundle = 'out/shop.json'
      |          ^^^^^^^^^^^^^^^
      |
      = help: remove --affected, or exclude the project with --exclude

    1 problem in projects.toml: nothing was sent
    "#);
    let projects = declared(&folder, "", &["a[", "b"]);
    insta::assert_snapshot!(told(&projects, &changes), @r#"
    error: cannot determine whether project "shop" is affected: a[ is not a valid pattern: unclosed character class; missing ']'
     --> projects.toml:3:10
      |
    3 | bundle = 'out/shop.json'
      |          ^^^^^^^^^^^^^^^
      |
      = help: correct `inputs`

    1 problem in projects.toml: nothing was sent
    "#);
    // Declared inputs may be partly ignored: that is intended.
    assert_eq!(
        inputs(&declared(&folder, "", &["out/*"]), &changes),
        [""; 0]
    );
}

#[test]
fn an_excluded_project_causes_no_error() {
    let folder = folder(TWO);
    let projects = folder.load().unwrap().projects;
    let mut changes = changes(&folder, &["out/shop.json"]);
    changes.ignored = vec!["out/mail.json".into()];
    let found = |only: &[&str], exclude: &[&str]| {
        let owned = |patterns: &[&str]| patterns.iter().map(ToString::to_string).collect();
        let selection = Selection {
            only: owned(only),
            exclude: owned(exclude),
            ..Selection::default()
        };
        let found = affected(&projects, &selection, &changes, &[], None);
        found
            .map(|affected| shown(&affected))
            .map_err(|problems| problems.len())
    };
    let shop = Ok(vec!["shop: out/shop.json".to_owned()]);
    assert_eq!(found(&[], &[]), Err(1));
    assert_eq!(found(&[], &["mail"]), shop);
    assert_eq!(found(&["shop"], &[]), shop);
    assert_eq!(found(&["mail"], &[]), Err(1));
}
