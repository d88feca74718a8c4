//! `--only`, `--exclude`, `--with-deps`, `--with-dependents`.

use super::support::*;
use std::collections::HashSet;

/// Five projects: `web` needs `db` and `alerts`, `shop` needs `web`.
fn projects() -> Vec<Project> {
    let mut text = String::new();
    for (name, tags, depends_on) in [
        ("shop", "['team:x']", "['web']"),
        ("web", "['team:x', 'tier:1']", "['db', 'alerts']"),
        ("db", "['team:y']", "[]"),
        ("alerts", "[]", "[]"),
        ("odd[1]", "['rack[2]']", "[]"),
    ] {
        text += &format!(
            "[[project]]\nname = '{name}'\nbundle = 'a.json'\ntags = {tags}\ndepends_on = {depends_on}\n"
        );
    }
    loaded(&[(FILE_NAME, &text), ("a.json", "")]).projects
}

fn selection(only: &[&str], exclude: &[&str]) -> Selection {
    let owned = |patterns: &[&str]| patterns.iter().map(ToString::to_string).collect();
    Selection {
        only: owned(only),
        exclude: owned(exclude),
        ..Selection::default()
    }
}

/// The selected projects, each with its selected dependencies.
fn selected(selection: &Selection) -> Vec<String> {
    let shown = |project: Project| format!("{}({})", project.name, project.depends_on.join(","));
    let selected = select(projects(), selection).unwrap();
    selected.into_iter().map(shown).collect()
}

/// `a` has all it needs, `b` lacks everything that a project can lack.
const ONE_LACKS_EVERYTHING: &str = r#"
[accounts.main]
account_id = "a-1"
api_key = { env = "CHECKLY_API_KEY" }

[accounts.other]
account_id = "${env:OTHER}"
api_key = { command = ["touch", "ran"] }

[[project]]
name = "a"
bundle = "a.json"
account = "main"
depends_on = ["b"]

[[project]]
name = "b"
path = "gone/b"
account = "other"
cwd = "gone"
env = { TOKEN = "${env:UNSET}" }
env_file = [".env.gone"]
hooks.pre = ["./gone.sh"]

[[project]]
name = "c"
bundle = "${env:UNSET}/c.json"
account = "other"

[[project]]
name = "d"
path = "${env:UNSET}"
account = "other"
"#;

#[test]
fn nothing_is_needed_of_projects_that_are_not_needed() {
    let folder = Folder::new(&[(FILE_NAME, ONE_LACKS_EVERYTHING), ("a.json", "")]);
    let load = |names: &[&str]| {
        let needed = names.iter().map(ToString::to_string).collect();
        folder.load_with(&credentials_only, |request| request.needed = Some(needed))
    };
    let manifest = load(&["a"]).unwrap_or_else(|it| panic!("{}", folder.render(&it)));
    let all: Vec<_> = manifest
        .projects
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(all, ["a", "b", "c", "d"], "they can be selected");
    assert_eq!(manifest.accounts.keys().collect::<Vec<_>>(), ["main"]);
    assert!(load(&[]).unwrap().accounts.is_empty());
    assert!(!folder.0.path().join("ran").exists());
    // What each of them lacks is reported if it is needed.
    for (name, lacks) in [
        ("b", &["OTHER", "UNSET", "gone/b"][..]),
        ("c", &["OTHER", "UNSET"]),
        ("d", &["OTHER", "UNSET"]),
    ] {
        let problems = folder.render(&load(&[name]).unwrap_err());
        for lack in lacks {
            assert!(problems.contains(lack), "{name}, {lack}: {problems}");
        }
    }
}

/// Otherwise it would be left out silently.
#[test]
fn what_is_unknown_of_a_project_that_is_not_needed_counts_as_everything() {
    let folder = Folder::new(&[(FILE_NAME, ONE_LACKS_EVERYTHING), ("a.json", "")]);
    let manifest = folder.load_with(&credentials_only, |request| {
        request.needed = Some(HashSet::new());
    });
    for project in manifest.unwrap().projects {
        let is_known = project.name == "a";
        assert_eq!(project.inputs.globs != ["**"], is_known, "{}", project.name);
    }
}

#[test]
fn mistakes_are_reported_whether_the_project_is_needed_or_not() {
    let text =
        "[[project]]\nname = 'a'\nbundle = 'a.json'\n[[project]]\nname = 'b'\nbundel = 'b.json'\n";
    let folder = Folder::new(&[(FILE_NAME, text), ("a.json", "")]);
    let needed = HashSet::from(["a".to_owned()]);
    let problems = folder.load_with(&credentials_only, |request| request.needed = Some(needed));
    let problems = folder.render(&problems.unwrap_err());
    assert!(problems.contains("unknown key `bundel`"), "{problems}");
}

fn refused(selection: &Selection) -> String {
    render(&select(projects(), selection).unwrap_err(), false, 100)
}

#[test]
fn without_a_pattern_everything_is_selected() {
    assert_eq!(
        selected(&Selection::default()),
        [
            "shop(web)",
            "web(db,alerts)",
            "db()",
            "alerts()",
            "odd[1]()"
        ]
    );
}

#[test]
fn names_globs_and_tags_select_in_the_manifests_order() {
    assert_eq!(
        selected(&selection(&["db", "shop"], &[])),
        ["shop()", "db()"]
    );
    assert_eq!(selected(&selection(&["*b"], &[])), ["web(db)", "db()"]);
    assert_eq!(
        selected(&selection(&["tag:team:x"], &[])),
        ["shop(web)", "web()"]
    );
    assert_eq!(
        selected(&selection(&["tag:team:*"], &["tag:tier:1"])),
        ["shop()", "db()"]
    );
}

#[test]
fn a_name_or_tag_with_wildcards_selects_itself() {
    assert_eq!(selected(&selection(&["odd[1]"], &[])), ["odd[1]()"]);
    assert_eq!(selected(&selection(&["tag:rack[2]"], &[])), ["odd[1]()"]);
}

#[test]
fn dependencies_and_dependents_are_added_transitively() {
    let mut selection = selection(&["web"], &[]);
    selection.with_deps = true;
    assert_eq!(selected(&selection), ["web(db,alerts)", "db()", "alerts()"]);
    selection.with_dependents = true;
    assert_eq!(
        selected(&selection),
        ["shop(web)", "web(db,alerts)", "db()", "alerts()"]
    );
    selection.with_deps = false;
    assert_eq!(selected(&selection), ["shop(web)", "web()"]);
}

#[test]
fn an_excluded_project_is_left_out_even_as_a_dependency() {
    let mut selection = selection(&["shop"], &["db"]);
    selection.with_deps = true;
    assert_eq!(
        selected(&selection),
        ["shop(web)", "web(alerts)", "alerts()"]
    );
}

/// `name: its unselected dependencies`.
fn assuming(selection: &Selection) -> Vec<String> {
    let shown = |project: Project| {
        format!(
            "{}: {}",
            project.name,
            project.unselected_dependencies.join(",")
        )
    };
    let selected = select(projects(), selection).unwrap();
    selected.into_iter().map(shown).collect()
}

#[test]
fn direct_unselected_dependencies_are_assumed_but_not_transitive_ones() {
    assert_eq!(
        assuming(&selection(&["shop", "db"], &[])),
        ["shop: web", "db: "]
    );
    assert_eq!(assuming(&selection(&["web"], &[])), ["web: db,alerts"]);
    let mut selection = selection(&["shop"], &[]);
    selection.with_deps = true;
    assert!(assuming(&selection).iter().all(|it| it.ends_with(": ")));
    selection.exclude = vec!["db".to_owned()];
    assert_eq!(assuming(&selection), ["shop: ", "web: db", "alerts: "]);
    let kept = keep(projects(), &["shop", "db"].map(str::to_owned).into());
    assert_eq!(kept[0].unselected_dependencies, ["web"]);
}

#[test]
fn an_empty_selection_is_not_a_mistake_in_the_patterns() {
    assert!(selected(&selection(&["web"], &["w*"])).is_empty());
}

#[test]
fn a_pattern_that_matches_nothing_is_reported_with_the_nearest_name() {
    let selection = selection(
        &["wbe", "tag:teamx", "zzz*"],
        &["alrts", "a[", "tag:zzzzzz"],
    );
    insta::assert_snapshot!(refused(&selection), @r#"
    error: no project matches `--only wbe`
     |
     = help: did you mean `web`?

    error: no project matches `--only tag:teamx`
     |
     = help: did you mean `tag:team:x`?

    error: no project matches `--only zzz*`
     |
     = help: `orchestrate list` shows the projects and their tags

    error: no project matches `--exclude alrts`
     |
     = help: did you mean `alerts`?

    error: --exclude a[ is not a valid pattern
     |
     = help: unclosed character class; missing ']'

    error: no project matches `--exclude tag:zzzzzz`
     |
     = help: `orchestrate list` shows the projects and their tags

    6 problems: nothing was sent
    "#);
}

/// `name: its deleted dependencies`, for every remaining project that loses one.
fn orphaned_by(only: &[&str]) -> Vec<String> {
    let going = select(projects(), &selection(only, &[])).unwrap();
    let shown = |it: OrphanedDependent| format!("{}: {}", it.name, it.depends_on.join(", "));
    orphaned_dependents(&projects(), &going)
        .into_iter()
        .map(shown)
        .collect()
}

#[test]
fn remaining_projects_that_lose_a_dependency_are_found() {
    assert_eq!(orphaned_by(&["db", "alerts"]), ["web: db, alerts"]);
    assert_eq!(orphaned_by(&["web", "db"]), ["shop: web"]);
}

#[test]
fn a_deletion_without_remaining_dependents_affects_no_other_project() {
    assert_eq!(orphaned_by(&["shop", "web"]), [""; 0]);
    assert_eq!(orphaned_by(&[]), [""; 0]);
}
