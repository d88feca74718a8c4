//! The journals in the state directory: `runs/<scope>/<run>.jsonl`, where a scope is a manifest, an API, and its accounts.

use super::read::{ReadError, read};
use crate::hash;
use crate::log::Ledger;
use crate::model::{Event, Invocation, Operation, Report, RunEvent, RunId, Timestamp};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const EXTENSION: &str = "jsonl";

/// The journals of a state directory.
#[derive(Clone, Debug)]
pub struct Journals {
    dir: PathBuf,
}

/// How many journals are kept. The latest run of each scope is always kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The number of runs per scope.
    pub runs: usize,
    /// Their age.
    pub age: Duration,
    /// Their size together.
    pub bytes: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            runs: 100,
            age: Duration::from_secs(90 * 24 * 60 * 60),
            bytes: 512 << 20,
        }
    }
}

/// An earlier run, according to its journal.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// The journal.
    pub path: PathBuf,
    /// Its events.
    pub events: Vec<RunEvent>,
    /// Another process writes the journal.
    pub is_running: bool,
}

impl Journals {
    /// The journals below a state directory.
    pub fn new(state_dir: &Path) -> Self {
        Self {
            dir: state_dir.join("runs"),
        }
    }

    /// Where the journal of a run belongs. `scope` is what its runs have in common.
    pub fn path<'s>(&self, scope: impl IntoIterator<Item = &'s str>, run: &RunId) -> PathBuf {
        let scope = hash::of_parts(scope.into_iter().map(str::as_bytes));
        let scope = self.dir.join(scope.get(..16).unwrap_or(&scope));
        scope.join(format!("{run}.{EXTENSION}"))
    }

    /// The files, the latest run first: ids sort by time. None if there is no directory.
    ///
    /// # Errors
    /// A directory cannot be read.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = vec![];
        let scopes = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
            scopes => scopes?,
        };
        for scope in scopes {
            let scope = scope?.path();
            if scope.is_dir() {
                for file in fs::read_dir(scope)? {
                    files.push(file?.path());
                }
            }
        }
        files.retain(|file| file.extension().is_some_and(|it| it == EXTENSION));
        files.sort_unstable_by(|one, other| other.file_name().cmp(&one.file_name()));
        Ok(files)
    }

    /// Removes the journals that are not kept, and returns their paths.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn prune(&self, retention: Retention, now: Timestamp) -> io::Result<Vec<PathBuf>> {
        let (mut removed, mut size) = (vec![], 0);
        let mut of_scope = std::collections::HashMap::<PathBuf, usize>::new();
        for file in self.files()? {
            let metadata = file.metadata()?;
            let written = Timestamp::from(metadata.modified()?);
            let age = Duration::from_millis(now.millis_since(written));
            let scope = file.parent().unwrap_or(&self.dir).to_owned();
            let nth = of_scope.entry(scope).or_default();
            *nth += 1;
            size += metadata.len();
            let is_kept = *nth == 1
                || (*nth <= retention.runs && age <= retention.age && size <= retention.bytes);
            if !is_kept && !is_locked(&file) {
                fs::remove_file(&file)?;
                size -= metadata.len();
                removed.push(file);
            }
        }
        Ok(removed)
    }
}

impl Earlier {
    /// Reads a journal.
    ///
    /// # Errors
    /// It cannot be read, or is damaged.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        Ok(Self {
            events: read(path)?,
            is_running: is_locked(path),
            path: path.to_owned(),
        })
    }

    /// Its id.
    pub fn run(&self) -> &RunId {
        &self.events[0].run
    }

    /// When it began.
    pub fn started_at(&self) -> Timestamp {
        self.events[0].ts
    }

    /// The manifest's absolute path, if it was a file.
    pub fn manifest(&self) -> Option<&Path> {
        self.invocation().manifest.as_deref().map(Path::new)
    }

    /// What it did.
    pub fn operation(&self) -> Operation {
        match self.events[0].event {
            Event::RunStarted { operation, .. } => operation,
            _ => Operation::default(),
        }
    }

    /// How it was started.
    pub fn invocation(&self) -> &Invocation {
        static NONE: Invocation = Invocation {
            manifest: None,
            arguments: vec![],
        };
        match &self.events[0].event {
            Event::RunStarted { invocation, .. } => invocation,
            _ => &NONE,
        }
    }

    /// Whether it has finished; otherwise it is in progress, or its process was killed.
    pub fn has_ended(&self) -> bool {
        let last = self.events.last();
        last.is_some_and(|last| matches!(last.event, Event::RunFinished(_)))
    }

    /// Its report. If it has not finished, the report of an interrupted run.
    pub fn report(&self) -> Report {
        let last = self.events.last();
        let at = last.map_or(self.started_at(), |last| last.ts);
        let ledger = self.ledger();
        match self.has_ended() {
            true => ledger.report(at),
            false => ledger.report_cut_short(at),
        }
    }

    /// Its last event, or the one that it would have if it had ended with its journal.
    pub fn finished(&self) -> RunEvent {
        let mut last = self.events[self.events.len() - 1].clone();
        if !self.has_ended() {
            (last.seq, last.project) = (last.seq + 1, None);
        }
        last.event = Event::RunFinished(Box::new(self.report()));
        last
    }

    /// Its rows.
    pub fn ledger(&self) -> Ledger {
        Ledger::of(&self.events)
    }
}

/// Whether a process writes it.
fn is_locked(path: &Path) -> bool {
    let tried = File::open(path).map(|file| file.try_lock_shared());
    matches!(tried, Ok(Err(TryLockError::WouldBlock)))
}
