//! One, two, and three signals; and a server that fails.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Ended, Running, orchestrate, results};

/// A run after its first deployment was accepted; the second project waits for it.
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

/// Sends the signal, and waits for the message about its effect.
fn signal(run: &mut Running, name: &str, step: &str) {
    run.signal(name);
    let event = run.event("run.interrupted");
    assert_eq!(event["data"]["step"], step);
    assert_eq!(event["data"]["signal"], format!("SIG{name}"));
}

/// The results, which must equal those in the report file.
#[track_caller]
fn interrupted(ended: &Ended, folder: &Folder) -> Vec<String> {
    let report = ended.report();
    assert_eq!(report, folder.json("x.json"));
    assert_eq!(report["result"], "interrupted");
    assert_eq!(report["exit_code"], ended.code());
    results(&report)
}

#[test]
fn one_ctrl_c_drains() {
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
fn a_second_signal_cancels_running_deployments() {
    let sandbox = Sandbox::start(1.0);
    let folder = Folder::of(&["first", "second < first"]).checks("first", 200);
    let (mut run, _) = under_way(&sandbox, &folder, "");
    signal(&mut run, "INT", "drain");
    signal(&mut run, "TERM", "cancel");
    let ended = run.end().expect(130);
    assert_eq!(
        interrupted(&ended, &folder),
        [
            "first cancelled interrupted",
            "second interrupted interrupted"
        ]
    );
    // It is cancelled on the server, too.
    under_way(&sandbox, &folder, "--on-conflict fail");
}

#[test]
fn a_third_signal_leaves_deployments_running_and_names_them() {
    let sandbox = Sandbox::start(10.0);
    let folder = Folder::of(&["first", "second < first"]).checks("first", 20);
    let (mut run, id) = under_way(&sandbox, &folder, "");
    signal(&mut run, "INT", "drain");
    signal(&mut run, "TERM", "cancel");
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
fn on_interrupt_sets_the_first_step() {
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
fn sigterm_does_the_same_with_its_own_exit_code() {
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

/// Their default would end the program without its report.
#[test]
fn sigquit_ends_a_run_like_sigterm() {
    let sandbox = Sandbox::start(2.0);
    let folder = Folder::of(&["first", "second < first"]);
    let (mut run, _) = under_way(&sandbox, &folder, "");
    signal(&mut run, "QUIT", "drain");
    let ended = run.end().expect(131);
    assert_eq!(
        interrupted(&ended, &folder),
        ["first succeeded -", "second interrupted interrupted"]
    );
}

#[test]
fn a_signal_before_the_run_ends_the_program() {
    // Larger than a pipe's buffer: once it is written, the program is reading and waits for more.
    let manifest = "# a comment\n".repeat(20_000);
    let run = orchestrate("--sandbox -c -")
        .endless_stdin(&manifest)
        .start();
    // Not SIGINT: shells start background processes with it ignored.
    run.signal("TERM");
    run.end().expect(143);
}

#[test]
fn a_server_failure_names_deployments_that_may_still_run() {
    let sandbox = Sandbox::start(20.0);
    let folder = Folder::of(&["first", "second < first", "third"]).with(
        "[defaults]\nretries = { count = 2, delay = '10ms', max_delay = '20ms', jitter = false }\noutage_limit = '0s'",
    );
    let (mut run, id) = under_way(&sandbox, &folder, "--only first --with-dependents");
    sandbox.process.signal("KILL");
    run.event("account.unavailable");
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
fn a_signal_stops_the_sandbox() {
    for name in ["INT", "TERM"] {
        let sandbox = Sandbox::start(1.0);
        sandbox.process.signal(name);
        sandbox.process.end().expect(0);
    }
}
