//! The files that a run keeps for later runs, and `cache clean`.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Program, orchestrate, results};
use serde_json::Value;
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
    let files = files(&folder.file("state/deployed"));
    let line = |file: PathBuf| {
        let record: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let text = |key: &str| record[key].as_str().unwrap().to_owned();
        format!("{} {}", text("logical_id"), text("sha256"))
    };
    let mut lines: Vec<String> = files.into_iter().map(line).collect();
    lines.sort();
    lines
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
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
            "warning: --skip-unchanged skips nothing: cannot use directory {}: Not a directory (os error 20)",
            state.display()
        )
    );
}

#[test]
fn a_history_that_cannot_be_written_is_a_warning() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["shop"]);
    deploy(&folder, &sandbox, "").run().expect(0);
    // A directory in place of the record: not even root can write or remove it as a file.
    let record = files(&folder.file("state/deployed")).remove(0);
    std::fs::remove_file(&record).unwrap();
    std::fs::create_dir_all(record.join("x")).unwrap();
    let ended = deploy(&folder, &sandbox, "").run().expect(0);
    let last = ended.err.lines().rev().take(2).collect::<Vec<_>>();
    assert!(
        last[1].starts_with("warning: the deployment history could not be updated: "),
        "{}",
        ended.err
    );
    assert!(last[0].contains("--skip-unchanged"), "{}", ended.err);
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
    assert_eq!(
        files(&folder.file("home/.local/state/orchestrate/deployed")).len(),
        1
    );
    run("XDG_STATE_HOME", "xdg");
    assert_eq!(files(&folder.file("xdg/orchestrate/deployed")).len(), 1);
    run("ORCHESTRATE_STATE_DIR", "own");
    assert_eq!(files(&folder.file("own/deployed")).len(), 1);
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
        "error: cannot clean the cache in /dev/null: Not a directory (os error 20)\n"
    );
}
