//! A deployment or a deletion: failures, then a table of results.

use super::inline::code;
use super::page::{Line, Rank, Section};
use super::parts::{self, changes, failures, fold, line, pings};
use crate::model::{Operation, ProjectReport, ProjectResult, Report, RunResult};
use crate::words;

pub(super) fn sections(report: &Report) -> Vec<Section> {
    let mark = match report.result {
        RunResult::Succeeded => '✓',
        RunResult::Interrupted => '!',
        RunResult::Failed | RunResult::TimedOut => '✗',
    };
    let what = match report.operation {
        Operation::Deploy => "Deployment",
        Operation::Destroy => "Deletion",
        Operation::Preview => "Preview",
    };
    let heading = format!("{mark} {what} of {}", code(&report.manifest));
    vec![
        parts::title(&heading, &format!("**{}**", words::tally(report))),
        failures(report),
        table(report),
        pings(report),
        parts::notes(report),
        parts::tests(report),
        changes(report, |project| diff(project).unwrap_or_default()),
    ]
}

/// All projects but those skipped because of others.
fn table(report: &Report) -> Section {
    let mut shown: Vec<&ProjectReport> = report.projects.iter().collect();
    shown.retain(|project| !words::never_began(project));
    let unchanged = fold(&mut shown, |p| p.result == ProjectResult::Unchanged);
    let folded = unchanged.map(|those| {
        let text = format!("| {} projects | ✓ unchanged | | |\n", those.len());
        line(text, those.len())
    });
    let rows = shown
        .into_iter()
        .map(|it| line(row(report.operation, it), 1));
    let lines: Vec<Line> = rows.chain(folded).collect();
    if lines.is_empty() {
        return Section::default();
    }
    Section {
        head: "| project | result | changes | time |\n|:--|:--|:--|--:|\n".into(),
        lines,
        rank: Rank::Table,
        what: "project",
        ..Section::default()
    }
}

fn row(operation: Operation, project: &ProjectReport) -> String {
    let (mark, result) = (words::mark(project.result), words::result(project.result));
    let changes = if words::was_not_there(operation, project) {
        "nothing to delete".into()
    } else {
        diff(project).unwrap_or_default()
    };
    let since = project.started_at;
    let took = since.map(|since| words::span(project.finished_at.millis_since(since)));
    let (name, took) = (code(&project.name), took.unwrap_or_default());
    format!("| {name} | {mark} {result} | {changes} | {took} |\n")
}

/// The counts of changes, if the server sent them.
fn diff(project: &ProjectReport) -> Option<String> {
    project.shown_diff().map(|counts| words::diff(&counts))
}
