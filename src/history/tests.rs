//! What is recorded, and what is ignored.

use super::*;
use rusqlite::Connection;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
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
        project: "the shop".to_owned(),
        sha256: sha256.to_owned(),
        resources: 9,
        preserve_resources: true,
        repository: Some("github.com/acme/shop".to_owned()),
        at: Timestamp(1_795_371_420_123),
        run: RunId("0193".into()),
        durations: ExpectedDurations {
            bundling: 1500,
            deploying: 8000,
        },
    }
}

fn opened() -> (TempDir, History) {
    let dir = TempDir::new().unwrap();
    let history = History::open(dir.path()).unwrap();
    (dir, history)
}

fn file(dir: &TempDir) -> PathBuf {
    History::path(dir.path())
}

/// Why a history cannot be used, without its path.
fn refusal(dir: &Path) -> String {
    let error = History::open(dir).unwrap_err().to_string();
    error.replace(&dir.display().to_string(), "STATE")
}

#[test]
fn the_last_deployment_is_known_to_the_next_process() {
    let (dir, history) = opened();
    assert_eq!(history.last(&shop()), None);
    history.record(&shop(), &deployed("1"));
    history.record(&shop(), &deployed("2"));
    let next = History::open(dir.path()).unwrap();
    assert_eq!(next.last(&shop()), Some(deployed("2")));
    // A process that has begun earlier sees it as well.
    next.record(&shop(), &deployed("3"));
    assert_eq!(history.last(&shop()), Some(deployed("3")));
}

#[test]
fn a_project_is_identified_by_api_account_and_logical_id() {
    let (_dir, history) = opened();
    history.record(&shop(), &deployed("1"));
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
fn forgetting_removes_one_record_only_and_keeps_its_durations() {
    let (_dir, history) = opened();
    let blog = target("https://api.checklyhq.com", "acme", "blog");
    history.record(&shop(), &deployed("1"));
    history.record(&blog, &Deployed::of_digest("2"));
    history.forget(&shop());
    history.forget(&shop());
    assert_eq!(history.last(&shop()), None);
    assert_eq!(history.last(&blog), Some(Deployed::of_digest("2")));
    let durations = history.durations(&shop().api_url);
    let of_shop = &durations[&("acme".to_owned(), "the shop".to_owned())];
    assert_eq!(*of_shop, deployed("1").durations);
    assert!(history.durations("https://another").is_empty());
}

#[test]
fn only_its_user_can_read_the_database() {
    let (dir, history) = opened();
    history.record(&shop(), &deployed("1"));
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let files = fs::read_dir(dir.path()).unwrap();
    let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 3, "with its log and its index: {files:?}");
    files.iter().for_each(|file| assert_eq!(mode(file), 0o600));
    fs::set_permissions(file(&dir), fs::Permissions::from_mode(0o644)).unwrap();
    History::open(dir.path()).unwrap();
    assert_eq!(mode(&file(&dir)), 0o600, "an accessible one is closed");
}

/// Only root can make such a file.
#[test]
fn a_database_of_another_user_is_refused_even_for_root() {
    let (dir, history) = opened();
    drop(history);
    if std::os::unix::fs::chown(file(&dir), Some(12_345), None).is_ok() {
        insta::assert_snapshot!(refusal(dir.path()), @"cannot use STATE/state.db: it belongs to another user");
    }
}

#[test]
fn a_database_of_a_newer_version_is_an_error_and_stays_as_it_is() {
    let (dir, history) = opened();
    history.record(&shop(), &deployed("1"));
    drop(history);
    let newer = Connection::open(file(&dir)).unwrap();
    newer.pragma_update(None, "user_version", 7).unwrap();
    drop(newer);
    let before = fs::read(file(&dir)).unwrap();
    insta::assert_snapshot!(refusal(dir.path()), @"cannot use STATE/state.db: it was written by a newer version of orchestrate (schema 7; this one has 1); use that version, or delete the file");
    assert_eq!(fs::read(file(&dir)).unwrap(), before);
}

#[test]
fn a_damaged_database_is_an_error_when_it_is_opened_and_read() {
    let (dir, history) = opened();
    let nth = |nth: usize| target("https://api.checklyhq.com", "acme", &format!("shop-{nth}"));
    let record = |it| Change::Record(nth(it), Box::new(deployed("1")));
    history
        .apply(&(0..500).map(record).collect::<Vec<_>>())
        .unwrap();
    drop(history);
    let sound = fs::read(file(&dir)).unwrap();
    assert!(sound.len() > 40_000, "{}", sound.len());
    fs::write(
        file(&dir),
        "not a database, but long enough to have a header of one".repeat(3),
    )
    .unwrap();
    insta::assert_snapshot!(refusal(dir.path()), @"cannot use STATE/state.db: it is damaged (file is not a database); delete it");
    // A page in the middle: the header is sound.
    let mut damaged = sound.clone();
    damaged[4096..36_000].fill(0xff);
    fs::write(file(&dir), damaged).unwrap();
    let history = History::open(dir.path()).unwrap();
    assert!((0..500).any(|it| history.last(&nth(it)).is_none()));
    let error = history.apply(&[Change::Forget(nth(0))]).unwrap_err();
    assert!(error.to_string().contains("it is damaged ("), "{error}");
    // An empty file is a new one.
    drop(history);
    fs::write(file(&dir), "").unwrap();
    let history = History::open(dir.path()).unwrap();
    history.record(&shop(), &deployed("1"));
}

#[test]
fn several_may_create_and_write_it_at_once() {
    let dir = TempDir::new().unwrap();
    let nth = |thread: usize, nth: usize| {
        target(
            "https://api.checklyhq.com",
            "acme",
            &format!("{thread}-{nth}"),
        )
    };
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let dir = dir.path();
            scope.spawn(move || {
                let history = History::open(dir).unwrap();
                for round in 0..20 {
                    history.record(&nth(thread, round), &deployed("1"));
                    assert_eq!(history.last(&nth(thread, round)), Some(deployed("1")));
                }
            });
        }
    });
    let history = History::open(dir.path()).unwrap();
    for (thread, round) in (0..8).flat_map(|it| (0..20).map(move |round| (it, round))) {
        assert_eq!(history.last(&nth(thread, round)), Some(deployed("1")));
    }
}

#[test]
fn changes_that_fail_change_nothing() {
    let (_dir, history) = opened();
    history.record(&shop(), &deployed("1"));
    history.refuse_records();
    let record = Change::Record(shop(), Box::new(deployed("2")));
    let changes = [Change::Forget(shop()), record];
    assert!(history.apply(&changes).is_err());
    assert_eq!(history.last(&shop()), Some(deployed("1")));
}

#[test]
fn a_directory_that_has_deployed_to_an_account_is_known() {
    let (_dir, history) = opened();
    let destination = |account: &str, directory: &str| Destination {
        api_url: shop().api_url,
        account_id: account.to_owned(),
        directory: directory.into(),
    };
    let ours = destination("acme", "/repo");
    assert!(!history.has_deployed(&ours));
    history.record_destination(&ours).unwrap();
    history.record_destination(&ours).unwrap();
    assert!(history.has_deployed(&ours));
    assert!(!history.has_deployed(&destination("acme", "/other")));
    assert!(!history.has_deployed(&destination("other", "/repo")));
}

#[test]
fn a_place_that_is_no_directory_is_an_error() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let below = dir.path().join("file/x");
    insta::assert_snapshot!(refusal(&below), @"cannot use STATE/state.db: not a directory");
    fs::create_dir(file(&dir)).unwrap();
    insta::assert_snapshot!(refusal(dir.path()), @"cannot use STATE/state.db: it is a directory");
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
