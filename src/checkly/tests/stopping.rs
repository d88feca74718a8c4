//! Stopping leaves no process behind and does not wait for unresponsive ones.

use super::*;
use crate::process::BUNDLING;
use std::fs::File;
use std::io::Read;
use std::process::Command;
use std::thread;

/// Opens a pipe that a script writes to: waits for its first words, returns the rest. It ends when every process that
/// has it open has ended.
fn pipe(project: &Project) -> std::path::PathBuf {
    let pipe = project.directory.dir.join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    pipe
}

/// Bundles in another thread, stops that when the script signals it, and returns the script's later output.
fn stopped(script: &str, timing: Timing) -> (BundlingError, String) {
    let project = Project::new(script);
    let (pipe, token) = (pipe(&project), CancellationToken::default());
    thread::scope(|scope| {
        let making = scope.spawn(|| project.bundling(&token).run_within(timing, online()));
        let mut said = File::open(pipe).unwrap();
        let mut ready = [0; 6];
        said.read_exact(&mut ready).unwrap();
        assert_eq!(&ready, b"ready\n");
        token.cancel();
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        (making.join().unwrap().unwrap_err(), rest)
    })
}

#[test]
fn a_stop_ends_the_cli_with_everything_it_has_started() {
    let (error, rest) = stopped(
        r#"
        exec 9> pipe
        echo "Parsing your project..."
        (sleep 1000; echo survived >&9) &
        echo ready >&9
        sleep 1000; echo survived >&9"#,
        BUNDLING,
    );
    assert!(matches!(error.cause(), Cause::Stopped), "{error}");
    assert_eq!(error.output(), Some("Parsing your project..."));
    assert_eq!(rest, "");
}

#[test]
fn a_process_that_ignores_the_request_to_end_is_killed() {
    let (error, rest) = stopped(
        r#"
        trap '' TERM
        exec 9> pipe
        echo ready >&9
        n=0; while [ $n -lt 1000 ]; do sleep 1; n=$((n + 1)); done; echo survived >&9"#,
        SHORT,
    );
    assert!(matches!(error.cause(), Cause::Stopped), "{error}");
    assert_eq!(rest, "");
}

#[test]
fn a_process_that_handles_the_request_may_clean_up() {
    let (_, rest) = stopped(
        r#"
        trap 'echo tidied >&9; exit 1' TERM
        exec 9> pipe
        echo ready >&9
        sleep 1000 & wait"#,
        BUNDLING,
    );
    assert_eq!(rest, "tidied\n");
}

#[test]
fn a_bundling_stopped_before_its_start_ends_at_once() {
    let (project, token) = (Project::new("sleep 1000"), CancellationToken::default());
    token.clone().cancel();
    let made = project.bundling(&token).run_within(BUNDLING, online());
    assert!(matches!(made.unwrap_err().cause(), Cause::Stopped));
}

#[test]
fn processes_left_running_by_a_successful_cli_are_killed() {
    let project = Project::new(
        r#"
        exec 9> pipe
        (sleep 1000; echo survived >&9) &
        echo x > "$bundle""#,
    );
    let pipe = pipe(&project);
    thread::scope(|scope| {
        let making = scope.spawn(|| project.make());
        let mut said = String::new();
        File::open(pipe).unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said, "");
        making.join().unwrap().unwrap();
    });
}

#[test]
fn a_cli_that_hangs_after_its_bundle_is_complete_is_not_waited_for() {
    let project = Project::new(r#"printf '{"project": {}}' > "$bundle"; sleep 1000"#);
    let made = project.make().unwrap();
    assert_eq!(fs::read(made.bundle()).unwrap(), br#"{"project": {}}"#);
}

/// A script that runs for much longer than these tests wait, and signals when it is done.
const GOES_ON: &str = "n=0; while [ $n -lt 50 ]; do /bin/true; n=$((n + 1)); done; touch done";

#[test]
fn an_incomplete_bundle_is_waited_for() {
    let (half, rest) = (
        r#"printf '{"a": 1' > "$bundle""#,
        r#"printf '}' >> "$bundle""#,
    );
    let project = Project::new(&format!("{half}\n{GOES_ON}\n{rest}"));
    let made = project.make().unwrap();
    assert_eq!(fs::read(made.bundle()).unwrap(), br#"{"a": 1}"#);
}

#[test]
fn a_command_is_waited_for_even_when_its_bundle_is_complete() {
    let script = format!("printf '{{}}' > \"$ORCHESTRATE_BUNDLE_FILE\"\n{GOES_ON}");
    let project = Project::with_command(&script, &["sh", "fake.sh"]);
    project.make().unwrap();
    assert_eq!(project.noted("done"), "");
}
