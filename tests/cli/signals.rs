//! Ctrl-C once, twice, three times; polite kills; and a server that goes away.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Ended, Running, orchestrate, results};

/// A run whose first project has been accepted; the second waits for it.
fn under_way(sandbox: &Sandbox, folder: &Folder, flags: &str) -> (Running, String) {
    let mut run = orchestrate(&format!(
        "{flags} --message-format json --report-file x.json --api-url"
    ))
    .arg(&sandbox.url)
    .within(folder.path())
    .start();
    let id = run.event("project.submitted")["data"]["deployment_id"].clone();
    (run, id.as_str().unwrap().to_owned())
}

/// Sends the signal, and waits until it is said what that does.
fn signal(run: &mut Running, name: &str, step: &str) {
    run.signal(name);
    let event = run.event("run.interrupted");
    assert_eq!(event["data"]["step"], step);
    assert_eq!(event["data"]["signal"], format!("SIG{name}"));
}

/// The results, which the report file holds too.
#[track_caller]
fn interrupted(ended: &Ended, folder: &Folder) -> Vec<String> {
    let report = ended.report();
    assert_eq!(report, folder.json("x.json"));
    assert_eq!(report["result"], "interrupted");
    assert_eq!(report["exit_code"], ended.code());
    results(&report)
}

#[test]
fn one_ctrl_c_lets_what_runs_end_and_starts_nothing_new() {
    let sandbox = Sandbox::start(2.0);
    let folder = Folder::of(&["first", "second < first", "third < first"]);
    let (mut run, _) = under_way(&sandbox, &folder, "");
    signal(&mut run, "INT", "drain");
    let ended = run.end().expect(130);
    assert_eq!(
        interrupted(&ended, &folder),
        [
            "first succeeded -",
            "second interrupted interrupted",
            "third interrupted interrupted"
        ]
    );
    assert!(
        ended
            .err
            .contains("waiting for 1 deployment (first) to finish"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("Press Ctrl-C again to cancel"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("! 2 interrupted\n"), "{}", ended.err);
}

#[test]
fn a_second_ctrl_c_cancels_what_runs() {
    let sandbox = Sandbox::start(1.0);
    let folder = Folder::of(&["first", "second < first"]).checks("first", 200);
    let (mut run, _) = under_way(&sandbox, &folder, "");
    signal(&mut run, "INT", "drain");
    signal(&mut run, "INT", "cancel");
    let ended = run.end().expect(130);
    assert_eq!(
        interrupted(&ended, &folder),
        [
            "first cancelled interrupted",
            "second interrupted interrupted"
        ]
    );
    // It is gone from the server too.
    under_way(&sandbox, &folder, "--on-conflict fail");
}

#[test]
fn a_third_ctrl_c_leaves_what_runs_behind_and_says_so() {
    let sandbox = Sandbox::start(10.0);
    let folder = Folder::of(&["first", "second < first"]).checks("first", 20);
    let (mut run, id) = under_way(&sandbox, &folder, "");
    signal(&mut run, "INT", "drain");
    signal(&mut run, "INT", "cancel");
    signal(&mut run, "INT", "detach");
    let ended = run.end().expect(130);
    let results = interrupted(&ended, &folder);
    assert!(results[0].starts_with("first detached "), "{results:?}");
    assert_eq!(results[1], "second interrupted interrupted");
    assert_eq!(folder.json("x.json")["projects"][0]["deployment_id"], *id);
    assert!(
        ended.err.contains(&format!("deployment {id}")),
        "{}",
        ended.err
    );
}

#[test]
fn the_first_step_can_be_chosen() {
    let sandbox = Sandbox::start(1.0);
    let folder = Folder::of(&["first"]).checks("first", 200);
    let (mut run, _) = under_way(&sandbox, &folder, "--on-interrupt cancel");
    signal(&mut run, "INT", "cancel");
    let ended = run.end().expect(130);
    assert_eq!(
        interrupted(&ended, &folder),
        ["first cancelled interrupted"]
    );

    let (mut run, _) = under_way(&sandbox, &folder, "--on-interrupt detach");
    signal(&mut run, "INT", "detach");
    let ended = run.end().expect(130);
    assert_eq!(interrupted(&ended, &folder), ["first detached interrupted"]);
}

#[test]
fn a_polite_kill_does_the_same_and_has_its_own_exit_code() {
    let sandbox = Sandbox::start(2.0);
    let folder = Folder::of(&["first", "second < first"]);
    let (mut run, _) = under_way(&sandbox, &folder, "");
    signal(&mut run, "TERM", "drain");
    let ended = run.end().expect(143);
    assert_eq!(
        interrupted(&ended, &folder),
        ["first succeeded -", "second interrupted interrupted"]
    );
    assert!(
        ended.err.contains("Send the signal again to cancel it"),
        "{}",
        ended.err
    );
}

#[test]
fn the_first_signal_decides_the_exit_code_and_each_is_told_by_its_name() {
    let sandbox = Sandbox::start(1.0);
    let folder = Folder::of(&["first"]).checks("first", 200);
    let (mut run, _) = under_way(&sandbox, &folder, "");
    signal(&mut run, "TERM", "drain");
    signal(&mut run, "INT", "cancel");
    run.end().expect(143);
}

#[test]
fn before_anything_could_be_sent_a_signal_ends_the_program() {
    // More than a pipe holds: once it is written, the program reads, and it waits for more.
    let manifest = "# a comment\n".repeat(20_000);
    let run = orchestrate("--sandbox -c -")
        .endless_stdin(&manifest)
        .start();
    // Not SIGINT: shells start what runs in the background with that one ignored.
    run.signal("TERM");
    run.end().expect(143);
}

#[test]
fn a_server_that_dies_is_told_of_with_what_may_still_run() {
    let sandbox = Sandbox::start(20.0);
    let folder = Folder::of(&["first", "second < first", "third"]).with(
        "[defaults]\nretries = { count = 2, delay = '10ms', max_delay = '20ms', jitter = false }",
    );
    let (mut run, id) = under_way(&sandbox, &folder, "--only first --with-dependents");
    sandbox.process.signal("KILL");
    run.event("project.reconnecting");
    let ended = run.end().expect(75);
    let report = ended.report();
    assert_eq!(report, folder.json("x.json"));
    assert_eq!(
        results(&report),
        [
            "first unavailable connection",
            "second skipped dependency_failed"
        ]
    );
    assert_eq!(report["projects"][0]["deployment_id"], *id);
    assert!(
        ended.err.contains(&format!("deployment {id}")),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("may still be running"), "{}", ended.err);
}

#[test]
fn a_sandbox_ends_when_it_is_told_to() {
    for name in ["INT", "TERM"] {
        let sandbox = Sandbox::start(1.0);
        sandbox.process.signal(name);
        sandbox.process.end().expect(0);
    }
}
