//! The journals in the state directory: `runs/<scope>/<run>.jsonl`, where a scope is a manifest, an API, and its accounts.

use super::read::{ReadError, read};
use crate::hash;
use crate::log::Ledger;
use crate::model::{Event, Invocation, Operation, Report, Retention, RunEvent, RunId, Timestamp};
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

    /// Removes the journals that are not kept, and returns their paths. The latest of each scope and those that another process is
    /// writing are always kept.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn prune(&self, retention: Retention, now: Timestamp) -> io::Result<Vec<PathBuf>> {
        let (mut removed, mut size) = (vec![], 0);
        let most = retention.keep_mib.saturating_mul(1 << 20);
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
                || (*nth <= retention.keep_runs && age <= retention.keep_for && size <= most);
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

    /// The API's base URL.
    pub fn api_url(&self) -> &str {
        match &self.events[0].event {
            Event::RunStarted { api_url, .. } => api_url,
            _ => "",
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;
    use tempfile::TempDir;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// Journals of two scopes: the scope, the age in days, and the size in MiB. The run of the same name is older in `b`.
    const ALL: [(&str, u32, u64); 5] = [
        ("a", 1, 1),
        ("a", 2, 1),
        ("a", 50, 2),
        ("a", 99, 1),
        ("b", 100, 3),
    ];

    fn removed_of(all: &[(&str, u32, u64)], retention: Retention) -> Vec<u32> {
        let dir = TempDir::new().unwrap();
        let journals = Journals::new(dir.path());
        let now = SystemTime::UNIX_EPOCH + 1000 * DAY;
        for (scope, age, mib) in all {
            // Ids sort by time.
            let path = journals.path([*scope], &RunId(format!("{:03}", 500 - age).into()));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = File::create(&path).unwrap();
            file.set_len(mib << 20).unwrap();
            file.set_modified(now - *age * DAY).unwrap();
        }
        let removed = journals.prune(retention, now.into()).unwrap();
        assert_eq!(journals.files().unwrap().len() + removed.len(), all.len());
        let age = |path: &PathBuf| path.file_stem()?.to_str()?.parse::<u32>().ok();
        removed
            .iter()
            .map(|path| 500 - age(path).unwrap())
            .collect()
    }

    #[test]
    fn journals_are_kept_by_number_age_and_size_and_the_latest_of_each_scope_always() {
        let enough = Retention {
            keep_runs: 9,
            keep_for: 365 * DAY,
            keep_mib: 512,
        };
        let removed = |retention| removed_of(&ALL, retention);
        assert_eq!(removed(enough), [0; 0]);
        let keep_runs = 2;
        assert_eq!(
            removed(Retention {
                keep_runs,
                ..enough
            }),
            [50, 99]
        );
        let keep_for = 50 * DAY;
        assert_eq!(removed(Retention { keep_for, ..enough }), [99]);
        // 1 + 1, not the 2 after them, but the 1 after that.
        let keep_mib = 3;
        assert_eq!(removed(Retention { keep_mib, ..enough }), [50]);
    }

    #[test]
    fn a_journal_that_is_written_is_kept() {
        let dir = TempDir::new().unwrap();
        let journals = Journals::new(dir.path());
        let paths = ["1", "2", "3"].map(|run| journals.path(["a"], &RunId(run.into())));
        fs::create_dir_all(paths[0].parent().unwrap()).unwrap();
        let files = paths.each_ref().map(|path| File::create(path).unwrap());
        files[0].lock().unwrap();
        let none = Retention {
            keep_runs: 1,
            keep_for: Duration::ZERO,
            keep_mib: 1,
        };
        let removed = journals.prune(none, Timestamp(0)).unwrap();
        assert_eq!(removed, [paths[1].clone()]);
    }

    #[test]
    fn a_clock_that_jumps_removes_neither_the_latest_journals_nor_those_of_runs_in_progress() {
        let dir = TempDir::new().unwrap();
        let journals = Journals::new(dir.path());
        let written = SystemTime::UNIX_EPOCH + 1000 * DAY;
        let mut files = vec![];
        for (scope, run) in [("a", "1"), ("a", "2"), ("a", "3"), ("b", "4")] {
            let path = journals.path([scope], &RunId(run.into()));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = File::create(&path).unwrap();
            file.set_modified(written).unwrap();
            files.push(file);
        }
        files[0].lock().unwrap();
        let retention = Retention {
            keep_runs: 100,
            keep_for: 90 * DAY,
            keep_mib: 512,
        };
        let prune = |now: SystemTime| journals.prune(retention, now.into()).unwrap();
        for now in [written - DAY / 24, written, written + DAY] {
            assert!(prune(now).is_empty());
        }
        let left = [journals.path(["a"], &RunId("2".into()))];
        assert_eq!(prune(written + 10_000 * DAY), left);
    }
}
