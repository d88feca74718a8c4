//! `--partition` splits a selection over several runs, and `runs merge` joins their journals.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Ended, Program, Running, orchestrate, results};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

/// Starts shard `index` of `count`, which keeps its journal in `shard-<index>.jsonl`.
fn shard(sandbox: &Sandbox, folder: &Folder, index: usize, kind: &str, flags: &str) -> Program {
    orchestrate(&format!(
        "--yes --partition {kind} --journal shard-{index}.jsonl {flags} --api-url"
    ))
    .arg(&sandbox.url)
    .within(folder.path())
}

/// Runs two shards of these projects, one after the other.
fn two_shards(folder: &Folder) -> Sandbox {
    let sandbox = Sandbox::start(0.05);
    for index in [1, 2] {
        shard(&sandbox, folder, index, &format!("slice:{index}/2"), "")
            .run()
            .expect(0);
    }
    sandbox
}

fn merge(folder: &Folder, journals: &str) -> Ended {
    let merge = format!("runs merge --message-format json {journals}");
    orchestrate(&merge).within(folder.path()).run()
}

/// A report without times and ids.
fn timeless(mut report: Value) -> Value {
    fn forget(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for key in [
                    "run",
                    "started_at",
                    "finished_at",
                    "duration_ms",
                    "durations_ms",
                ] {
                    fields.remove(key);
                }
                for key in ["account_id", "deployment_id", "physicalId"] {
                    fields.remove(key);
                }
                fields.values_mut().for_each(forget);
            }
            Value::Array(values) => values.iter_mut().for_each(forget),
            _ => {}
        }
    }
    forget(&mut report);
    report
}

#[test]
fn four_shards_of_500_projects_are_together_what_one_run_is() {
    // Stacks of up to nine projects that depend on each other, some across stacks.
    let after = |at: usize| match at {
        at if at % 9 == 0 => String::new(),
        at if at % 50 == 3 => format!("p{} p{}", at - 1, at / 2),
        at => format!("p{}", at - 1),
    };
    let projects: Vec<String> = (0..500)
        .map(|at| format!("p{at} < {}", after(at)))
        .collect();
    let projects: Vec<&str> = projects.iter().map(String::as_str).collect();
    let folder = Folder::of(&projects).refused("p123");
    let sandbox = Sandbox::start(0.01);
    let flags = "-j 50 --rate 100000/s";
    let running: Vec<Running> = (1..=4)
        .map(|index| {
            let kind = format!("slice:{index}/4");
            shard(&sandbox, &folder, index, &kind, flags).start()
        })
        .collect();
    let ended: Vec<i32> = running.into_iter().map(|it| it.end().code()).collect();
    assert_eq!(
        ended.iter().filter(|code| **code == 0).count(),
        3,
        "{ended:?}"
    );

    let single = orchestrate(&format!("--yes --message-format json {flags} --api-url"))
        .arg(&sandbox.url)
        .env("CHECKLY_ACCOUNT_ID", "account-2")
        .within(folder.path())
        .run()
        .expect(1)
        .report();
    let journals = "shard-3.jsonl shard-1.jsonl shard-4.jsonl shard-2.jsonl";
    let merged = merge(&folder, journals).expect(1);
    assert!(
        merged
            .err
            .contains("To finish this run:\n    orchestrate resume shard-")
    );
    assert_eq!(timeless(merged.report()), timeless(single));

    let mut all = BTreeSet::new();
    for index in 1..=4 {
        let journal = folder.read(&format!("shard-{index}.jsonl"));
        let planned = journal.lines().nth(1).unwrap();
        let planned: Value = serde_json::from_str(planned).unwrap();
        let planned = planned["data"]["projects"].as_array().unwrap();
        for project in planned {
            assert_eq!(project["unselected_dependencies"], json!([]));
            assert!(
                all.insert(project["name"].to_string()),
                "{project} is in two shards"
            );
        }
        assert!((100..=150).contains(&planned.len()), "{}", planned.len());
    }
    assert_eq!(all.len(), 500);
}

#[test]
fn every_command_that_selects_knows_shards() {
    let folder = Folder::of(&["a", "b", "c < a", "d"]);
    let list = |partition: &str| {
        let list = format!("list --format json --partition {partition}");
        orchestrate(&list).within(folder.path()).run().expect(0)
    };
    assert_eq!(list("slice:1/3").listed(), ["a", "c"]);
    assert_eq!(list("slice:2/3").listed(), ["b"]);
    let valid = orchestrate("validate --partition slice:1/3")
        .within(folder.path())
        .run();
    let valid = valid.expect(0);
    assert!(
        valid.err.starts_with("Shard 1 of 3: 2 of 4 projects\n"),
        "{}",
        valid.err
    );
    let destroyed = orchestrate(
        "destroy --sandbox --yes --message-format json --only a,b --partition slice:2/2",
    )
    .within(folder.path())
    .run()
    .expect(0);
    assert_eq!(results(&destroyed.report()), ["b succeeded -"]);
}

#[test]
fn an_empty_shard_succeeds_and_has_a_journal() {
    let folder = Folder::of(&["a"]);
    let sandbox = Sandbox::start(0.05);
    for index in [1, 2] {
        let kind = format!("slice:{index}/2");
        let ended = shard(&sandbox, &folder, index, &kind, "-q").run().expect(0);
        let projects = 2 - index;
        let line = format!("Shard {index} of 2: {projects} of 1 project\n");
        assert!(ended.err.starts_with(&line), "{}", ended.err);
    }
    let merged = merge(&folder, "shard-1.jsonl shard-2.jsonl").expect(0);
    assert_eq!(results(&merged.report()), ["a succeeded -"]);
}

#[test]
fn an_empty_selection_is_not_an_empty_shard() {
    let folder = Folder::of(&["a"]);
    let ended = orchestrate("list --only a --exclude a --partition slice:1/2");
    ended.within(folder.path()).run().expect(3);
}

#[test]
fn a_shard_has_its_part_of_the_rate_unless_the_command_line_has_one() {
    let folder = Folder::of(&["a", "b < a", "c"]).with(
        "[accounts.prod]\naccount_id = \"a\"\napi_key = { env = \"CHECKLY_API_KEY\" }\nrate = \"4/h\"\n[defaults]\naccount = \"prod\"",
    );
    let sandbox = Sandbox::start(0.01);
    // A project needs more than the one request of this hour.
    let mut waits = shard(&sandbox, &folder, 1, "slice:1/4", "--message-format json").start();
    waits.event("project.throttled");
    drop(waits);
    let resume = "resume shard-1.jsonl --yes --message-format json";
    let mut resumed = orchestrate(resume).within(folder.path()).start();
    resumed.event("project.throttled");
    drop(resumed);
    shard(&sandbox, &folder, 2, "slice:1/4", "--rate 1000/s")
        .run()
        .expect(0);
}

#[test]
fn waves_are_not_split() {
    let folder = Folder::of(&["a", "b"]).with("[[wave]]\nselect = [\"a\"]\n");
    let refused = |command: &str| {
        let command = format!("{command} --partition hash:1/2");
        orchestrate(&command).within(folder.path()).run()
    };
    for command in ["deploy --sandbox", "preview --sandbox", "list", "validate"] {
        let ended = refused(command).expect(64);
        assert!(
            ended.err.contains("projects.toml has waves"),
            "{}",
            ended.err
        );
    }
    // A deletion has none.
    refused("destroy --sandbox --yes").expect(0);
}

#[test]
fn an_invalid_partition_is_a_usage_error() {
    let folder = Folder::of(&["a"]);
    for value in ["hash:0/2", "slice:3/2", "hash:1", "count:1/2"] {
        let list = format!("list --partition {value}");
        let ended = orchestrate(&list).within(folder.path()).run().expect(64);
        assert!(ended.err.contains(value), "{}", ended.err);
    }
}

#[test]
fn a_missing_shard_is_named_and_the_rest_is_reported() {
    let folder = Folder::of(&["a", "b", "c"]);
    let sandbox = Sandbox::start(0.05);
    for index in [1, 3] {
        let kind = format!("slice:{index}/3");
        shard(&sandbox, &folder, index, &kind, "").run().expect(0);
    }
    let merged = merge(&folder, "shard-1.jsonl shard-3.jsonl --report-file r.json").expect(1);
    assert!(
        merged
            .err
            .contains("error: shard 2 of 3 is missing\nhelp: deploy such a shard"),
        "{}",
        merged.err
    );
    assert_eq!(folder.json("r.json"), merged.report());
    assert_eq!(
        results(&merged.report()),
        ["a succeeded -", "c succeeded -"]
    );
    assert_eq!(merged.report()["result"], "failed");
}

#[test]
fn a_missing_shard_does_not_hide_that_another_one_timed_out() {
    let folder = Folder::of(&["a", "b"]);
    let sandbox = Sandbox::start(20.0);
    shard(&sandbox, &folder, 1, "slice:1/2", "--timeout 100ms")
        .run()
        .expect(124);
    let merged = merge(&folder, "shard-1.jsonl").expect(124);
    assert_eq!(merged.report()["result"], "timed_out");
}

#[test]
fn a_killed_shard_is_reported_as_far_as_it_came() {
    let folder = Folder::of(&["a", "b"]);
    let sandbox = two_shards(&folder);
    let journal = folder.read("shard-2.jsonl");
    let lines: Vec<&str> = journal.lines().collect();
    let accepted = lines
        .iter()
        .position(|line| line.contains("\"project.submitted\""));
    let cut = lines[..=accepted.unwrap()].join("\n") + "\n";
    folder.write("shard-2.jsonl", &cut);
    let merged = merge(&folder, "shard-1.jsonl shard-2.jsonl").expect(1);
    let report = merged.report();
    assert_eq!(
        results(&report),
        ["a succeeded -", "b detached run_not_finished"]
    );
    let id = report["projects"][1]["deployment_id"].as_str().unwrap();
    assert!(sandbox.deployment("b", id).is_object());

    // Killed before it had a plan.
    folder.write("shard-2.jsonl", &format!("{}\n", lines[0]));
    let merged = merge(&folder, "shard-1.jsonl shard-2.jsonl").expect(1);
    assert!(
        merged
            .err
            .contains("error: shard-2.jsonl: shard 2 of 2 ended before its run began\n"),
        "{}",
        merged.err
    );
}

#[test]
fn what_is_not_one_run_is_not_merged() {
    let folder = Folder::of(&["a", "b"]);
    let sandbox = two_shards(&folder);
    let refuses = |journals: &str, why: &str| {
        let ended = merge(&folder, journals).expect(1);
        assert!(ended.out.is_empty(), "{}", ended.out);
        assert!(ended.err.contains(why), "{why}:\n{}", ended.err);
    };
    fs::copy(folder.file("shard-1.jsonl"), folder.file("again.jsonl")).unwrap();
    refuses(
        "shard-1.jsonl again.jsonl",
        "both are journals of shard 1 of 2",
    );
    refuses(
        "shard-1.jsonl shard-2.jsonl again.jsonl",
        "both are journals of shard 1 of 2",
    );

    let damaged = folder
        .read("shard-2.jsonl")
        .replacen("\"seq\":2,", "\"seq\":7,", 1);
    folder.write("damaged.jsonl", &damaged);
    refuses(
        "shard-1.jsonl damaged.jsonl",
        "damaged.jsonl:2: event 7 is out of order",
    );

    shard(&sandbox, &folder, 3, "slice:2/2", "--only a")
        .run()
        .expect(0);
    refuses(
        "shard-1.jsonl shard-3.jsonl",
        "the number of projects in all shards is 2 and 1",
    );
    shard(&sandbox, &folder, 4, "hash:2/2", "").run().expect(0);
    refuses(
        "shard-1.jsonl shard-4.jsonl",
        "the partition is slice:M/2 and hash:M/2",
    );

    let destroy = "destroy --yes --partition slice:2/2 --journal destroyed.jsonl --api-url";
    orchestrate(destroy)
        .arg(&sandbox.url)
        .within(folder.path())
        .run()
        .expect(0);
    refuses(
        "shard-1.jsonl destroyed.jsonl",
        "the operation is deploy and destroy",
    );

    let whole = "--yes --journal whole.jsonl --api-url";
    orchestrate(whole)
        .arg(&sandbox.url)
        .within(folder.path())
        .run()
        .expect(0);
    refuses(
        "shard-1.jsonl whole.jsonl",
        "whole.jsonl: not the journal of a shard",
    );
    folder.write("other.toml", &folder.read("projects.toml"));
    shard(&sandbox, &folder, 5, "slice:2/2", "-c other.toml")
        .run()
        .expect(0);
    refuses(
        "shard-1.jsonl shard-5.jsonl",
        "the manifest is projects.toml and other.toml",
    );
    let renamed = Folder::of(&["a", "c"]);
    shard(&sandbox, &renamed, 6, "slice:2/2", "")
        .run()
        .expect(0);
    fs::copy(renamed.file("shard-6.jsonl"), folder.file("shard-6.jsonl")).unwrap();
    refuses(
        "shard-1.jsonl shard-6.jsonl",
        "other projects were selected, or they depend on each other in another way",
    );
    refuses(
        "shard-1.jsonl .",
        "cannot read the journal .: it is a directory",
    );
    refuses(
        "shard-1.jsonl projects.toml",
        "projects.toml:1: not an event of a run",
    );
    refuses(
        "shard-1.jsonl none.jsonl",
        "cannot read the journal none.jsonl",
    );
}

#[test]
fn a_resumed_shard_is_still_one() {
    let folder = Folder::of(&["a", "b"]).refused("b");
    let sandbox = Sandbox::start(0.05);
    shard(&sandbox, &folder, 1, "slice:1/2", "").run().expect(0);
    shard(&sandbox, &folder, 2, "slice:2/2", "").run().expect(1);
    let folder = folder.checks("b", 1);
    let resumed = orchestrate("resume shard-2.jsonl --yes")
        .within(folder.path())
        .run();
    resumed.expect(0);
    let merged = merge(&folder, "shard-1.jsonl shard-2.jsonl").expect(0);
    assert_eq!(
        results(&merged.report()),
        ["a succeeded -", "b succeeded -"]
    );
}

#[test]
fn the_merged_report_has_the_hooks_of_every_shard() {
    let folder = Folder::of(&["a", "b"]).with("[hooks]\npre = ['true']\npost = ['false']\n");
    let sandbox = Sandbox::start(0.05);
    for index in [1, 2] {
        let kind = format!("slice:{index}/2");
        let ended = shard(&sandbox, &folder, index, &kind, "").run();
        ended.expect(1);
    }
    let report = merge(&folder, "shard-1.jsonl shard-2.jsonl")
        .expect(1)
        .report();
    let hooks = report["hooks"].as_array().unwrap().iter();
    let hooks = hooks.map(|it| format!("{} {}", it["hook"], it["exit_code"]));
    let of_shard = ["\"pre\" 0", "\"post\" 1"];
    assert!(hooks.eq(of_shard.into_iter().chain(of_shard)), "{report}");
    assert_eq!(report["result"], "failed");
    assert_eq!(report["counts"], json!({ "succeeded": 2 }));
}

/// A preview that finds more deletions than are allowed.
#[test]
fn a_merged_report_is_refused_only_if_every_shard_was() {
    let folder = Folder::of(&["a", "b"]).checks("a", 2).checks("b", 2);
    let sandbox = two_shards(&folder);
    let folder = folder.checks("a", 1);
    let run = |folder: &Folder, name: &str| {
        for index in [1, 2] {
            let flags = format!(
                "--yes --max-deletes 0 --partition slice:{index}/2 --journal {name}-{index}.jsonl --api-url"
            );
            orchestrate(&flags)
                .arg(&sandbox.url)
                .within(folder.path())
                .run();
        }
        let merged = merge(folder, &format!("{name}-1.jsonl {name}-2.jsonl"));
        merged.expect(1).report()
    };
    let report = run(&folder, "one");
    assert_eq!(
        results(&report),
        ["a skipped limit_exceeded", "b succeeded -"]
    );
    assert_eq!(report["result"], "failed");
    let folder = folder.checks("b", 1);
    let report = run(&folder, "both");
    assert_eq!(
        results(&report),
        ["a skipped limit_exceeded", "b skipped limit_exceeded"]
    );
    assert_eq!(report["result"], "failed");
}
