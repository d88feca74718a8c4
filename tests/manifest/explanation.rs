//! `--why`: explanations of a project's selection.

use super::support::*;
use crate::manifest::{Affected, Cause, explain};
use std::path::PathBuf;

/// `shop` needs `web`, `web` needs `db`.
fn projects() -> Vec<Project> {
    let mut text = String::new();
    for (name, tags, depends_on) in [
        ("shop", "['team:x']", "['web']"),
        ("web", "[]", "['db']"),
        ("db", "['team:y', 'tier:1']", "[]"),
    ] {
        text += &format!(
            "[[project]]\nname = '{name}'\nbundle = 'a.json'\ntags = {tags}\ndepends_on = {depends_on}\n"
        );
    }
    loaded(&[(FILE_NAME, &text), ("a.json", "")]).projects
}

fn only(patterns: &[&str]) -> Selection {
    Selection {
        only: patterns.iter().map(ToString::to_string).collect(),
        ..Selection::default()
    }
}

fn affected(name: &str, files: usize) -> Option<Affected> {
    let files = (1..=files).map(|nth| Cause::Input(PathBuf::from(format!("src/{nth}.ts"))));
    let manifest = Cause::Manifest("[defaults] of projects.toml".to_owned());
    Some(Affected {
        since: "1a2b3c4, the merge base with origin/main".to_owned(),
        causes: [(name.to_owned(), files.chain([manifest]).collect())].into(),
    })
}

fn told(selection: &Selection, name: &str) -> String {
    explain(&projects(), selection, name).unwrap().join("\n")
}

#[test]
fn a_project_that_a_pattern_selects() {
    insta::assert_snapshot!(told(&only(&["tag:team:*"]), "shop"), @r"
    shop is selected:
      --only tag:team:* matches its tag team:x
    ");
    insta::assert_snapshot!(told(&only(&["s*"]), "shop"), @r"
    shop is selected:
      --only s* matches its name
    ");
    insta::assert_snapshot!(told(&Selection::default(), "db"), @r"
    db is selected:
      without --only and --affected, every project is selected
    ");
}

#[test]
fn a_project_that_no_pattern_selects() {
    insta::assert_snapshot!(told(&only(&["shop"]), "db"), @r"
    db is not selected:
      no --only matches its name or its tags (team:y, tier:1)
    ");
    insta::assert_snapshot!(told(&only(&["shop"]), "web"), @r"
    web is not selected:
      no --only matches its name, and it has no tags
      shop, which is selected, depends on it: add it with --with-deps
    ");
    insta::assert_snapshot!(told(&only(&["db"]), "web"), @r"
    web is not selected:
      no --only matches its name, and it has no tags
      it depends on db, which is selected: add it with --with-dependents
    ");
}

#[test]
fn an_added_project_is_explained_with_the_whole_chain() {
    let mut selection = only(&["shop"]);
    selection.with_deps = true;
    insta::assert_snapshot!(told(&selection, "db"), @r"
    db is selected:
      --with-deps: shop depends on web, web depends on db
      shop is selected:
        --only shop matches its name
    ");
    let mut selection = only(&["db"]);
    selection.with_dependents = true;
    insta::assert_snapshot!(told(&selection, "shop"), @r"
    shop is selected:
      --with-dependents: shop depends on web, web depends on db
      db is selected:
        --only db matches its name
    ");
}

#[test]
fn an_excluded_project_is_explained_whatever_else_selects_it() {
    let mut selection = only(&["shop"]);
    selection.with_deps = true;
    selection.exclude = vec!["tag:tier:*".to_owned()];
    insta::assert_snapshot!(told(&selection, "db"), @r"
    db is not selected:
      --exclude tag:tier:* matches its tag tier:1 and always wins
    ");
}

#[test]
fn an_affected_project_is_explained_with_its_first_changed_files() {
    let mut selection = only(&["*"]);
    selection.affected = affected("web", 7);
    insta::assert_snapshot!(told(&selection, "web"), @r"
    web is selected:
      --only * matches its name
      changed since 1a2b3c4, the merge base with origin/main:
        src/1.ts
        src/2.ts
        src/3.ts
        src/4.ts
        src/5.ts
        and 2 more files
        [defaults] of projects.toml
    ");
    insta::assert_snapshot!(told(&selection, "shop"), @r"
    shop is not selected:
      it is not affected by the changes since 1a2b3c4, the merge base with origin/main
      it depends on web, which is selected: add it with --with-dependents
    ");
    selection.affected = affected("web", 1);
    selection.with_dependents = true;
    insta::assert_snapshot!(told(&selection, "shop"), @r"
    shop is selected:
      --with-dependents: shop depends on web
      web is selected:
        --only * matches its name
        changed since 1a2b3c4, the merge base with origin/main:
          src/1.ts
          [defaults] of projects.toml
    ");
}

#[test]
fn an_unknown_project_is_reported_with_the_nearest_name() {
    let error = explain(&projects(), &Selection::default(), "shpo").unwrap_err();
    insta::assert_snapshot!(render(&error, false, 100), @r"
    error: --why shpo: there is no such project
     |
     = help: did you mean `shop`?

    1 problem: nothing was sent
    ");
}

#[test]
fn matching_affected_projects_are_selected_before_others_are_added() {
    let names = |selection: &Selection| -> Vec<String> {
        let selected = select(projects(), selection).unwrap();
        selected.into_iter().map(|project| project.name).collect()
    };
    let mut selection = Selection {
        affected: affected("web", 1),
        ..Selection::default()
    };
    assert_eq!(names(&selection), ["web"]);
    selection.with_deps = true;
    assert_eq!(names(&selection), ["web", "db"]);
    selection.with_dependents = true;
    assert_eq!(names(&selection), ["shop", "web", "db"]);
    selection.exclude = vec!["web".to_owned()];
    assert_eq!(
        names(&selection),
        ["shop", "db"],
        "reached through it all the same"
    );
    selection.only = vec!["shop".to_owned()];
    assert_eq!(
        names(&selection),
        [""; 0],
        "the one that is selected is not affected"
    );
}
