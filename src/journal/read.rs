//! Reads a journal. Its process may have been killed at any time: a last line that was cut off is ignored.

use crate::model::{Event, RunEvent};
use crate::os_error::plain;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a journal cannot be used.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("cannot read the journal {}: {}", path.display(), plain(error))]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// A line is not in the format of this program.
    #[error(transparent)]
    Damaged(#[from] DamagedJournal),
}

/// A line that is not in the format of this program.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("the journal is damaged at {}:{line}: {why}", path.display())]
pub struct DamagedJournal {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// The events of a journal, in order. At least one: that of the run's start.
///
/// # Errors
/// The file cannot be read; a line is not an event, or not the next one of the run. Nothing after it could be trusted.
pub fn read(path: &Path) -> Result<Vec<RunEvent>, ReadError> {
    complete(path).map(|(events, _)| events)
}

/// The same, and the size of the complete lines.
pub(super) fn complete(path: &Path) -> Result<(Vec<RunEvent>, u64), ReadError> {
    let io = |error| ReadError::Io {
        path: path.to_owned(),
        error,
    };
    let mut file = BufReader::new(File::open(path).map_err(io)?);
    let (mut events, mut size) = (Vec::<RunEvent>::new(), 0);
    let mut text = vec![];
    loop {
        text.clear();
        let read = file.read_until(b'\n', &mut text).map_err(io)?;
        let is_cut_off = text.last() != Some(&b'\n');
        let damaged = |why| DamagedJournal {
            path: path.to_owned(),
            line: events.len() + 1,
            why,
        };
        if read == 0 || is_cut_off {
            return match events.is_empty() {
                true => Err(damaged("no complete event".into()).into()),
                false => Ok((events, size)),
            };
        }
        let event = event(&text, events.last()).map_err(damaged)?;
        events.push(event);
        size += read as u64;
    }
}

/// Without the names of all events, and without the position in the line, which would contradict the line's.
fn not_an_event(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = [", expected one of", " at line 1 column"].into_iter();
    let end = end.filter_map(|it| text.find(it)).min();
    format!(
        "not an event of a run: {}",
        &text[..end.unwrap_or(text.len())]
    )
}

fn event(line: &[u8], last: Option<&RunEvent>) -> Result<RunEvent, String> {
    let event: RunEvent = serde_json::from_slice(line).map_err(|error| not_an_event(&error))?;
    match last {
        _ if event.v != 2 => Err(format!(
            "the events have version {}; this version of orchestrate reads version 2",
            event.v
        )),
        None if !matches!(event.event, Event::RunStarted { .. }) => {
            Err("the first event is not run.started".into())
        }
        Some(last) if event.run != last.run => Err(format!(
            "the event belongs to run {}, not {}",
            event.run, last.run
        )),
        last if event.seq != last.map_or(1, |last| last.seq + 1) => {
            Err(format!("event {} is out of order", event.seq))
        }
        _ => Ok(event),
    }
}
