//! Bundling that is stopped, with its child processes, by a time limit or a signal.

use super::api::Witness;
use super::bundling::{nothing_is_left, shop, told, within};
use super::folder::Folder;
use super::program::{Ended, LIMIT, Program, hears_hangups, results};
use std::process::Command;
use std::sync::mpsc::channel;

#[test]
fn a_timeout_stops_the_cli_and_its_child_processes() {
    let script = "sleep 1000 & echo $! >child; echo $$ >leader; wait";
    let folder = shop(script, "bundle_timeout = '2s'");
    insta::assert_snapshot!(told(&folder, 1), @r"
    ✗ shop failed
        why         bundling exceeded bundle_timeout; nothing was sent
        error       bundling exceeded its time limit of 2s and was stopped
        next        find out why bundling takes so long, or raise bundle_timeout;
                    then resume the run
    ");
    processes_have_ended(&folder);
}

#[test]
fn ctrl_c_during_bundling_stops_the_cli_and_its_child_processes() {
    let mut signals = vec![("INT", 130), ("TERM", 143)];
    if hears_hangups() {
        signals.push(("HUP", 129));
    }
    for (name, code) in signals {
        let witness = Witness::new();
        let folder = during_bundling();
        let run = within(&folder, "--message-format json --api-url").arg(witness.url());
        let ended = stopped_by(name, &folder, run).expect(code);
        assert_eq!(results(&ended.report()), ["shop interrupted interrupted"]);
        assert!(witness.saw_nobody());
        processes_have_ended(&folder);
        nothing_is_left(&folder);
    }
}

#[test]
fn ctrl_c_during_validate_stops_the_cli_and_its_child_processes() {
    let folder = during_bundling();
    let run = within(&folder, "validate --bundle");
    let ended = stopped_by("INT", &folder, run).expect(130);
    assert_eq!(ended.err, "interrupted\n");
    processes_have_ended(&folder);
    nothing_is_left(&folder);
}

/// A project whose CLI starts a child process, prints a line, and does not exit.
fn during_bundling() -> Folder {
    let script = "sleep 1000 & echo $! >child; echo $$ >leader; echo >started; wait";
    let folder = shop(script, "");
    let made = Command::new("mkfifo")
        .arg(folder.file("shop/started"))
        .status();
    assert!(made.unwrap().success());
    folder
}

/// Sends a signal to a run after its CLI has started.
fn stopped_by(signal: &str, folder: &Folder, run: Program) -> Ended {
    let run = run.start();
    let pipe = folder.file("shop/started");
    let (sender, receiver) = channel();
    std::thread::spawn(move || sender.send(std::fs::read(pipe)));
    receiver.recv_timeout(LIMIT).unwrap().unwrap();
    run.signal(signal);
    run.end()
}

/// Asserts it for the process ids that the script has written.
#[track_caller]
fn processes_have_ended(folder: &Folder) {
    for name in ["leader", "child"] {
        let id = folder.read(&format!("shop/{name}"));
        // A zombie exists until its parent has waited for it.
        let asked = Command::new("ps")
            .args(["-o", "stat=", "-p", id.trim()])
            .output()
            .unwrap();
        let state = String::from_utf8(asked.stdout).unwrap();
        assert!(
            state.is_empty() || state.starts_with('Z'),
            "{name} {id} is {state}"
        );
    }
}
