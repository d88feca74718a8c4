//! `--affected`: the projects that a change of the manifest affects, and those it has removed.

use super::affected::{TWO, changes, folder, shown};
use super::support::*;
use crate::manifest::{BaseContent, Version, affected, gone, included};
use std::path::Path;

/// The changes of each project, compared with this old text of the manifest.
fn since(before: &str, now: &str, profile: Option<&str>) -> Vec<String> {
    let folder = folder(now);
    let manifest = folder
        .load_with(&credentials_only, |request| {
            request.profile = profile.map(str::to_owned);
        })
        .unwrap();
    let version = Version {
        file: folder.0.path().join(FILE_NAME),
        is_root: true,
        base: BaseContent::Text {
            now: now.to_owned(),
            before: before.to_owned(),
        },
    };
    let changes = changes(&folder, &[FILE_NAME]);
    let affected = affected(
        &manifest.projects,
        &Selection::default(),
        &changes,
        &[version],
        profile,
    )
    .unwrap();
    let root = format!("{}/", folder.0.path().display());
    shown(&affected)
        .iter()
        .map(|line| line.replace(&root, ""))
        .collect()
}

#[test]
fn a_project_is_affected_if_its_own_table_has_changed() {
    let later =
        "# why\n".to_owned() + &TWO.replace("'out/mail.json'", "'out/mail.json'\npriority = 1");
    assert_eq!(
        since(TWO, &later, None),
        ["mail: its [[project]] in projects.toml"]
    );
    assert_eq!(
        since(&later, TWO, None),
        ["mail: its [[project]] in projects.toml"]
    );
    let sub = format!("{TWO}[project.retries]\ncount = 1\n");
    assert_eq!(since(TWO, &sub, None).len(), 1);
}

#[test]
fn comments_white_space_and_order_do_not_change_the_manifest() {
    let (shop, mail) = TWO.split_at(TWO.rfind("[[").unwrap());
    let later = format!(
        "# first\n{mail}\n\n{}",
        shop.replace(" = ", "   =  ").replace('\'', "\"")
    );
    assert_eq!(since(TWO, &later, None), [""; 0]);
    // Nor do keys of the whole run.
    let limits = format!("name = 'x'\n[limits]\nconcurrency = 3\n{TWO}");
    assert_eq!(since(TWO, &limits, None), [""; 0]);
}

#[test]
fn the_tables_that_define_a_projects_values_affect_it() {
    let with = |table: &str| format!("{table}\n{TWO}");
    let changed = |table: &str, profile| since(TWO, &with(table), profile);
    assert_eq!(
        changed("[defaults]\ntags = ['x']", None),
        [
            "mail: [defaults] of projects.toml",
            "shop: [defaults] of projects.toml"
        ]
    );
    assert_eq!(changed("[api]\nurl = 'https://x.example'", None).len(), 2);
    let profile = "[profile.ci]\non_conflict = 'cancel'\n[profile.dev]\n";
    assert_eq!(changed(profile, None), [""; 0]);
    assert_eq!(
        changed(profile, Some("dev"))[0],
        "mail: [profile.dev] of projects.toml"
    );
    let account = |id: &str| {
        format!(
            "[accounts.a]\naccount_id = '1'\napi_key = {{ env = 'CHECKLY_API_KEY' }}\n\
             [accounts.b]\naccount_id = '{id}'\napi_key = {{ env = 'CHECKLY_API_KEY' }}\n{}",
            TWO.replace("name = 'shop'", "name = 'shop'\naccount = 'a'")
                .replace("name = 'mail'", "name = 'mail'\naccount = 'b'")
        )
    };
    assert_eq!(
        since(&account("2"), &account("3"), None),
        ["mail: [accounts.b] of projects.toml"]
    );
    let limit = |n: u32| with(&format!("[profile.ci]\nconcurrency = {n}"));
    assert_eq!(since(&limit(1), &limit(2), Some("ci")), [""; 0]);
}

#[test]
fn a_manifest_that_was_invalid_affects_all_its_projects() {
    assert_eq!(since("[[project", TWO, None).len(), 2);
    assert_eq!(since("", TWO, None).len(), 2);
}

#[test]
fn an_included_manifest_affects_its_own_projects_and_the_root_all() {
    let root = "include = ['sub.toml']\n[[project]]\nname = 'shop'\nbundle = 'out/shop.json'\n";
    let sub = "[[project]]\nname = 'mail'\nbundle = 'out/mail.json'\n";
    let folder = folder(root);
    std::fs::write(folder.0.path().join("sub.toml"), sub).unwrap();
    let projects = folder.load().unwrap().projects;
    let changes = changes(&folder, &[]);
    let version = |name: &str, base: BaseContent| Version {
        file: folder.0.path().join(name),
        is_root: name == FILE_NAME,
        base,
    };
    let text = |now: &str, before: String| BaseContent::Text {
        now: now.to_owned(),
        before,
    };
    let names = |root: BaseContent, sub: BaseContent| {
        let versions = [version(FILE_NAME, root), version("sub.toml", sub)];
        let affected =
            affected(&projects, &Selection::default(), &changes, &versions, None).unwrap();
        affected.causes.into_keys().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(BaseContent::Same, BaseContent::Same), "");
    assert_eq!(names(BaseContent::Same, BaseContent::Unknown), "mail");
    assert_eq!(names(BaseContent::Unknown, BaseContent::Same), "shop");
    let defaults = |text: &str| format!("[defaults]\npriority = 1\n{text}");
    assert_eq!(names(BaseContent::Same, text(sub, defaults(sub))), "mail");
    let root_before = root.replace("[[project]]", "[defaults]\npriority = 1\n[[project]]");
    assert_eq!(
        names(text(root, root_before), BaseContent::Same),
        "mail shop"
    );
}

#[test]
fn a_project_is_removed_if_neither_its_name_nor_its_logical_id_is_left() {
    let folder = folder(&TWO.replace("'out/mail.json'", "'out/mail.json'\nlogical_id = 'm'"));
    let projects = folder.load().unwrap().projects;
    let before = "[[project]]\nname = 'shop'\n[[project]]\nname = 'post'\nlogical_id = 'm'\n\
                  [[project]]\nname = 'old'\n[[project]]\nname = 'x-${matrix.env}'\n[[project]]\npath = 'x/y'\n[[project]]\npath = 'z/*'\n";
    assert_eq!(gone(before, &projects), ["old", "y"]);
    assert_eq!(gone("not toml", &projects), [""; 0]);
}

#[test]
fn the_files_that_an_old_manifest_included_are_found_by_its_patterns() {
    let before = "include = ['teams/*/p.toml', './x.toml', 'a[']\n";
    let files = ["teams/web/p.toml", "teams/p.toml", "x.toml", "y.toml"].map(Path::new);
    let found = included(before, files.into_iter());
    assert_eq!(found, ["teams/web/p.toml", "x.toml"].map(Path::new));
}
