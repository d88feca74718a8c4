//! Files that a flag names: checked before the run, and written whole or not at all. An older file of that name is removed
//! unless it is meant to be kept: it must not be mistaken for this run's.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};
use thiserror::Error;

/// A file that can be written. If dropped unwritten, it removes an older file unless `keeps_older` is set.
pub(super) struct OutFile {
    flag: &'static str,
    path: PathBuf,
    /// `None` after writing, successful or not.
    target: Option<Target>,
    /// Whether an older file stays until this one is written.
    keeps_older: bool,
}

enum Target {
    /// Written next to its destination, then renamed.
    Temporary(NamedTempFile),
    /// A pipe or a device, written directly.
    Special(File),
}

/// Why a file cannot be written. The first field is the flag.
#[derive(Debug, Error)]
pub(super) enum OutFileError {
    #[error("{0} {1}: directory {2} does not exist")]
    NoDirectory(&'static str, PathBuf, PathBuf),
    #[error("{0} {1}: is a directory; name a file in it")]
    Directory(&'static str, PathBuf),
    #[error("{0} {1}: cannot write the file: {2}")]
    Io(&'static str, PathBuf, #[source] io::Error),
}

impl OutFile {
    /// Checks that the file can be written.
    pub(super) fn open(flag: &'static str, path: &Path) -> Result<Self, OutFileError> {
        let path = path.to_owned();
        let io = |error| OutFileError::Io(flag, path.clone(), error);
        if is_special(&path) {
            let file = OpenOptions::new().write(true).open(&path).map_err(io)?;
            let target = Some(Target::Special(file));
            return Ok(Self::of(flag, path, target));
        }
        if path.is_dir() {
            return Err(OutFileError::Directory(flag, path));
        }
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        if !directory.is_dir() {
            return Err(OutFileError::NoDirectory(
                flag,
                path.clone(),
                directory.to_owned(),
            ));
        }
        let temporary = Builder::new()
            .prefix(".orchestrate-")
            // The default of new files; the umask applies.
            .permissions(std::fs::Permissions::from_mode(0o666))
            .tempfile_in(directory)
            // Without the name of the temporary file.
            .map_err(|error| io(error.kind().into()))?;
        let target = Some(Target::Temporary(temporary));
        Ok(Self::of(flag, path, target))
    }

    fn of(flag: &'static str, path: PathBuf, target: Option<Target>) -> Self {
        Self {
            flag,
            path,
            target,
            keeps_older: false,
        }
    }

    /// An older file is replaced, never removed.
    pub(super) fn keep_older(mut self) -> Self {
        self.keeps_older = true;
        self
    }

    pub(super) fn write(mut self, bytes: &[u8]) -> Result<(), OutFileError> {
        let Some(target) = self.target.take() else {
            return Ok(());
        };
        let Self { flag, path, .. } = &self;
        let io = |error| OutFileError::Io(flag, path.clone(), error);
        match target {
            Target::Special(mut file) => file.write_all(bytes).map_err(io),
            Target::Temporary(mut file) => {
                file.write_all(bytes).map_err(io)?;
                file.as_file().sync_all().map_err(io)?;
                file.persist(path).map_err(|error| io(error.error))?;
                Ok(())
            }
        }
    }
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if let Some(Target::Temporary(_)) = self.target
            && !self.keeps_older
        {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Whether it is a pipe or a device. `/dev/stdout` may resolve to a regular file and counts, too.
pub(super) fn is_special(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|found| !found.is_dir() && (!found.is_file() || path.starts_with("/dev")))
}
