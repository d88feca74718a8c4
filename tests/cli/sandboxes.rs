//! Sandboxes with contents: from a seed, or kept between runs.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Program, orchestrate, results};
use serde_json::{Value, json};

const STATE: &str = "--time-scale 0.02 --sandbox --sandbox-state state.json";

fn with_state(folder: &Folder, words: &str) -> Program {
    orchestrate(&format!("{words} {STATE}")).within(folder.path())
}

/// The actions of the only project in a run.
fn actions(report: &Value) -> Vec<&str> {
    let changes = report["projects"][0]["changes"].as_array().unwrap();
    changes
        .iter()
        .map(|it| it["action"].as_str().unwrap())
        .collect()
}

#[test]
fn a_sandbox_state_carries_over_to_the_next_command() {
    let folder = Folder::of(&["shop"]).checks("shop", 2);
    let run = |words: &str| with_state(&folder, &format!("{words} --message-format json")).run();
    assert_eq!(actions(&run("deploy").expect(0).report()), ["CREATE"; 2]);
    assert_eq!(actions(&run("preview").expect(0).report()), ["UPDATE"; 2]);
    let other = Folder::of(&["blog"]);
    std::fs::copy(folder.file("state.json"), other.file("state.json")).unwrap();
    let orphans = with_state(&other, "orphans --format json").run().expect(0);
    let orphans: Value = serde_json::from_str(&orphans.out).unwrap();
    assert_eq!(orphans["orphans"][0]["logical_id"], "shop");
    let refused = run("destroy").expect(2);
    assert!(
        refused.err.contains("nothing was deleted"),
        "{}",
        refused.err
    );
    let destroyed = run("destroy --yes").expect(0).report();
    assert_eq!(actions(&destroyed), ["DELETE"; 2]);
    assert_eq!(actions(&run("preview").expect(0).report()), ["CREATE"; 2]);
}

#[test]
fn deletions_in_a_filled_sandbox_need_confirmation() {
    let folder = Folder::of(&["shop"]).checks("shop", 2);
    with_state(&folder, "deploy").run().expect(0);
    let folder = folder.checks("shop", 1);
    let refused = with_state(&folder, "deploy").run().expect(2);
    assert!(
        refused.err.contains("nothing was deployed"),
        "{}",
        refused.err
    );
    with_state(&folder, "preview --out plan.json")
        .run()
        .expect(0);
    assert_eq!(folder.json("plan.json")["api_url"], "sandbox");
    let ended = with_state(&folder, "deploy --plan plan.json --message-format json").run();
    assert_eq!(actions(&ended.expect(0).report()), ["UPDATE", "DELETE"]);
}

#[test]
fn the_state_replaces_the_seed() {
    let folder = Folder::of(&["shop"]);
    let shop = json!({ "logical_id": "shop", "resources": [{ "type": "check", "logical_id": "check-1" }] });
    let seed = json!({ "accounts": { "account-1": { "projects": [shop] } } });
    folder.write("seed.json", &seed.to_string());
    let run = |words: &str| {
        let words = format!("{words} --sandbox-seed seed.json --message-format json");
        with_state(&folder, &words).run()
    };
    assert_eq!(actions(&run("deploy").expect(0).report()), ["UPDATE"]);
    run("destroy --yes").expect(0);
    assert_eq!(actions(&run("deploy").expect(0).report()), ["CREATE"]);
}

#[test]
fn a_served_sandbox_saves_its_state_on_exit() {
    let folder = Folder::of(&["shop"]);
    for expected in ["CREATE", "UPDATE"] {
        let state = folder.file("state.json");
        let program = orchestrate("sandbox --port 0 --time-scale 0.02 --state").arg(&state);
        let sandbox = Sandbox::of(program);
        let ended = orchestrate("--message-format json --api-url")
            .arg(&sandbox.url)
            .within(folder.path())
            .run();
        let report = ended.expect(0).report();
        assert_eq!(results(&report), ["shop succeeded -"]);
        assert_eq!(actions(&report), [expected]);
        sandbox.process.signal("INT");
        sandbox.process.end().expect(0);
    }
}

#[test]
fn an_invalid_seed_or_state_is_an_error_with_its_place() {
    let folder = Folder::of(&["shop"]);
    folder.write("seed.json", "{\n  \"acounts\": {}\n}");
    let ended = orchestrate("--sandbox --sandbox-seed seed.json").within(folder.path());
    let ended = ended.run().expect(78);
    insta::assert_snapshot!(ended.err, @r"
    error: seed.json is not a seed or state file
    unknown field `acounts`, expected `accounts` at line 2 column 11
    help: docs/sandbox.md describes the format
    ");
    let ended = orchestrate("--sandbox --sandbox-state nowhere/state.json").within(folder.path());
    let ended = ended.run().expect(64);
    let says = "error: --sandbox-state nowhere/state.json: directory nowhere does not exist";
    assert!(ended.err.contains(says), "{}", ended.err);
}

#[test]
fn the_sandbox_of_this_process_is_never_reached_through_a_proxy() {
    let folder = Folder::of(&["shop"]);
    for command in ["--yes", "preview", "orphans", "destroy --yes"] {
        orchestrate(&format!("{command} --sandbox --time-scale 0.05"))
            .env("HTTP_PROXY", "http://127.0.0.1:1")
            .env("ALL_PROXY", "socks5://127.0.0.1:1")
            .within(folder.path())
            .run()
            .expect(0);
    }
}

#[test]
fn a_state_file_that_is_a_pipe_is_refused() {
    let folder = Folder::of(&["shop"]);
    let made = std::process::Command::new("mkfifo")
        .arg(folder.file("state.json"))
        .status();
    assert!(made.unwrap().success());
    let run = orchestrate("--sandbox --sandbox-state state.json").within(folder.path());
    let ended = run.run().expect(64);
    assert!(
        ended.err.contains("it is a pipe or a device"),
        "{}",
        ended.err
    );
}
