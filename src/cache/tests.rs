//! Storing, finding, damage, expiry, and cleaning.

use super::*;
use crate::model::{BundlerKind, Directory, Inputs};
use crate::tests::support::files;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

const DAY: u64 = 24 * 60 * 60 * 1000;
const NOW: Timestamp = Timestamp(1_795_371_420_000);

fn later(days: u64) -> Timestamp {
    Timestamp(NOW.0 + days * DAY)
}

/// A directory with a cache and a project.
struct Rig {
    dir: TempDir,
}

impl Rig {
    fn new() -> Self {
        let rig = Self {
            dir: TempDir::new().unwrap(),
        };
        rig.write("project/a.ts", "1");
        rig
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        files::write(self.dir.path(), name, text)
    }

    fn open(&self, now: Timestamp) -> Cache {
        Cache::open(&self.path("cache"), now).unwrap()
    }

    /// A key that depends on the name.
    fn key(&self, name: &str) -> Key {
        Key::of(&CacheKeyInputs {
            directory: &Directory {
                dir: self.path("project"),
                config: None,
                cwd: None,
                command: None,
                env: BTreeMap::from([("NAME".to_owned(), name.to_owned())]),
                bundler: BundlerKind::Process,
                timeout: Duration::from_secs(1),
                cache: true,
            },
            inputs: &Inputs {
                base: self.path("project"),
                globs: vec!["*.ts".to_owned()],
                declared: true,
            },
            cli_version: Some("8.23.2"),
            target: None,
        })
        .unwrap()
    }

    /// Stores a bundle with this text.
    fn put(&self, cache: &Cache, key: &Key, text: &str) {
        cache.put(key, &self.write("made.json", text)).unwrap();
    }

    /// The files of the cache, sorted.
    fn kept(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path("cache/bundles")) else {
            return vec![];
        };
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }
}

/// The cached text of a key.
fn found(cache: &Cache, key: &Key) -> Option<String> {
    let copy = cache.get(key)?;
    Some(fs::read_to_string(&copy).unwrap())
}

#[test]
fn a_bundle_is_found_again_under_its_key_and_no_other() {
    let rig = Rig::new();
    let cache = rig.open(NOW);
    let (one, two) = (rig.key("one"), rig.key("two"));
    assert_eq!(found(&cache, &one), None);
    rig.put(&cache, &one, "{}");
    assert_eq!(found(&cache, &one).as_deref(), Some("{}"));
    assert_eq!(found(&rig.open(later(1)), &one).as_deref(), Some("{}"));
    assert_eq!(found(&cache, &two), None);
}

#[test]
fn a_copy_exists_while_it_is_in_use() {
    let rig = Rig::new();
    let cache = rig.open(NOW);
    rig.put(&cache, &rig.key("one"), "{}");
    let copy = cache.get(&rig.key("one")).unwrap();
    Cache::clean(&rig.path("cache")).unwrap();
    assert_eq!(fs::read_to_string(&copy).unwrap(), "{}");
    let mode = copy.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let path = copy.to_path_buf();
    drop(copy);
    assert!(!path.exists());
}

#[test]
fn the_cache_is_private() {
    let rig = Rig::new();
    rig.put(&rig.open(NOW), &rig.key("one"), "{}");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&rig.path("cache/bundles")), 0o700);
    assert_eq!(mode(&rig.kept()[0]), 0o600);
}

#[test]
fn a_damaged_bundle_is_a_miss_and_removed() {
    for damage in ["", "{", "{} ", "[]"] {
        let rig = Rig::new();
        let cache = rig.open(NOW);
        rig.put(&cache, &rig.key("one"), "{}");
        fs::write(&rig.kept()[0], damage).unwrap();
        assert_eq!(found(&cache, &rig.key("one")), None, "{damage:?}");
        assert_eq!(rig.kept(), [] as [PathBuf; 0]);
        rig.put(&cache, &rig.key("one"), "{}");
        assert_eq!(found(&cache, &rig.key("one")).as_deref(), Some("{}"));
    }
}

#[test]
fn concurrent_writers_of_one_key_do_not_disturb_each_other() {
    let rig = Rig::new();
    let key = rig.key("one");
    let bundles = ["one", "two"].map(|text| rig.write(text, &text.repeat(100_000)));
    std::thread::scope(|scope| {
        for bundle in &bundles {
            let (cache, key) = (rig.open(NOW), &key);
            scope.spawn(move || {
                for _ in 0..20 {
                    cache.put(key, bundle).unwrap();
                    let text = found(&cache, key).unwrap();
                    assert!(["one", "two"].iter().any(|one| text == one.repeat(100_000)));
                }
            });
        }
    });
    // Both are valid; no unfinished file is left.
    assert_eq!(rig.kept().len(), 2);
    assert!(found(&rig.open(NOW), &key).is_some());
}

#[test]
fn an_unused_bundle_is_removed_after_thirty_days() {
    let rig = Rig::new();
    let cache = rig.open(NOW);
    let (used, unused) = (rig.key("used"), rig.key("unused"));
    rig.put(&cache, &used, "{}");
    rig.put(&cache, &unused, "[]");
    let cache = rig.open(later(30));
    assert_eq!(rig.kept().len(), 2, "not sooner");
    assert!(cache.get(&used).is_some());
    let cache = rig.open(later(31));
    assert_eq!(rig.kept().len(), 1);
    assert!(cache.get(&used).is_some());
    assert_eq!(found(&cache, &unused), None);
}

#[test]
fn an_unfinished_file_of_a_killed_process_is_removed_after_thirty_days() {
    let rig = Rig::new();
    rig.open(NOW);
    let left = rig.write("cache/bundles/.unfinished-x1", "{");
    let file = File::options().write(true).open(&left).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_millis(NOW.0))
        .unwrap();
    rig.open(later(30));
    assert!(left.exists());
    rig.open(later(31));
    assert!(!left.exists());
}

#[test]
fn a_wrong_clock_removes_nothing() {
    let rig = Rig::new();
    rig.put(&rig.open(later(100)), &rig.key("one"), "{}");
    let cache = rig.open(NOW);
    assert_eq!(found(&cache, &rig.key("one")).as_deref(), Some("{}"));
}

#[test]
fn cleaning_reports_the_freed_space_and_removes_only_bundles() {
    let rig = Rig::new();
    let cache = rig.open(NOW);
    rig.put(&cache, &rig.key("one"), "{}");
    rig.put(&cache, &rig.key("two"), "[1]");
    let (bundles, bytes) = (2, 5);
    let theirs = [
        rig.write("cache/notes.txt", "mine"),
        rig.write("cache/bundles/shop.json", "{}"),
        rig.write(
            &format!("cache/{}", rig.kept()[0].file_name().unwrap().display()),
            "{}",
        ),
    ];
    let pruned = Cache::clean(&rig.path("cache")).unwrap();
    assert_eq!(pruned, Pruned { bundles, bytes });
    for file in &theirs {
        assert!(file.exists(), "{}", file.display());
    }
    assert_eq!(rig.kept(), [rig.path("cache/bundles/shop.json")]);
}

#[test]
fn cleaning_a_missing_cache_does_not_create_it() {
    let rig = Rig::new();
    assert_eq!(Cache::clean(&rig.path("cache")).unwrap(), Pruned::default());
    assert!(!rig.path("cache").exists());
    rig.put(&rig.open(NOW), &rig.key("one"), "{}");
    Cache::clean(&rig.path("cache")).unwrap();
    assert!(!rig.path("cache/bundles").exists());
}

#[test]
fn an_unusable_cache_is_an_error_and_a_miss() {
    // The only error for root: nothing exists below a file.
    let rig = Rig::new();
    let cache = rig.open(NOW);
    rig.put(&cache, &rig.key("one"), "{}");
    fs::rename(rig.path("cache/bundles"), rig.path("aside")).unwrap();
    rig.write("cache/bundles", "");
    assert_eq!(found(&cache, &rig.key("one")), None);
    assert!(cache.put(&rig.key("one"), &rig.path("made.json")).is_err());
    assert!(Cache::open(&rig.path("cache"), NOW).is_err());
    assert!(Cache::clean(&rig.path("cache")).is_err());
}

#[test]
fn a_missing_bundle_is_not_stored() {
    let rig = Rig::new();
    let cache = rig.open(NOW);
    assert!(cache.put(&rig.key("one"), &rig.path("none.json")).is_err());
    assert!(rig.kept().is_empty());
}
