//! What is written for programs, and what happens when nobody reads.

use super::script::Script;
use super::*;
use crate::ui::Ndjson;

/// Refuses every byte, like a pipe whose reader went away.
struct Broken;

impl std::io::Write for Broken {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_goes_away_is_remembered_and_ends_nothing() {
    let mut json = Ndjson::new(Broken);
    let size = || Size {
        columns: 80,
        rows: 24,
    };
    let mut human = Human::new(Broken, PLAIN, size);
    assert!(json.error().is_none() && human.error().is_none());
    for event in eventful() {
        json.event(&event);
        human.event(&event);
    }
    let broken = Some(std::io::ErrorKind::BrokenPipe);
    assert_eq!(json.error().map(std::io::Error::kind), broken);
    assert_eq!(human.error().map(std::io::Error::kind), broken);
}

#[test]
fn ndjson_is_one_event_a_line_as_the_contract_has_it() {
    let mut out = Vec::new();
    let mut json = Ndjson::new(&mut out);
    let mut script = Script::new(&["checkout"]);
    script
        .at(123)
        .accepted("checkout", "dep-1")
        .progress("checkout", 40);
    script.conflict("checkout", "dep-0", OnConflict::Cancel);
    script.interrupted("SIGINT", 1, "drain", &["checkout"]);
    let run = script
        .succeeded("checkout", 100, [1, 0, 0, 0])
        .over(RunResult::Succeeded);
    for event in &run {
        json.event(event);
    }
    let text = String::from_utf8(out).unwrap();
    assert!(text.lines().any(|line| line
        == r#"{"v":1,"seq":5,"ts":"2026-11-22T18:17:00.123Z","run":"0193-run","project":"checkout","type":"project.progress","data":{"percent":40}}"#));
    let read: Vec<RunEvent> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(read, run);
    insta::assert_snapshot!(text);
}
