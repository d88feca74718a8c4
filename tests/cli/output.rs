//! Closed streams, full disks, and reports to streams.

use super::api::Sandbox;
use super::folder::Folder;
#[cfg(target_os = "linux")]
use super::program::full;
use super::program::orchestrate;
use serde_json::Value;
use std::io::{BufRead, BufReader};
#[cfg(target_os = "linux")]
use std::io::{Read, Write};
use std::os::fd::OwnedFd;

#[test]
fn a_closed_pipe_does_not_stop_the_run() {
    let sandbox = Sandbox::start(0.05);
    let folder = Folder::of(&["shop", "search < shop"])
        .with("[hooks]\npre = ['sh', '-c', 'until [ -e go ]; do sleep 0.02; done']");
    let (reader, writer) = std::io::pipe().unwrap();
    let run = orchestrate("--yes --message-format json --report-file x.json --api-url")
        .arg(&sandbox.url)
        .within(folder.path())
        .start_into(OwnedFd::from(writer).into());
    let mut first = String::new();
    BufReader::new(reader).read_line(&mut first).unwrap(); // and leaves, as `| head -1` does
    folder.write("go", "");
    assert!(first.contains("run.started"), "{first}");
    let ended = run.end().expect(1);
    assert_eq!(folder.json("x.json")["counts"]["succeeded"], 2);
    assert!(
        ended
            .err
            .contains("error: cannot write the events to standard output: broken pipe"),
        "{}",
        ended.err
    );
}

#[test]
#[cfg(target_os = "linux")] // which has /dev/full
fn events_that_cannot_be_written_fail_the_run_at_its_end() {
    let folder = Folder::of(&["shop"]);
    let ended =
        orchestrate("--sandbox --time-scale 0.05 --message-format json --report-file x.json")
            .within(folder.path())
            .stdout_to(full())
            .expect(1);
    assert_eq!(folder.json("x.json")["result"], "succeeded");
    assert!(
        ended.err.contains("no space left on device"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("1 project: 1 succeeded"),
        "{}",
        ended.err
    );
}

#[test]
#[cfg(target_os = "linux")] // which has /dev/full
fn a_closed_standard_output_is_fine_if_unused() {
    let folder = Folder::of(&["shop"]);
    orchestrate("--sandbox --time-scale 0.05")
        .within(folder.path())
        .stdout_to(full())
        .expect(0);
}

#[test]
#[cfg(target_os = "linux")] // which has /dev/full
fn a_report_on_a_full_disk_fails_the_run() {
    let folder = Folder::of(&["shop"]);
    let ended = orchestrate("--sandbox --time-scale 0.05 --report-file /dev/full")
        .within(folder.path())
        .run()
        .expect(1);
    assert!(
        ended.err.contains(
            "error: --report-file /dev/full: cannot write the file: no space left on device"
        ),
        "{}",
        ended.err
    );
}

#[test]
#[cfg(target_os = "linux")] // where a pipe holds 64 KiB
fn a_blocked_pipe_delays_no_deployment() {
    let folder = Folder::of(&["shop", "search < shop"]);
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&[b'\n'; 64 * 1024]).unwrap();
    let mut run = orchestrate("--sandbox --time-scale 0.2 --message-format json")
        .within(folder.path())
        .start_into(OwnedFd::from(writer).into());
    run.says("2 projects: 2 succeeded");

    let read = std::thread::spawn(move || {
        let mut events = String::new();
        reader.read_to_string(&mut events).map(|_| events)
    });
    run.end().expect(0);
    let events = read.join().unwrap().unwrap();
    let last: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert_eq!(last["type"], "run.finished");
}

#[test]
fn a_report_can_go_to_standard_output() {
    let folder = Folder::of(&["shop"]);
    let ended = orchestrate("--sandbox --time-scale 0.05 -q --report-file /dev/stdout")
        .within(folder.path())
        .run()
        .expect(0);
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(report["result"], "succeeded");

    // Even if the stream is a file without an extension.
    let file = std::fs::File::create(folder.file("standard-output")).unwrap();
    orchestrate("--sandbox --time-scale 0.05 -q --report-file /dev/stdout")
        .within(folder.path())
        .stdout_to(file)
        .expect(0);
    assert_eq!(folder.json("standard-output")["result"], "succeeded");
}

#[test]
fn a_report_replaces_an_older_one() {
    let folder = Folder::of(&["shop"]);
    folder.write("x.json", &"old ".repeat(10_000));
    orchestrate("--sandbox --time-scale 0.05 --report-file x.json")
        .within(folder.path())
        .run()
        .expect(0);
    assert_eq!(folder.json("x.json")["result"], "succeeded");
}

#[test]
fn a_list_that_is_not_read_to_the_end_is_not_an_error() {
    // Larger than a pipe's buffer, so the program sees that the pipe is closed.
    let lines: Vec<String> = (0..1000)
        .map(|nth| format!("{}-{nth}", "x".repeat(100)))
        .collect();
    let names: Vec<&str> = lines.iter().map(String::as_str).collect();
    let folder = Folder::of(&names);
    let mut run = orchestrate("list").within(folder.path()).start();
    run.stop_listening();
    let ended = run.end().expect(0);
    assert_eq!(ended.err, "");
}

#[test]
#[cfg(target_os = "linux")]
fn a_list_that_cannot_be_written_is_an_error() {
    let folder = Folder::of(&["shop"]);
    let ended = orchestrate("list")
        .within(folder.path())
        .stdout_to(full())
        .expect(1);
    assert!(
        ended.err.contains("no space left on device"),
        "{}",
        ended.err
    );
}

#[test]
fn color_is_used_only_if_requested() {
    let folder = Folder::of(&["shop"]);
    let shown = |flags: &str, variable: &str| {
        orchestrate(&format!("--sandbox --time-scale 0.05 {flags}"))
            .env(variable, "1")
            .within(folder.path())
            .run()
            .expect(0)
            .err
            .contains('\u{1b}')
    };
    assert!(!shown("", "UNHEARD_OF"));
    assert!(shown("--color always", "UNHEARD_OF"));
    assert!(shown("", "CLICOLOR_FORCE"));
    assert!(!shown("--color never", "CLICOLOR_FORCE"));
    assert!(shown("--color always", "NO_COLOR"));
}

/// The events of this run do not fit into a pipe.
#[test]
fn output_that_is_not_read_keeps_neither_the_process_nor_the_report() {
    let sandbox = Sandbox::start(0.05);
    let names: Vec<String> = (0..100).map(|n| format!("project-{n}")).collect();
    let folder = Folder::of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let (_unread, stdout) = std::io::pipe().unwrap();
    let (_unread, stderr) = std::io::pipe().unwrap();
    let mut command = orchestrate("--yes -v --message-format json --report-file r.json --api-url")
        .arg(&sandbox.url)
        .within(folder.path())
        .into_command();
    let status = command.stdout(stdout).stderr(stderr).status().unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(folder.json("r.json")["counts"]["succeeded"], 100);
}

#[test]
fn projects_wait_if_only_few_files_may_be_open() {
    let sandbox = Sandbox::start(0.2);
    let names: Vec<String> = (0..100).map(|n| format!("project-{n}")).collect();
    let folder = Folder::of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let ended = orchestrate("--yes -j 100 --message-format json --api-url")
        .arg(&sandbox.url)
        .within(folder.path())
        .through_a_shell("ulimit -n 64; exec \"$0\" \"$@\"")
        .run()
        .expect(0);
    assert_eq!(ended.report()["counts"]["succeeded"], 100);
    let said = "this process may open 64 files";
    assert!(ended.err.contains(said), "{}", ended.err);
}
