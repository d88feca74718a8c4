//! Valid manifests.

use super::support::*;
use std::path::Path;

#[test]
fn a_manifest_is_found_from_any_directory_below_it() {
    let folder = Folder::new(&[(FILE_NAME, ""), ("a/b/c.txt", "")]);
    let file = folder.0.path().join(FILE_NAME);
    assert_eq!(find(&folder.0.path().join("a/b")), Some(file));
    assert_eq!(find(Path::new("/nowhere/at/all")), None);
}

#[test]
fn a_small_manifest_becomes_its_projects_in_order() {
    let manifest = loaded(&[
        (
            FILE_NAME,
            r#"
            version = 1
            name = "acme"
            [[project]]
            name = "web"
            bundle = "b/web.json"
            depends_on = ["alerts"]
            tags = ["tier:1"]
            priority = 10
            [[project]]
            name = "alerts"
            bundle = "b/alerts.json"
            logical_id = "shared-alerts"
            "#,
        ),
        ("b/web.json", ""),
        ("b/alerts.json", ""),
    ]);
    assert_eq!(manifest.name.as_deref(), Some("acme"));
    assert_eq!(manifest.api_url, "https://api.checklyhq.com");
    let [web, alerts] = &manifest.projects[..] else {
        panic!("two projects")
    };
    assert_eq!(
        (web.name.as_str(), web.depends_on.as_slice()),
        ("web", &["alerts".to_owned()][..])
    );
    assert_eq!(
        (web.priority, web.tags.as_slice()),
        (10, &["tier:1".to_owned()][..])
    );
    assert!(bundle(web).ends_with("b/web.json"));
    assert_eq!(web.dir, bundle(web).parent().unwrap().parent().unwrap());
    assert_eq!(web.place.line_column(), (5, 20));
    assert_eq!(web.origin_place.line_column(), (6, 22));
    let id = alerts.logical_id.as_ref().unwrap();
    assert_eq!(
        (id.id.as_str(), id.place.line_column()),
        ("shared-alerts", (13, 26))
    );
}

#[test]
fn standard_input_is_named_a_dash_and_its_paths_start_at_the_given_directory() {
    let folder = Folder::new(&[("a.json", "")]);
    let dir = folder.0.path().to_owned();
    let text = "[[project]]\nname = 'a'\nbundle = 'a.json'".to_owned();
    let manifest = folder
        .load_with(&credentials_only, |request| {
            request.source = Source::Stdin {
                text,
                dir: dir.clone(),
            };
        })
        .unwrap();
    assert_eq!(manifest.file, "-");
    assert_eq!(bundle(&manifest.projects[0]), dir.join("a.json"));
}

#[test]
fn included_projects_follow_the_roots_and_start_at_their_own_directory() {
    let manifest = loaded(&[
        (
            FILE_NAME,
            r#"
            include = ["teams/*/projects.toml", "**/projects.toml"]
            [defaults]
            timeout = "1m"
            tags = ["root"]
            [[project]]
            name = "root"
            bundle = "a.json"
            "#,
        ),
        ("a.json", ""),
        (
            "teams/x/projects.toml",
            r#"
            version = 1
            name = "team x"
            [defaults]
            tags = ["x"]
            [[project]]
            name = "x"
            bundle = "x.json"
            depends_on = ["root"]
            "#,
        ),
        ("teams/x/x.json", ""),
    ]);
    let [root, x] = &manifest.projects[..] else {
        panic!("each once")
    };
    assert_eq!((root.tags[0].as_str(), x.tags[0].as_str()), ("root", "x"));
    assert_eq!(x.policy.timeout.as_secs(), 60);
    assert!(x.dir.ends_with("teams/x"));
    assert!(bundle(x).ends_with("teams/x/x.json"));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_accepted() {
    let text = "\u{feff}[[project]]\r\nname = 'a'\r\nbundle = 'a.json'\r\n";
    let manifest = loaded(&[(FILE_NAME, text), ("a.json", "")]);
    assert_eq!(manifest.projects[0].place.line_column(), (2, 8));
}

#[test]
fn an_empty_accounts_table_counts_as_missing() {
    let text = "[accounts]\n[[project]]\nname = 'a'\nbundle = 'a.json'\n";
    let manifest = loaded(&[(FILE_NAME, text), ("a.json", "")]);
    assert_eq!(manifest.projects[0].account, "default");
    assert_eq!(manifest.accounts["default"].account_id, "a-1");
}

fn bundle(project: &Project) -> &Path {
    match &project.origin {
        Origin::Bundle(file) => file,
        other => panic!("{} is {other:?}", project.name),
    }
}
