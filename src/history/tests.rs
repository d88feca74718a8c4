//! What is recorded, and what is ignored.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

fn target(api_url: &str, account_id: &str, logical_id: &str) -> Target {
    Target {
        api_url: api_url.to_owned(),
        account_id: account_id.to_owned(),
        logical_id: logical_id.to_owned(),
    }
}

fn shop() -> Target {
    target("https://api.checklyhq.com", "acme", "shop")
}

fn deployed(sha256: &str) -> Deployed {
    Deployed {
        sha256: sha256.to_owned(),
        resources: Some(9),
        preserve_resources: false,
        repository: Some("github.com/acme/shop".to_owned()),
        at: Timestamp(1_795_371_420_123),
        run: RunId("0193".into()),
    }
}

fn opened() -> (TempDir, History) {
    let dir = TempDir::new().unwrap();
    let history = History::open(dir.path()).unwrap();
    (dir, history)
}

/// The one file of a history.
fn only_file(dir: &TempDir) -> PathBuf {
    let mut files = fs::read_dir(dir.path().join("deployed")).unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none());
    file
}

#[test]
fn the_last_deployment_is_known_to_the_next_process() {
    let (dir, history) = opened();
    assert_eq!(history.last(&shop()), None);
    history.record(&shop(), &deployed("1")).unwrap();
    history.record(&shop(), &deployed("2")).unwrap();
    let next = History::open(dir.path()).unwrap();
    assert_eq!(next.last(&shop()), Some(deployed("2")));
}

#[test]
fn a_project_is_identified_by_api_account_and_logical_id() {
    let (_dir, history) = opened();
    history.record(&shop(), &deployed("1")).unwrap();
    for other in [
        target("https://api-test.checklyhq.com", "acme", "shop"),
        target("https://api.checklyhq.com", "acme2", "shop"),
        target("https://api.checklyhq.com", "acme", "shop2"),
        target("https://api.checklyhq.com", "acmes", "hop"),
    ] {
        assert_eq!(history.last(&other), None, "{other:?}");
    }
}

#[test]
fn forgetting_removes_one_record_only() {
    let (_dir, history) = opened();
    let blog = target("https://api.checklyhq.com", "acme", "blog");
    history.record(&shop(), &deployed("1")).unwrap();
    history.record(&blog, &deployed("2")).unwrap();
    history.forget(&shop()).unwrap();
    history.forget(&shop()).unwrap();
    assert_eq!(history.last(&shop()), None);
    assert_eq!(history.last(&blog), Some(deployed("2")));
}

#[test]
fn the_file_is_private_and_names_its_project() {
    let (dir, history) = opened();
    history.record(&shop(), &deployed("ab12")).unwrap();
    let file = only_file(&dir);
    let mode = file.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    insta::assert_snapshot!(fs::read_to_string(file).unwrap(), @r#"{"version":1,"api_url":"https://api.checklyhq.com","account_id":"acme","logical_id":"shop","sha256":"ab12","resources":9,"preserve_resources":false,"repository":"github.com/acme/shop","at":"2026-11-22T18:17:00.123Z","run":"0193"}"#);
}

#[test]
fn a_file_of_an_earlier_version_is_still_read() {
    let (dir, history) = opened();
    let old = Deployed {
        resources: None,
        repository: None,
        ..deployed("1")
    };
    history.record(&shop(), &deployed("1")).unwrap();
    fs::write(only_file(&dir), r#"{"version":1,"api_url":"https://api.checklyhq.com","account_id":"acme","logical_id":"shop","sha256":"1","preserve_resources":false,"at":"2026-11-22T18:17:00.123Z","run":"0193"}"#).unwrap();
    assert_eq!(history.last(&shop()), Some(old));
}

#[test]
fn a_damaged_file_counts_as_missing_and_is_replaced_by_the_next_success() {
    let (dir, history) = opened();
    history.record(&shop(), &deployed("1")).unwrap();
    let file = only_file(&dir);
    let sound = fs::read_to_string(&file).unwrap();
    for damaged in [
        String::new(),
        sound[..sound.len() / 2].to_owned(),
        sound.replace("\"version\":1", "\"version\":2"),
        sound.replace("\"acme\"", "\"other\""),
        sound.replace("false", "\"no\""),
        "\u{0}\u{0}".to_owned(),
    ] {
        assert_ne!(damaged, sound);
        fs::write(&file, &damaged).unwrap();
        assert_eq!(history.last(&shop()), None, "{damaged}");
    }
    history.record(&shop(), &deployed("2")).unwrap();
    assert_eq!(history.last(&shop()), Some(deployed("2")));
}

#[test]
fn concurrent_writers_leave_one_complete_record() {
    let (dir, _history) = opened();
    let write = |sha256: &'static str| {
        let history = History::open(dir.path()).unwrap();
        move || {
            for _ in 0..200 {
                history.record(&shop(), &deployed(sha256)).unwrap();
                // Never half a record: a reader sees one or the other.
                let seen = history.last(&shop()).unwrap().sha256;
                assert!(["one", "two"].contains(&&*seen), "{seen}");
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(write("one"));
        scope.spawn(write("two"));
    });
    only_file(&dir);
}

#[test]
fn a_failed_write_is_an_error_and_keeps_the_old_record() {
    let (dir, history) = opened();
    history.record(&shop(), &deployed("1")).unwrap();
    let (directory, aside) = (dir.path().join("deployed"), dir.path().join("aside"));
    fs::rename(&directory, &aside).unwrap();
    fs::write(&directory, "").unwrap();
    assert!(history.record(&shop(), &deployed("2")).is_err());
    assert!(history.forget(&shop()).is_err());
    assert!(History::open(dir.path()).is_err());
    fs::remove_file(&directory).unwrap();
    fs::rename(&aside, &directory).unwrap();
    assert_eq!(history.last(&shop()), Some(deployed("1")));
}

#[test]
fn a_project_is_unchanged_with_the_same_bundle_unless_preserved_resources_shall_be_deleted() {
    let last = |preserve_resources| Deployed {
        preserve_resources,
        ..deployed("1")
    };
    let table = [
        (None, "1", false, false),
        (Some(last(false)), "1", false, true),
        (Some(last(false)), "2", false, false),
        (Some(last(false)), "1", true, true),
        (Some(last(true)), "1", true, true),
        (Some(last(true)), "1", false, false),
        (Some(last(true)), "2", true, false),
    ];
    for (last, sha256, preserve, expected) in table {
        let found = is_unchanged(last.as_ref(), sha256, preserve);
        assert_eq!(found, expected, "{last:?} {sha256} {preserve}");
    }
}
