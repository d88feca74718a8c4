//! Nothing is left behind, and nobody is waited for.

use super::*;
use crate::process::PATIENCE;
use std::fs::File;
use std::io::Read;
use std::process::Command;
use std::thread;

/// Opens a pipe that a script writes to: waits for its first words, gives the rest. Its end is the end of all that have
/// it open.
fn pipe(project: &Project) -> std::path::PathBuf {
    let pipe = project.folder.dir.join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    pipe
}

/// Makes a bundle in another thread, stops that once the script says so, and gives what was then still said.
fn stopped(script: &str, patience: Patience) -> (MakeError, String) {
    let project = Project::new(script);
    let (pipe, stop) = (pipe(&project), Stop::default());
    thread::scope(|scope| {
        let making = scope.spawn(|| {
            make_within(
                patience,
                &project.folder,
                online(),
                &project.inherited,
                &[],
                &stop,
            )
        });
        let mut said = File::open(pipe).unwrap();
        let mut ready = [0; 6];
        said.read_exact(&mut ready).unwrap();
        assert_eq!(&ready, b"ready\n");
        stop.stop();
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        (making.join().unwrap().unwrap_err(), rest)
    })
}

#[test]
fn a_stop_ends_the_cli_with_all_that_it_has_started() {
    let (error, rest) = stopped(
        r#"
        exec 9> pipe
        echo "Parsing your project..."
        (sleep 1000; echo survived >&9) &
        echo ready >&9
        sleep 1000; echo survived >&9"#,
        PATIENCE,
    );
    assert!(matches!(error.why(), Why::Stopped), "{error}");
    assert_eq!(error.output(), Some("Parsing your project..."));
    assert_eq!(rest, "");
}

#[test]
fn who_does_not_hear_the_request_to_end_is_killed() {
    let (error, rest) = stopped(
        r#"
        trap '' TERM
        exec 9> pipe
        echo ready >&9
        n=0; while [ $n -lt 1000 ]; do sleep 1; n=$((n + 1)); done; echo survived >&9"#,
        SHORT,
    );
    assert!(matches!(error.why(), Why::Stopped), "{error}");
    assert_eq!(rest, "");
}

#[test]
fn who_hears_it_may_tidy_up() {
    let (_, rest) = stopped(
        r#"
        trap 'echo tidied >&9; exit 1' TERM
        exec 9> pipe
        echo ready >&9
        sleep 1000 & wait"#,
        PATIENCE,
    );
    assert_eq!(rest, "tidied\n");
}

#[test]
fn what_was_told_to_stop_before_it_began_stops_at_once() {
    let (project, stop) = (Project::new("sleep 1000"), Stop::default());
    stop.clone().stop();
    let made = make_within(
        PATIENCE,
        &project.folder,
        online(),
        &project.inherited,
        &[],
        &stop,
    );
    assert!(matches!(made.unwrap_err().why(), Why::Stopped));
}

#[test]
fn what_a_successful_cli_leaves_running_is_ended() {
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
fn a_cli_with_a_complete_bundle_that_does_not_end_is_not_waited_for() {
    let project = Project::new(r#"printf '{"project": {}}' > "$bundle"; sleep 1000"#);
    let made = project.make().unwrap();
    assert_eq!(fs::read(made.bundle()).unwrap(), br#"{"project": {}}"#);
}

/// A script that goes on for far longer than the patience of these tests, and says when it is done.
const GOES_ON: &str = "n=0; while [ $n -lt 50 ]; do /bin/true; n=$((n + 1)); done; touch done";

#[test]
fn a_bundle_that_is_not_complete_is_waited_for() {
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
