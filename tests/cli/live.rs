//! The view of a run on a terminal: keys, signals, log lines, and what is left of the terminal afterwards.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Program, orchestrate};
use super::terminal::Seat;

/// A deployment that takes some seconds.
fn slow(sandbox: &Sandbox, flags: &str) -> (Program, Folder) {
    let folder = Folder::of(&["first", "second", "third < first"]).checks("first", 40);
    let program = orchestrate(&format!("deploy --yes --color never {flags} --api-url"));
    (program.arg(&sandbox.url).within(folder.path()), folder)
}

/// What an emulated terminal shows in the end, with its history.
fn screen(seen: &str) -> String {
    let (rows, columns) = (1000.try_into().unwrap(), 80.try_into().unwrap());
    let mut terminal = vt100::Parser::new(rows, columns, 0);
    terminal.process(seen.as_bytes());
    terminal.screen().contents()
}

#[test]
fn keys_change_the_view_and_the_terminal_is_restored() {
    let sandbox = Sandbox::start(1.0);
    let (program, _folder) = slow(&sandbox, "");
    let mut seat = Seat::start(program);
    seat.sees("? for help");
    assert!(!seat.is_restored(), "keys are not echoed");
    seat.types("?");
    seat.sees("t details · Enter print the state");
    seat.types("t");
    seat.sees("third   queued");
    seat.types("\r");
    seat.sees("1 queued: ");
    seat.sees("3 projects: 3 succeeded ·");
    assert!(seat.is_restored());
    let (code, seen, _) = seat.end();
    let screen = screen(&seen);
    assert_eq!(code, 0, "{screen}");
    assert!(
        !screen.contains('━') && !screen.contains("t details"),
        "{screen}"
    );
}

#[test]
fn ctrl_c_is_still_a_signal_and_the_terminal_is_restored() {
    let sandbox = Sandbox::start(1.0);
    let (program, _folder) = slow(&sandbox, "--on-interrupt detach");
    let mut seat = Seat::start(program);
    seat.sees("? for help");
    seat.interrupt();
    seat.sees("interrupted by a signal");
    assert!(seat.is_restored());
    assert_eq!(seat.end().0, 130);
}

#[test]
fn ctrl_z_restores_the_terminal_and_fg_goes_on_with_the_view() {
    let sandbox = Sandbox::start(1.0);
    let (program, _folder) = slow(&sandbox, "");
    let mut seat = Seat::start(program);
    seat.sees("? for help");
    seat.signal("TSTP");
    seat.stops();
    assert!(seat.is_restored());
    seat.signal("CONT");
    seat.types("?");
    seat.sees("? hide this");
    let (code, seen, _) = seat.end();
    assert_eq!(code, 0, "{}", screen(&seen));
}

#[test]
fn sigusr1_prints_the_state_of_a_run_to_a_pipe_and_ends_nothing() {
    let sandbox = Sandbox::start(1.0);
    let (program, _folder) = slow(&sandbox, "--message-format json -q");
    let mut run = program.start();
    run.event("project.submitted");
    run.signal("USR1");
    run.says("3 projects: ");
    run.says("  third   queued");
    run.end().expect(0);
}

#[test]
fn log_lines_are_whole_and_above_the_block() {
    let sandbox = Sandbox::start(0.5);
    let (program, _folder) = slow(&sandbox, "");
    let program = program
        .env("RUST_LOG", "orchestrate=debug")
        .env("NO_COLOR", "1");
    let (code, seen, _) = Seat::start(program).end();
    let screen = screen(&seen);
    assert_eq!(code, 0, "{screen}");
    let logged: Vec<&str> = screen.lines().filter(|it| it.contains(" DEBUG ")).collect();
    assert!(logged.len() > 3, "{screen}");
    for line in logged {
        assert!(line.starts_with("20"), "{line}\n\n{screen}");
    }
    assert!(!screen.contains('━'), "{screen}");
}

/// They would tear each other apart.
#[test]
fn with_events_on_the_same_terminal_there_is_no_block() {
    let sandbox = Sandbox::start(0.2);
    let (program, _folder) = slow(&sandbox, "--message-format json --progress bar");
    let (code, seen, _) = Seat::start_with_output(program).end();
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains('━') && !seen.contains("\u{1b}[J"), "{seen}");
    assert!(seen.contains("{\"v\":2,"), "{seen}");
}

#[test]
fn the_reports_are_named_on_a_terminal_unless_the_run_is_quiet() {
    for (flags, is_named) in [("", true), ("-q", false)] {
        let sandbox = Sandbox::start(0.05);
        let folder = Folder::of(&["shop"]);
        let reports = "--report-file run.html,run.md --report-file /dev/null";
        let program = orchestrate(&format!("--yes {reports} {flags} --api-url"));
        let program = program.arg(&sandbox.url).within(folder.path());
        let (code, seen, _) = Seat::start(program).end();
        assert_eq!(code, 0, "{seen}");
        let line = "\r\nReports: run.html, run.md\r\n";
        assert_eq!(seen.ends_with(line), is_named, "{seen}");
    }
}
