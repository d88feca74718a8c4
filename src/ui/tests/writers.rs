//! Output for programs, and closed pipes.

use super::script::Script;
use super::*;
use crate::ui::Ndjson;
use std::io::{self, Write};

/// Fails the first write, like a closed pipe, and accepts all later ones.
#[derive(Default)]
struct Shaky {
    refused: bool,
    taken: Vec<u8>,
    flushed: usize,
}

impl Write for Shaky {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !std::mem::replace(&mut self.refused, true) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.taken.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed += 1;
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_reported_and_stops_nothing() {
    let mut shaky = Shaky::default();
    let mut json = Ndjson::new(&mut shaky);
    let size = || Size {
        columns: 80,
        rows: 24,
    };
    let mut human = Human::new(Shaky::default(), PLAIN, size);
    assert!(json.error().is_none() && human.error().is_none());
    for event in eventful() {
        json.event(&event);
        human.event(&event);
    }
    let broken = Some(io::ErrorKind::BrokenPipe);
    assert_eq!(json.error().map(io::Error::kind), broken);
    assert_eq!(human.error(), broken);
    assert_eq!(shaky.taken, b"", "nothing is written after an error");
    assert_eq!(human.into_inner().taken, b"");
}

#[test]
fn every_event_is_flushed() {
    let mut out = Shaky {
        refused: true,
        ..Shaky::default()
    };
    let mut json = Ndjson::new(&mut out);
    for event in eventful() {
        json.event(&event);
    }
    assert_eq!(out.flushed, eventful().len());
}

#[test]
fn ndjson_is_one_event_per_line_as_in_the_contract() {
    let mut out = Vec::new();
    let mut json = Ndjson::new(&mut out);
    let mut script = Script::new(&["checkout"]);
    script
        .at(123)
        .accepted("checkout", "dep-1")
        .progress("checkout", 40);
    script.conflict("checkout", "dep-0", OnConflict::Cancel);
    script.interrupted(Signal::Sigint, 1, OnInterrupt::Drain, &["checkout"]);
    let run = script
        .succeeded("checkout", 100, [1, 0, 0, 0])
        .over(RunResult::Succeeded);
    for event in &run {
        json.event(event);
    }
    let text = String::from_utf8(out).unwrap();
    assert!(text.lines().any(|line| line
        == r#"{"v":2,"seq":6,"ts":"2026-11-22T18:17:00.123Z","run":"0193-run","project":"checkout","type":"project.progress","data":{"percent":40}}"#));
    let read: Vec<RunEvent> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(read, run);
    insta::assert_snapshot!(text);
}
