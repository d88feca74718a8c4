//! Journals, and what uses them: `resume`, `cancel`, `runs`, and two runs at once.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Ended, Program, orchestrate, results};
use std::fs;
use std::path::Path;

/// Counts, and nothing else.
const COUNT: &str = "[[rule]]\nafter = 1_000_000\nfault = 'hang'\n";

/// A command in a directory, with a state directory in it.
fn command(sandbox: &Sandbox, folder: &Folder, words: &str) -> Program {
    orchestrate(words)
        .env("CHECKLY_API_URL", &sandbox.url)
        .env("ORCHESTRATE_STATE_DIR", folder.file("state"))
        .within(folder.path())
}

/// The uploads of each project so far.
fn uploads(sandbox: &Sandbox) -> Vec<String> {
    let mut seen = sandbox.seen();
    seen.retain(|line| line.contains(" deploy "));
    seen.sort();
    seen
}

fn journal(folder: &Folder) -> std::path::PathBuf {
    let scope = only_entry(&folder.file("state/runs"));
    only_entry(&scope)
}

fn only_entry(dir: &Path) -> std::path::PathBuf {
    let mut entries = fs::read_dir(dir).unwrap();
    let entry = entries.next().unwrap().unwrap().path();
    assert!(entries.next().is_none(), "{}", dir.display());
    entry
}

/// A run that is killed while its only deployment runs.
fn killed(sandbox: &Sandbox, folder: &Folder) {
    let mut run = command(sandbox, folder, "--yes --message-format json").start();
    run.event("project.submitted");
    run.signal("KILL");
    assert_eq!(run.end().code(), 128 + 9);
}

#[test]
fn a_killed_run_is_resumed_and_nothing_is_uploaded_again() {
    let (sandbox, folder) = (Sandbox::scripted(2.0, COUNT), Folder::of(&["shop"]));
    killed(&sandbox, &folder);
    let ended = command(&sandbox, &folder, "resume --message-format json").run();
    let ended = ended.expect(0);
    assert_eq!(ended.events()[0]["type"], "run.resumed");
    assert_eq!(results(&ended.report()), ["shop succeeded -"]);
    assert_eq!(uploads(&sandbox), ["shop deploy 1"]);
    let again = command(&sandbox, &folder, "resume").run().expect(0);
    assert!(
        again.err.ends_with(" has nothing left to do.\n"),
        "{}",
        again.err
    );
    assert_eq!(uploads(&sandbox), ["shop deploy 1"]);
}

/// A limit on the size of files ends the process in the middle of a line.
#[test]
fn a_process_that_is_killed_in_the_middle_of_a_line_is_resumed() {
    let names = ["a", "b < a", "c", "d < c", "e", "f", "g < e f", "h"];
    let mut kills = 0;
    for blocks in (1..).step_by(5) {
        let (sandbox, folder) = (Sandbox::scripted(0.3, COUNT), Folder::of(&names));
        let limited = format!(
            "ulimit -c 0; ulimit -f {blocks}; exec env --default-signal=XFSZ \"$0\" \"$@\""
        );
        let first = orchestrate("--yes --journal run.jsonl")
            .env("CHECKLY_API_URL", &sandbox.url)
            .env("ORCHESTRATE_STATE_DIR", "/dev/null")
            .within(folder.path())
            .through_a_shell(&limited)
            .run();
        if first.code() == 0 {
            break;
        }
        kills += 1;
        let text = fs::read_to_string(folder.file("run.jsonl")).unwrap();
        let resumed = command(&sandbox, &folder, "resume run.jsonl --message-format json").run();
        if text.matches('\n').count() < 2 {
            let err = resumed.expect(1).err;
            let is_told = err.contains("the run began") || err.contains("no complete event");
            assert!(is_told, "{err}");
            assert!(uploads(&sandbox).is_empty());
            continue;
        }
        let report = resumed.expect(0).report();
        assert_eq!(report["counts"]["succeeded"], 8, "{report}");
        // The one whose response was not in the journal yet is sent again, and refused.
        let twice = uploads(&sandbox);
        let twice = twice.iter().filter(|line| !line.ends_with(" 1")).count();
        assert!(twice <= names.len(), "{blocks}");
    }
    assert!(kills > 5, "{kills}");
}

#[test]
fn a_damaged_journal_is_named_with_its_line() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop"]));
    command(&sandbox, &folder, "--yes").run().expect(0);
    let file = journal(&folder);
    let text = fs::read_to_string(&file).unwrap();
    let damaged = text.replacen("run.planned", "run.plan ned", 1);
    fs::write(&file, damaged).unwrap();
    let file = file.display().to_string();
    let ended = command(&sandbox, &folder, &format!("resume {file}"))
        .run()
        .expect(1);
    let says = format!("error: the run cannot be resumed: the journal is damaged at {file}:2: ");
    assert!(ended.err.starts_with(&says), "{}", ended.err);
    assert!(
        ended
            .err
            .contains("\nhelp: restore the file, or start a new run"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("at line 1 column"), "{}", ended.err);
}

#[test]
fn a_journal_has_neither_keys_nor_payloads_and_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop"]));
    let key = "cu_hunter2hunter2";
    let run = command(&sandbox, &folder, "--yes").env("CHECKLY_API_KEY", key);
    run.run().expect(0);
    let file = journal(&folder);
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        !text.contains(key) && !text.contains("sharedFiles"),
        "{text}"
    );
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_changed_bundle_or_manifest_is_not_the_same_run() {
    let (sandbox, folder) = (Sandbox::scripted(2.0, COUNT), Folder::of(&["shop"]));
    killed(&sandbox, &folder);
    let folder = folder.checks("shop", 3);
    let ended = command(&sandbox, &folder, "resume").run().expect(1);
    assert!(
        ended.err.contains("\n  shop: its bundle changed from "),
        "{}",
        ended.err
    );
    assert!(
        ended.err.ends_with("`orchestrate deploy`\n"),
        "{}",
        ended.err
    );
    folder.write(
        "projects.toml",
        "[[project]]\nname = 'blog'\nbundle = 'shop.json'\n",
    );
    let ended = command(&sandbox, &folder, "resume").run().expect(1);
    assert!(
        ended.err.contains("\n  shop: no longer in the manifest"),
        "{}",
        ended.err
    );
    assert_eq!(uploads(&sandbox), ["shop deploy 1"]);
}

#[test]
fn a_changed_bundle_that_was_not_deployed_is_deployed_and_named() {
    let refusal = "[[rule]]\nproject = 'shop'\non = 'deploy'\ntimes = 1\nfault.fail = { at = 60, code = 'X', message = 'no' }\n";
    let (sandbox, folder) = (
        Sandbox::scripted(0.05, refusal),
        Folder::of(&["shop", "blog"]),
    );
    command(&sandbox, &folder, "--yes").run().expect(1);
    let folder = folder.checks("shop", 3);
    let ended = command(&sandbox, &folder, "resume").run().expect(0);
    let says =
        "These changes since the run started are deployed:\n  shop: its bundle changed from ";
    assert!(ended.err.contains(says), "{}", ended.err);
}

#[test]
fn a_changed_bundle_that_was_confirmed_is_deployed_only_with_yes() {
    let refusal = "[[rule]]\nproject = 'shop'\non = 'deploy'\ntimes = 1\nfault.fail = { at = 60, code = 'X', message = 'no' }\n";
    let (sandbox, folder) = (Sandbox::scripted(0.05, refusal), Folder::of(&["shop"]));
    // A preview without deletions.
    command(&sandbox, &folder, "").run().expect(1);
    let folder = folder.checks("shop", 3);
    let ended = command(&sandbox, &folder, "resume").run().expect(1);
    assert!(
        ended.err.contains("\n  shop: its bundle changed from "),
        "{}",
        ended.err
    );
    let help = "; --yes deploys what was not confirmed\n";
    assert!(ended.err.ends_with(help), "{}", ended.err);
    command(&sandbox, &folder, "resume --yes").run().expect(0);
}

#[test]
fn preview_reads_the_history_of_its_state_directory() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop"]));
    command(&sandbox, &folder, "--yes --state-dir other")
        .run()
        .expect(0);
    let results_in = |dir: &str| {
        let preview = format!("preview --skip-unchanged --state-dir {dir} --message-format json");
        results(
            &command(&sandbox, &folder, &preview)
                .run()
                .expect(0)
                .report(),
        )
    };
    assert_eq!(results_in("other"), ["shop unchanged -"]);
    assert_eq!(results_in("state"), ["shop succeeded -"]);
}

#[test]
fn without_a_journal_nothing_is_deployed_if_one_is_required() {
    let (sandbox, folder) = (Sandbox::scripted(0.05, COUNT), Folder::of(&["shop"]));
    folder.write("state", "a file");
    let ended = command(&sandbox, &folder, "--yes --require-journal")
        .run()
        .expect(1);
    let says = "error: nothing was deployed: the journal cannot be written: ";
    assert!(ended.err.starts_with(says), "{}", ended.err);
    assert!(uploads(&sandbox).is_empty());
    folder.write("run.jsonl", "");
    let ended = command(&sandbox, &folder, "--yes --journal run.jsonl")
        .run()
        .expect(64);
    assert!(
        ended.err.starts_with("error: --journal run.jsonl exists; "),
        "{}",
        ended.err
    );
}

#[test]
fn what_a_killed_run_left_in_flight_is_cancelled() {
    let (sandbox, folder) = (Sandbox::start(20.0), Folder::of(&["shop", "blog < shop"]));
    killed(&sandbox, &folder);
    let idle = command(&sandbox, &folder, "cancel blog").run().expect(0);
    let says = " has no deployment of blog in flight.\n";
    assert!(idle.err.ends_with(says), "{}", idle.err);
    let misspelled = || {
        let ended = command(&sandbox, &folder, "cancel shap").run().expect(64);
        assert!(ended.err.contains("did you mean `shop`?"), "{}", ended.err);
    };
    misspelled();
    let manifest = folder.read("projects.toml");
    folder.write(
        "projects.toml",
        &manifest.replace("\"shop\"", "\"bookshop\""),
    );
    let gone = command(&sandbox, &folder, "cancel").run().expect(1);
    let says = "shop: not cancelled: it is no longer in the manifest (";
    assert!(gone.err.starts_with(says), "{}", gone.err);
    folder.write("projects.toml", &manifest);
    let ended = command(&sandbox, &folder, "cancel shop").run().expect(0);
    assert!(ended.err.contains("\nshop: cancelled ("), "{}", ended.err);
    misspelled();
    let again = command(&sandbox, &folder, "cancel shop").run().expect(0);
    let says = " has no deployment of shop in flight.\n";
    assert!(again.err.ends_with(says), "{}", again.err);
    let none = command(&sandbox, &folder, "cancel").run().expect(0);
    assert!(
        none.err.ends_with("has no deployment in flight.\n"),
        "{}",
        none.err
    );
    let shown = command(&sandbox, &folder, "runs show --format json").run();
    let report: serde_json::Value = serde_json::from_str(&shown.expect(0).out).unwrap();
    assert_eq!(
        results(&report),
        [
            "shop cancelled interrupted",
            "blog interrupted run_not_finished"
        ]
    );
    let mut resumed = command(&sandbox, &folder, "resume --message-format json").start();
    resumed.event("project.submitted");
}

#[test]
fn earlier_runs_are_listed_shown_reported_and_removed() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop", "blog"]));
    command(
        &sandbox,
        &folder,
        "--yes --report-file first.json,first.csv,first.xml,first.md,first.html",
    )
    .run()
    .expect(0);
    let again = "runs report -o again.json -o again.csv -o again.xml -o again.md -o again.html";
    command(&sandbox, &folder, again).run().expect(0);
    for format in ["json", "csv", "xml", "md", "html"] {
        let [first, again] =
            ["first", "again"].map(|name| folder.read(&format!("{name}.{format}")));
        assert_eq!(first, again);
    }
    let listed = command(&sandbox, &folder, "runs list").run().expect(0).out;
    let line = listed.lines().nth(1).unwrap();
    assert!(line.contains(" deploy   succeeded  2/2 "), "{listed}");
    let shown = command(&sandbox, &folder, "runs show").run().expect(0).out;
    let (head, summary) = shown.split_once("\n\n").unwrap();
    assert!(
        head.starts_with("run ") && head.contains(": deploy of projects.toml, started "),
        "{head}"
    );
    assert!(head.ends_with(", succeeded"), "{head}");
    assert!(summary.starts_with("✓ 2 succeeded: 2 created\n"), "{shown}");
    command(&sandbox, &folder, "--yes").run().expect(0);
    let pruned = command(&sandbox, &folder, "runs prune --keep 1")
        .run()
        .expect(0);
    let removed = pruned.err.strip_prefix("Removed 1 journal:\n  ").unwrap();
    assert!(!Path::new(removed.trim_end()).exists(), "{removed}");
    let pruned = command(&sandbox, &folder, "runs prune --keep 1").run();
    assert_eq!(pruned.expect(0).err, "No journals removed.\n");
    assert_eq!(
        command(&sandbox, &folder, "runs list")
            .run()
            .out
            .lines()
            .count(),
        2
    );
}

#[test]
fn a_run_of_the_same_project_waits_for_the_other_and_one_of_another_project_does_not() {
    let (sandbox, folder) = (Sandbox::start(2.0), Folder::of(&["shop", "blog"]));
    let mut first = command(&sandbox, &folder, "--yes --only shop --message-format json").start();
    first.event("project.submitted");
    let failed = command(&sandbox, &folder, "--yes --if-running fail")
        .run()
        .expect(75);
    assert!(
        failed
            .err
            .contains("which deploys 1 project of this run, is in progress"),
        "{}",
        failed.err
    );
    let mut second = command(&sandbox, &folder, "--yes --only shop").start();
    second.says("Waiting for run ");
    command(&sandbox, &folder, "--yes --only blog")
        .run()
        .expect(0);
    let ended: Ended = first.end();
    ended.expect(0);
    second.end().expect(0);
}

#[test]
fn a_run_in_progress_is_shown_as_such_and_not_to_be_resumed() {
    let (sandbox, folder) = (Sandbox::start(2.0), Folder::of(&["shop", "blog"]));
    let mut first = command(&sandbox, &folder, "--yes -j 1 --message-format json").start();
    first.event("project.submitted");
    let shown = command(&sandbox, &folder, "runs show").run().expect(0).out;
    assert!(shown.contains(", running\n"), "{shown}");
    assert!(
        shown.contains("the run has not finished; nothing was sent"),
        "{shown}"
    );
    assert!(!shown.contains("a signal interrupted the run"), "{shown}");
    assert!(!shown.contains("resume"), "{shown}");
    let ended: Ended = first.end();
    ended.expect(0);
}

/// A run on a disk that is full: no file grows beyond this many blocks.
fn on_a_full_disk(sandbox: &Sandbox, folder: &Folder, blocks: usize) -> Ended {
    let limited = format!("ulimit -f {blocks}; exec env --ignore-signal=XFSZ \"$0\" \"$@\"");
    orchestrate("--yes --journal run.jsonl")
        .env("CHECKLY_API_URL", &sandbox.url)
        .env("ORCHESTRATE_STATE_DIR", "/dev/null")
        .within(folder.path())
        .through_a_shell(&limited)
        .run()
        .expect(0)
}

#[test]
fn a_journal_without_a_plan_is_not_said_to_be_of_a_run_that_sent_nothing() {
    let names: Vec<String> = (0..20).map(|nth| format!("project-{nth}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (sandbox, folder) = (Sandbox::scripted(0.05, COUNT), Folder::of(&names));
    on_a_full_disk(&sandbox, &folder, 2);
    assert_eq!(folder.read("run.jsonl").lines().count(), 1);
    assert_eq!(uploads(&sandbox).len(), 20);
    let ended = command(&sandbox, &folder, "resume run.jsonl").run();
    assert_eq!(
        ended.expect(1).err,
        "error: the run cannot be resumed: its journal ends before the run began; start a new run\n"
    );
}

#[test]
fn a_journal_that_cannot_grow_is_a_warning_and_what_is_in_it_is_resumed() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop", "blog"]));
    let ended = on_a_full_disk(&sandbox, &folder, 5);
    let warning = "this run cannot be resumed: its journal cannot be written: file too large";
    assert!(ended.err.contains(warning), "{}", ended.err);
    assert!(folder.read("run.jsonl").ends_with('\n'));
    let resumed = command(&sandbox, &folder, "resume run.jsonl --message-format json").run();
    let report = resumed.expect(0).report();
    assert_eq!(results(&report), ["shop succeeded -", "blog succeeded -"]);
}

#[test]
fn without_a_manifest_here_no_run_of_another_one_is_touched() {
    let (sandbox, folder) = (Sandbox::scripted(2.0, COUNT), Folder::of(&["shop"]));
    killed(&sandbox, &folder);
    let elsewhere = Folder::empty();
    for words in ["resume", "cancel", "runs show"] {
        let program = command(&sandbox, &folder, words).within(elsewhere.path());
        let err = program.run().expect(64).err;
        assert!(
            err.starts_with("error: no projects.toml in this directory or above\n"),
            "{err}"
        );
    }
    assert_eq!(uploads(&sandbox), ["shop deploy 1"]);
}

/// The command finds the run, in a directory whose name has a space.
#[test]
fn the_printed_command_finishes_a_run_in_another_state_directory() {
    let once = "[[rule]]\non = 'deploy'\ntimes = 1\nfault.status = { code = 400 }\n";
    let (sandbox, folder) = (Sandbox::scripted(0.05, once), Folder::of(&["shop"]));
    let elsewhere = folder.file("other state");
    let with_flag = |words: &str| {
        let program = command(&sandbox, &folder, words);
        program.arg("--state-dir").arg(&elsewhere)
    };
    let failed = with_flag("--yes").run().expect(1);
    let shown = with_flag("runs show").run().expect(0);
    let command_of = |text: &str| {
        let mut lines = text.lines();
        lines.find(|line| *line == "To finish this run:").unwrap();
        lines.next().unwrap().trim_start().to_owned()
    };
    let printed = command_of(&shown.out);
    assert_eq!(printed, command_of(&failed.err));
    let script = printed.replace("orchestrate ", "exec \"$0\" ");
    let resumed = command(&sandbox, &folder, "")
        .through_a_shell(&script)
        .run();
    let err = resumed.expect(0).err;
    assert!(
        err.starts_with("Resuming the deployment of projects.toml (run "),
        "{err}"
    );
}

#[test]
fn a_pipe_gets_ascii_in_a_locale_without_more() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop"]));
    let run = |locale: &str| {
        let program = command(&sandbox, &folder, "--yes").env("LC_ALL", locale);
        program.run().expect(0).err
    };
    assert!(run("C").is_ascii());
    assert!(run("C.UTF-8").contains(" · deploying 1 project to "));
}
