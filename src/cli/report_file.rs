//! Report files: the extension of the name says how the report is written.

use super::out_file::{OutFile, OutFileError, is_special};
use crate::model::Report;
use crate::report::to_json;
use std::path::{Path, PathBuf};
use thiserror::Error;

const FLAG: &str = "--report-file";

/// A report file that can be written.
pub(super) struct ReportFile(OutFile);

/// Why a report file cannot be written.
#[derive(Debug, Error)]
pub(super) enum ReportFileError {
    #[error(
        "{FLAG} {0}: a report is written as .json; .csv, .xml, .md and .html are not yet supported"
    )]
    NotYet(PathBuf),
    #[error("{FLAG} {0}: the name must end in .json, which says how the report is written")]
    Extension(PathBuf),
    #[error(transparent)]
    File(#[from] OutFileError),
}

impl ReportFile {
    /// Makes sure that the file can be written.
    pub(super) fn open(path: &Path) -> Result<Self, ReportFileError> {
        // A pipe, a device or a folder has no extension to speak of.
        if !is_special(path) && !path.is_dir() {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => {}
                Some("csv" | "xml" | "md" | "html") => {
                    return Err(ReportFileError::NotYet(path.to_owned()));
                }
                _ => return Err(ReportFileError::Extension(path.to_owned())),
            }
        }
        Ok(Self(OutFile::open(FLAG, path)?))
    }

    /// Writes the report.
    pub(super) fn write(self, report: &Report) -> Result<(), ReportFileError> {
        Ok(self.0.write(&to_json(report))?)
    }
}
