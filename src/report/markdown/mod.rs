//! The report as Markdown (`--report-file x.md`), for a comment on a pull request: the most important part comes first, and
//! the length stays within GitHub's limit.

mod deployed;
mod inline;
mod page;
mod parts;
mod previewed;

use crate::log::Timeline;
use crate::model::{Operation, Report};

/// The report as Markdown with tables, for GitHub, GitLab, and others. `resume` is the command that finishes the run.
pub fn to_markdown(report: &Report, timeline: &Timeline, resume: Option<&str>) -> String {
    let sections = match report.operation {
        Operation::Preview => previewed::sections(report),
        Operation::Deploy | Operation::Destroy => deployed::sections(report, timeline, resume),
    };
    page::fit(&sections, page::LONGEST)
}

#[cfg(test)]
mod tests;
