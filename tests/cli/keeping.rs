//! The files that a run keeps for later runs, and `cache clean`.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Program, orchestrate, results};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Deploys a directory, with its state next to it.
fn deploy(folder: &Folder, sandbox: &Sandbox, flags: &str) -> Program {
    orchestrate(&format!("--yes --message-format json {flags} --api-url"))
        .arg(&sandbox.url)
        .env("ORCHESTRATE_STATE_DIR", folder.file("state"))
        .within(folder.path())
}

/// The history, as `logical id digest`.
fn remembered(folder: &Folder) -> Vec<String> {
    recorded(&folder.file("state"))
}

fn recorded(state_dir: &Path) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let database = Connection::open_with_flags(state_dir.join("state.db"), flags).unwrap();
    let mut rows = database
        .prepare("SELECT logical_id || ' ' || sha256 FROM deployment WHERE sha256 IS NOT NULL ORDER BY 1")
        .unwrap();
    let rows = rows.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The digests in a report, in the format of [`remembered`]; names and logical ids are the same.
fn reported(report: &Value) -> Vec<String> {
    let rows = report["projects"].as_array().unwrap().iter();
    rows.map(|row| {
        let digest = row["bundle"]["sha256"].as_str().unwrap();
        format!("{} {digest}", row["logical_id"].as_str().unwrap())
    })
    .collect()
}

#[test]
fn a_run_records_its_deployments() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["blog", "shop"]);
    let report = deploy(&folder, &sandbox, "").run().expect(0).report();
    assert_eq!(remembered(&folder), reported(&report));
    let folder = folder.checks("shop", 2);
    let changed = deploy(&folder, &sandbox, "").run().expect(0).report();
    assert_eq!(remembered(&folder), reported(&changed));
    assert_ne!(reported(&changed), reported(&report));
}

#[test]
fn an_unsuccessful_deployment_removes_the_record() {
    let folder = Folder::of(&["blog", "shop"]);
    let sandbox = Sandbox::start(0.05);
    deploy(&folder, &sandbox, "").run().expect(0);
    assert_eq!(remembered(&folder).len(), 2);
    let folder = folder.refused("shop");
    let report = deploy(&folder, &sandbox, "").run().expect(1).report();
    assert_eq!(
        results(&report),
        ["blog succeeded -", "shop rejected http_400"]
    );
    assert_eq!(remembered(&folder), reported(&report)[..1]);
}

#[test]
fn an_in_process_sandbox_has_no_history() {
    let folder = Folder::of(&["shop"]);
    orchestrate("--sandbox --time-scale 0.05 --skip-unchanged")
        .env("ORCHESTRATE_STATE_DIR", folder.file("state"))
        .within(folder.path())
        .run()
        .expect(0);
    assert_eq!(folder.names(), ["projects.toml", "shop.json"]);
}

#[test]
fn an_unusable_state_directory_is_a_warning_with_skip_unchanged() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["shop"]);
    folder.write("state", "a file");
    let ended = deploy(&folder, &sandbox, "").run().expect(0);
    let lost = "warning: this run cannot be resumed: its journal cannot be written: ";
    assert!(ended.err.starts_with(lost), "{}", ended.err);
    assert!(!ended.err.contains("--skip-unchanged"), "{}", ended.err);
    let ended = deploy(&folder, &sandbox, "--skip-unchanged")
        .run()
        .expect(0);
    let warning = ended.err.lines().next().unwrap();
    let state = folder.file("state");
    assert_eq!(
        warning,
        format!(
            "warning: --skip-unchanged skips nothing: cannot use {}: not a directory",
            state.join("state.db").display()
        )
    );
}

#[test]
fn a_history_that_cannot_be_used_is_a_warning_since_it_will_not_know_the_run() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["shop"]);
    deploy(&folder, &sandbox, "").run().expect(0);
    let database = Connection::open(folder.file("state/state.db")).unwrap();
    database.pragma_update(None, "user_version", 7).unwrap();
    drop(database);
    for (content, why) in [
        (
            None,
            "it was written by a newer version of orchestrate (schema 7; this one has 1)",
        ),
        (
            Some("damaged ".repeat(600)),
            "it is damaged (file is not a database); delete it",
        ),
    ] {
        content.map(|content| folder.write("state/state.db", &content));
        let ended = deploy(&folder, &sandbox, "").run().expect(0);
        let mut lines = ended.err.lines();
        let warning = lines.next().unwrap();
        let unrecorded = "warning: this run is not recorded in the deployment history: cannot use ";
        assert!(
            warning.starts_with(unrecorded) && warning.contains(why),
            "{warning}"
        );
        let help = "help: do not use --skip-unchanged until a run succeeds without this warning";
        assert_eq!(lines.next(), Some(help));
        let ended = deploy(&folder, &sandbox, "--skip-unchanged")
            .run()
            .expect(0);
        let skips_nothing = "warning: --skip-unchanged skips nothing: cannot use ";
        assert!(ended.err.contains(skips_nothing), "{}", ended.err);
        assert_eq!(results(&ended.report()), ["shop succeeded -"]);
    }
}

/// Without the capability that lets root write in any directory.
#[test]
#[cfg(target_os = "linux")]
fn a_history_in_a_read_only_directory_is_a_warning_and_everything_is_deployed() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["shop"]);
    deploy(&folder, &sandbox, "").run().expect(0);
    let set_mode = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.file("state"), permissions).unwrap();
    };
    set_mode(0o500);
    let script = "test $(id -u) != 0 || exec setpriv --bounding-set=-dac_override \"$0\" \"$@\"; exec \"$0\" \"$@\"";
    let ended = deploy(&folder, &sandbox, "--skip-unchanged")
        .through_a_shell(script)
        .run()
        .expect(0);
    set_mode(0o700);
    let unusable = format!(
        "cannot use {}: its directory cannot be written (attempt to write a readonly database)\n",
        folder.file("state/state.db").display()
    );
    let warnings = format!(
        "warning: this run is not recorded in the deployment history: {unusable}\
         help: do not use --skip-unchanged until a run succeeds without this warning\n\
         warning: --skip-unchanged skips nothing: {unusable}"
    );
    assert!(ended.err.starts_with(&warnings), "{}", ended.err);
    assert_eq!(results(&ended.report()), ["shop succeeded -"]);
}

/// Files may not grow beyond 64 KiB, as on a full disk; the log of the database is larger.
#[test]
fn a_history_on_a_full_disk_is_a_warning_and_everything_is_deployed() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["blog", "shop"]);
    deploy(&folder, &sandbox, "").run().expect(0);
    let open = || Connection::open(folder.file("state/state.db")).unwrap();
    let (reader, writer) = (open(), open());
    reader
        .execute_batch("BEGIN; SELECT * FROM deployment")
        .unwrap();
    for _ in 0..20 {
        writer
            .execute("UPDATE deployment SET at = at + 1", [])
            .unwrap();
    }
    let ended = deploy(&folder, &sandbox, "")
        .through_a_shell("trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\"")
        .run()
        .expect(0);
    let last = ended.err.lines().rev().take(2).collect::<Vec<_>>();
    assert!(
        last[1].starts_with("warning: the deployment history could not be updated: "),
        "{}",
        ended.err
    );
    assert!(last[0].contains("--skip-unchanged"), "{}", ended.err);
    drop(reader);
    let ended = deploy(&folder, &sandbox, "").run().expect(0);
    assert!(!ended.err.contains("warning"), "{}", ended.err);
}

#[test]
fn the_state_directory_follows_the_system() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["shop"]);
    let run = |name: &str, value: &str| {
        deploy(&folder, &sandbox, "")
            .without("ORCHESTRATE_STATE_DIR")
            .env("HOME", folder.file("home"))
            .env(name, folder.file(value))
            .run()
            .expect(0);
    };
    run("UNUSED", "unused");
    let recorded = |dir: &str| recorded(&folder.file(dir)).len();
    assert_eq!(recorded("home/.local/state/orchestrate"), 1);
    run("XDG_STATE_HOME", "xdg");
    assert_eq!(recorded("xdg/orchestrate"), 1);
    run("ORCHESTRATE_STATE_DIR", "own");
    assert_eq!(recorded("own"), 1);
}

#[test]
fn cache_clean_prints_what_it_removed() {
    let folder = Folder::empty();
    let clean = || orchestrate("cache clean").env("ORCHESTRATE_CACHE_DIR", folder.file("c"));
    let dir = folder.file("c");
    let dir = dir.display();
    let said = |program: Program| program.run().expect(0).err;
    assert_eq!(said(clean()), format!("no cached bundles in {dir}\n"));
    let hash = "0123456789abcdef".repeat(4);
    folder.write(&format!("c/bundles/{hash}-{hash}.json"), "{}");
    let kept = folder.write("c/notes.txt", "mine");
    assert_eq!(
        said(clean()),
        format!("removed 1 bundle (1 kB) from {dir}\n")
    );
    assert!(kept.exists());
    assert_eq!(said(clean()), format!("no cached bundles in {dir}\n"));
}

#[cfg(target_os = "linux")] // macOS has a fixed cache directory
#[test]
fn the_cache_directory_follows_the_system() {
    let folder = Folder::empty();
    let clean = || {
        orchestrate("cache clean")
            .without("ORCHESTRATE_CACHE_DIR")
            .env("HOME", folder.file("home"))
    };
    let said = |program: Program| program.run().expect(0).err;
    let home = folder.file("home/.cache/orchestrate");
    let nothing_in = |dir: PathBuf| format!("no cached bundles in {}\n", dir.display());
    assert_eq!(said(clean()), nothing_in(home));
    let xdg = clean().env("XDG_CACHE_HOME", folder.file("xdg"));
    assert_eq!(said(xdg), nothing_in(folder.file("xdg/orchestrate")));
}

#[test]
fn a_cache_that_cannot_be_cleaned_is_an_error() {
    let ended = orchestrate("cache clean")
        .env("ORCHESTRATE_CACHE_DIR", "/dev/null")
        .run()
        .expect(1);
    assert_eq!(
        ended.err,
        "error: cannot clean the cache in /dev/null: not a directory\n"
    );
}
