//! Files that a flag names: checked before the run, and written whole or not at all. An older file of that name is removed at
//! once unless it is meant to be kept: however the run ends, it must not be mistaken for this run's.

use super::background::{Background, PATIENCE};
use crate::os_error::plain;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};
use thiserror::Error;

/// A file that can be written.
pub(super) struct OutFile {
    flag: &'static str,
    path: PathBuf,
    target: Target,
}

/// What happens to an older file before this one is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Older {
    /// It is removed at once.
    Removed,
    /// It is replaced.
    Kept,
}

/// The names of unwritten files, which a killed process leaves behind, start with this.
const UNWRITTEN: &str = ".orchestrate-";

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
    #[error("{0} {1}: the file name must end in .json, .csv, .xml, .md, or .html")]
    Extension(&'static str, PathBuf),
    #[error("{0} {1}: is a directory; name a file in it")]
    Directory(&'static str, PathBuf),
    #[error("{0} {1}: cannot write the file: {why}", why = plain(.2))]
    Io(&'static str, PathBuf, #[source] io::Error),
}

impl OutFile {
    /// Checks that the file can be written. Only regular files have older versions.
    pub(super) fn open(
        flag: &'static str,
        path: &Path,
        older: Older,
    ) -> Result<Self, OutFileError> {
        let path = path.to_owned();
        let io = |error| OutFileError::Io(flag, path.clone(), error);
        if is_special(&path) {
            if older == Older::Kept {
                let why = "it is a pipe or a device, not a file";
                return Err(io(io::Error::new(io::ErrorKind::InvalidInput, why)));
            }
            let file = OpenOptions::new().write(true).open(&path).map_err(io)?;
            let target = Target::Special(file);
            return Ok(Self { flag, path, target });
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
        sweep(directory);
        // Without the name of the temporary file.
        let temporary = temporary(directory).map_err(|error| io(error.kind().into()))?;
        if older == Older::Removed {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
                _ => {}
            }
        }
        let target = Target::Temporary(temporary);
        Ok(Self { flag, path, target })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write(self, bytes: &[u8]) -> Result<(), OutFileError> {
        let Self { flag, path, target } = self;
        let io = |error| OutFileError::Io(flag, path.clone(), error);
        match target {
            Target::Special(file) => {
                let out = Background::new(file);
                let _ = out.writer().write_all(bytes);
                out.finish(PATIENCE).map_err(io)
            }
            Target::Temporary(mut file) => {
                file.write_all(bytes).map_err(io)?;
                file.as_file().sync_all().map_err(io)?;
                file.persist(&path).map_err(|error| io(error.error))?;
                Ok(())
            }
        }
    }
}

/// A file that is locked as long as it is used: [`sweep`] leaves it alone.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = Builder::new()
            .prefix(UNWRITTEN)
            // The default of new files; the umask applies.
            .permissions(std::fs::Permissions::from_mode(0o666))
            .tempfile_in(folder)?;
        // Some file systems cannot lock; then nothing is swept there, either.
        let _ = file.as_file().lock();
        // Another process may have swept it in between.
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// Removes what killed processes have left behind.
fn sweep(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let unwritten = entries.filter(|entry| {
        let name = entry.file_name();
        let is_file = entry.file_type().is_ok_and(|it| it.is_file());
        is_file && name.as_encoded_bytes().starts_with(UNWRITTEN.as_bytes())
    });
    for path in unwritten.map(|entry| entry.path()) {
        if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Whether it is a pipe or a device. `/dev/stdout` may resolve to a regular file and counts, too.
pub(super) fn is_special(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|found| !found.is_dir() && (!found.is_file() || path.starts_with("/dev")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(dir).unwrap();
        let name = |entry: io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
        entries
            .map(|entry| name(entry).into_string().unwrap())
            .collect()
    }

    #[test]
    fn an_older_file_is_removed_before_the_run() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.json");
        for (older, is_there) in [(Older::Kept, true), (Older::Removed, false)] {
            std::fs::write(&path, "older").unwrap();
            let _file = OutFile::open("--flag", &path, older).unwrap();
            // Whatever happens to the process now.
            assert_eq!(path.exists(), is_there, "{older:?}");
        }
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_a_running_one_uses_is_not() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(".orchestrate-killed"), "").unwrap();
        let running = OutFile::open("--flag", &dir.path().join("a.json"), Older::Removed);
        let running = running.unwrap();
        let used = names(dir.path());
        assert_eq!(used.len(), 1);
        assert_ne!(used, [".orchestrate-killed"]);
        let other = OutFile::open("--flag", &dir.path().join("b.json"), Older::Removed);
        running.write(b"a").unwrap();
        other.unwrap().write(b"b").unwrap();
        let mut left = names(dir.path());
        left.sort();
        assert_eq!(left, ["a.json", "b.json"]);
    }
}
