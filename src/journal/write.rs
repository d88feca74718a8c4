//! Writes a journal. Events are written when they happen, before they are shown; [`Journal::saved`] says when they have reached
//! the disk.

use super::read::ReadError;
use crate::model::{Event, RunEvent};
use crate::os_error::plain;
use std::cell::Cell;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use thiserror::Error;

/// The open journal of this run.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Arc<File>,
    /// The size of the complete lines.
    written: Rc<Cell<u64>>,
    /// How much of that is on disk. The task that holds the lock flushes for all that wait.
    flushed: Rc<tokio::sync::Mutex<u64>>,
    line: Vec<u8>,
}

/// The size of the journal of a few hundred projects.
const ROOM: usize = 1 << 20;

/// Why a journal cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file cannot be created, read, or locked.
    #[error("{}: {}", path.display(), plain(error))]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// There is a journal of an earlier run, which may have to be resumed.
    #[error("{} exists; a run never overwrites the journal of another run", .0.display())]
    Exists(PathBuf),
    /// The run is still under way, in another process.
    #[error("the run is in progress: another process is writing {}", .0.display())]
    Busy(PathBuf),
    /// The process ended before the run began, or could write no more.
    #[error("its journal ends before the run began; start a new run")]
    NotBegun,
    /// Its content cannot be used.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
}

impl Journal {
    /// Creates the journal of a new run, readable by its user only.
    ///
    /// # Errors
    /// The file exists, or cannot be created.
    pub fn create(path: &Path) -> Result<Self, OpenError> {
        let failed = |error| failed(path, error);
        if let Some(directory) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700);
            builder.create(directory).map_err(failed)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create_new(true).mode(0o600);
        let file = match options.open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(OpenError::Exists(path.to_owned()));
            }
            file => file.map_err(failed)?,
        };
        // The name of the file must survive, too.
        let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        File::open(directory)
            .and_then(|it| it.sync_all())
            .map_err(failed)?;
        Self::of(file, path, 0)
    }

    /// Checks that the disk has room for the journal of a usual run.
    ///
    /// # Errors
    /// It has not.
    pub fn check_room(&self) -> io::Result<()> {
        let written = (&*self.file).write_all(&vec![b'\n'; ROOM]);
        let emptied = self.file.set_len(self.written.get());
        written.and(emptied)
    }

    /// Opens the journal of an earlier run to go on with it, and returns its events. A last line that was cut off is
    /// removed.
    ///
    /// # Errors
    /// The run is under way or had not begun, or the file cannot be read or is damaged.
    pub fn resume(path: &Path) -> Result<(Self, Vec<RunEvent>), OpenError> {
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).open(path);
        let file = file.map_err(|error| failed(path, error))?;
        let journal = Self::of(file, path, 0)?;
        let (events, complete) = super::read::complete(path)?;
        let is_plan = |event: &RunEvent| matches!(event.event, Event::RunPlanned { .. });
        if !events.iter().any(is_plan) {
            return Err(OpenError::NotBegun);
        }
        let cut = journal.file.set_len(complete);
        cut.map_err(|error| failed(path, error))?;
        journal.written.set(complete);
        Ok((journal, events))
    }

    fn of(file: File, path: &Path, size: u64) -> Result<Self, OpenError> {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::Busy(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(path, error)),
        }
        Ok(Self {
            path: path.to_owned(),
            file: Arc::new(file),
            written: Rc::new(Cell::new(size)),
            flushed: Rc::new(tokio::sync::Mutex::new(size)),
            line: vec![],
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes an event. After an error, the journal ends with the last event that was written.
    ///
    /// # Errors
    /// It could not be written.
    pub fn append(&mut self, event: &RunEvent) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, event)?;
        self.line.push(b'\n');
        let written = self.written.get();
        if let Err(error) = (&*self.file).write_all(&self.line) {
            // Removes a partly written line.
            let _ = self.file.set_len(written);
            let _ = (&*self.file).seek(io::SeekFrom::End(0));
            return Err(error);
        }
        self.written.set(written + self.line.len() as u64);
        Ok(())
    }

    /// Resolves when everything that has been written so far is on disk. All that wait at the same time share one flush.
    pub fn saved(&self) -> impl Future<Output = io::Result<()>> + use<> {
        let (file, flushed) = (self.file.clone(), self.flushed.clone());
        let (written, needed) = (self.written.clone(), self.written.get());
        async move {
            let mut flushed = flushed.lock().await;
            if *flushed < needed {
                let size = written.get();
                let flush = tokio::task::spawn_blocking(move || file.sync_data());
                flush.await.map_err(io::Error::other)??;
                *flushed = size;
            }
            Ok(())
        }
    }
}

fn failed(path: &Path, error: io::Error) -> OpenError {
    OpenError::Io {
        path: path.to_owned(),
        error,
    }
}
