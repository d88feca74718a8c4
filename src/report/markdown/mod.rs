//! The report as Markdown: what `--report-file x.md` holds. For a comment on a pull request: what a reviewer must see
//! comes first, and all of it is no longer than such a comment may be.

mod deployed;
mod inline;
mod page;
mod parts;
mod previewed;

use crate::model::{Operation, Report};

/// The report as a comment for GitHub, GitLab, or whatever else reads Markdown with tables.
pub fn to_markdown(report: &Report) -> String {
    let sections = match report.operation {
        Operation::Preview => previewed::sections(report),
        Operation::Deploy | Operation::Destroy => deployed::sections(report),
    };
    page::fit(&sections, page::LONGEST)
}

#[cfg(test)]
mod tests;
