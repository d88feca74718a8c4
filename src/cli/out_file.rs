//! Files that a flag names: where they go is made sure of before anything else, and they appear whole or not at all. An older
//! file of that name never outlives the run, unless it is meant to: nobody shall take it for what came of this one.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};
use thiserror::Error;

/// A file that can be written. Dropped unwritten, it takes what stands in its place with it, unless that is kept.
pub(super) struct OutFile {
    flag: &'static str,
    path: PathBuf,
    /// None once it is written, or could not be.
    target: Option<Target>,
    /// What stands in its place stays there until it is written.
    keeps_older: bool,
}

enum Target {
    /// Written beside its place, and moved there when it is whole.
    Temporary(NamedTempFile),
    /// A pipe or a device: there is nothing to move.
    Special(File),
}

/// Why a file cannot be written. The first is always the flag that names it.
#[derive(Debug, Error)]
pub(super) enum OutFileError {
    #[error("{0} {1}: there is no folder {2}")]
    NoFolder(&'static str, PathBuf, PathBuf),
    #[error("{0} {1}: this is a folder; name a file in it")]
    Folder(&'static str, PathBuf),
    #[error("{0} {1} cannot be written: {2}")]
    Io(&'static str, PathBuf, #[source] io::Error),
}

impl OutFile {
    /// Makes sure that the file can be written.
    pub(super) fn open(flag: &'static str, path: &Path) -> Result<Self, OutFileError> {
        let path = path.to_owned();
        let io = |error| OutFileError::Io(flag, path.clone(), error);
        if is_special(&path) {
            let file = OpenOptions::new().write(true).open(&path).map_err(io)?;
            let target = Some(Target::Special(file));
            return Ok(Self::of(flag, path, target));
        }
        if path.is_dir() {
            return Err(OutFileError::Folder(flag, path));
        }
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            return Err(OutFileError::NoFolder(
                flag,
                path.clone(),
                folder.to_owned(),
            ));
        }
        let temporary = Builder::new()
            .prefix(".orchestrate-")
            // As any file that a program makes; the user's umask has the last word.
            .permissions(std::fs::Permissions::from_mode(0o666))
            .tempfile_in(folder)
            // Its text names the temporary file, of which the user knows nothing.
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

    /// The same, but what stands in its place is only replaced, never removed.
    pub(super) fn keep_older(mut self) -> Self {
        self.keeps_older = true;
        self
    }

    /// Writes it.
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
            // Mostly there is none.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// What stands under `/dev` may be a file behind its name: standard output, sent to one.
pub(super) fn is_special(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|found| !found.is_dir() && (!found.is_file() || path.starts_with("/dev")))
}
