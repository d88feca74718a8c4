//! Report files: where they go is made sure of before anything is sent, and they appear whole or not at all.

use crate::model::Report;
use crate::report::to_json;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};
use thiserror::Error;

/// A report file that can be written.
pub(super) struct ReportFile {
    path: PathBuf,
    target: Target,
}

enum Target {
    /// Written beside its place, and moved there when it is whole.
    Temporary(NamedTempFile),
    /// A pipe or a device: there is nothing to move.
    Special(File),
}

/// Why a report file cannot be written.
#[derive(Debug, Error)]
pub(super) enum ReportFileError {
    #[error(
        "--report-file {0}: a report is written as .json; .csv, .xml, .md and .html are not yet supported"
    )]
    NotYet(PathBuf),
    #[error("--report-file {0}: the name must end in .json, which says how the report is written")]
    Extension(PathBuf),
    #[error("--report-file {0}: there is no folder {1}")]
    NoFolder(PathBuf, PathBuf),
    #[error("--report-file {0}: this is a folder; name a file in it")]
    Folder(PathBuf),
    #[error("--report-file {0} cannot be written: {1}")]
    Io(PathBuf, #[source] io::Error),
}

impl ReportFile {
    /// Makes sure that the file can be written.
    pub(super) fn open(path: &Path) -> Result<Self, ReportFileError> {
        let path = path.to_owned();
        let io = |error| ReportFileError::Io(path.clone(), error);
        if is_special(&path) {
            let file = OpenOptions::new().write(true).open(&path).map_err(io)?;
            let target = Target::Special(file);
            return Ok(Self { path, target });
        }
        if path.is_dir() {
            return Err(ReportFileError::Folder(path));
        }
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => {}
            Some("csv" | "xml" | "md" | "html") => return Err(ReportFileError::NotYet(path)),
            _ => return Err(ReportFileError::Extension(path)),
        }
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            return Err(ReportFileError::NoFolder(path.clone(), folder.to_owned()));
        }
        let temporary = Builder::new()
            .prefix(".orchestrate-report-")
            // As any file that a program makes; the user's umask has the last word.
            .permissions(std::fs::Permissions::from_mode(0o666))
            .tempfile_in(folder)
            // Its text names the temporary file, of which the user knows nothing.
            .map_err(|error| io(error.kind().into()))?;
        let target = Target::Temporary(temporary);
        Ok(Self { path, target })
    }

    /// Writes the report.
    pub(super) fn write(self, report: &Report) -> Result<(), ReportFileError> {
        let path = self.path;
        let io = |error| ReportFileError::Io(path.clone(), error);
        let json = to_json(report);
        match self.target {
            Target::Special(mut file) => file.write_all(&json).map_err(io),
            Target::Temporary(mut file) => {
                file.write_all(&json).map_err(io)?;
                file.as_file().sync_all().map_err(io)?;
                file.persist(&path).map_err(|error| io(error.error))?;
                Ok(())
            }
        }
    }
}

/// What stands under `/dev` may be a file behind its name: standard output, sent to one.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|found| !found.is_dir() && (!found.is_file() || path.starts_with("/dev")))
}
