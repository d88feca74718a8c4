//! Report files: the extension selects the format.

use super::out_file::{Older, OutFile, OutFileError, is_special};
use crate::model::Report;
use crate::report::{to_csv, to_json, to_junit, to_markdown};
use std::path::{Path, PathBuf};
use thiserror::Error;

const FLAG: &str = "--report-file";

/// A report file that can be written.
pub(super) struct ReportFile {
    file: OutFile,
    format: Format,
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    Csv,
    Junit,
    Markdown,
}

/// Why a report file cannot be written.
#[derive(Debug, Error)]
pub(super) enum ReportFileError {
    #[error("{FLAG} {0}: .html is not supported yet; use .json, .csv, .xml, or .md")]
    NotYet(PathBuf),
    #[error("{FLAG} {0}: the file name must end in .json, .csv, .xml, or .md")]
    Extension(PathBuf),
    #[error(transparent)]
    File(#[from] OutFileError),
}

impl ReportFile {
    /// Checks that the file can be written.
    pub(super) fn open(path: &Path) -> Result<Self, ReportFileError> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let format = match extension {
            // The extension of a pipe, a device, or a directory means nothing.
            _ if is_special(path) || path.is_dir() => Format::Json,
            Some("json") => Format::Json,
            Some("csv") => Format::Csv,
            Some("xml") => Format::Junit,
            Some("md") => Format::Markdown,
            Some("html") => return Err(ReportFileError::NotYet(path.to_owned())),
            _ => return Err(ReportFileError::Extension(path.to_owned())),
        };
        let file = OutFile::open(FLAG, path, Older::Removed)?;
        Ok(Self { file, format })
    }

    pub(super) fn write(self, report: &Report) -> Result<(), ReportFileError> {
        let bytes = match self.format {
            Format::Json => to_json(report),
            Format::Csv => to_csv(report),
            Format::Junit => to_junit(report),
            Format::Markdown => to_markdown(report).into_bytes(),
        };
        Ok(self.file.write(&bytes)?)
    }
}
