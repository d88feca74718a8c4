//! Report files: the name selects the format.

use super::out_file::{Older, OutFile, OutFileError, is_special};
use crate::log::{Ledger, Timeline};
use crate::machine::run::replay;
use crate::model::{Report, Reporter, RunEvent};
use crate::report::{to_code_quality, to_csv, to_html, to_json, to_junit, to_markdown};
use crate::ui::one_line;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

const FLAG: &str = "--report-file";

/// A report file that can be written.
pub(super) struct ReportFile {
    file: OutFile,
    format: Format,
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    CodeQuality,
    Csv,
    Junit,
    Markdown,
    Html,
}

impl ReportFile {
    /// Checks that the file can be written.
    pub(super) fn open(path: &Path) -> Result<Self, OutFileError> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let format = match extension {
            // The extension of a pipe, a device, or a directory means nothing.
            _ if is_special(path) || path.is_dir() => Format::Json,
            Some("json") if is_code_quality(path) => Format::CodeQuality,
            Some("json") => Format::Json,
            Some("csv") => Format::Csv,
            Some("xml") => Format::Junit,
            Some("md") => Format::Markdown,
            Some("html") => Format::Html,
            _ => return Err(OutFileError::Extension(FLAG, path.to_owned())),
        };
        let file = OutFile::open(FLAG, path, Older::Removed)?;
        Ok(Self { file, format })
    }

    /// Where it is, for people; `None` if it is a pipe or a device.
    pub(super) fn shown(&self) -> Option<String> {
        let path = self.file.path();
        (!is_special(path)).then(|| one_line(&path.display().to_string()))
    }

    fn write(
        self,
        report: &Report,
        timeline: &Timeline,
        resume: Option<&str>,
    ) -> Result<(), OutFileError> {
        let bytes = match self.format {
            Format::Json => to_json(report),
            Format::CodeQuality => to_code_quality(report, timeline),
            Format::Csv => to_csv(report),
            Format::Junit => to_junit(report),
            Format::Markdown => to_markdown(report, timeline, resume).into_bytes(),
            Format::Html => {
                let replay = replay(report, timeline);
                to_html(report, timeline, &replay, resume).into_bytes()
            }
        };
        self.file.write(&bytes)
    }
}

/// Whether the file is named as GitLab's own jobs name theirs: `gl-code-quality-report.json`.
fn is_code_quality(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("gl-code-quality"))
}

/// Writes the reports of a run with this ledger, and returns what could not be written. `resume` is the command that finishes the
/// run.
pub(super) fn write_reports(
    report: &Report,
    ledger: &Ledger,
    resume: Option<&str>,
    files: Vec<ReportFile>,
) -> Vec<OutFileError> {
    let timeline = ledger.timeline(report.finished_at);
    let write = |file: ReportFile| file.write(report, &timeline, resume).err();
    files.into_iter().filter_map(write).collect()
}

/// Keeps the ledger of a run for its reports.
impl Reporter for Rc<RefCell<Ledger>> {
    fn event(&mut self, event: &RunEvent) {
        self.borrow_mut().apply(event);
    }

    fn earlier(&mut self, events: &[RunEvent]) {
        events.iter().for_each(|event| self.event(event));
    }
}
