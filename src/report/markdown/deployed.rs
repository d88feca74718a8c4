//! A deployment or a deletion: failures, how to finish the run, then a table of results.

use super::inline::{code, fenced};
use super::page::{Line, Rank, Section};
use super::parts::{self, changes, failures, failures_first, fold, line, pings};
use crate::model::{Operation, ProjectReport, ProjectResult, Report, RunResult};
use crate::words;

pub(super) fn sections(report: &Report, resume: Option<&str>) -> Vec<Section> {
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
        how_to_finish(report, resume),
        table(report),
        pings(report),
        parts::notes(report),
        parts::tests(report),
        changes(report, |project| diff(project).unwrap_or_default()),
    ]
}

/// The command that finishes the run, to be copied.
fn how_to_finish(report: &Report, resume: Option<&str>) -> Section {
    let resume = resume.filter(|_| report.projects.iter().any(words::is_open));
    let text = |it| format!("To finish this run:\n\n{}", fenced("sh", it));
    Section {
        head: resume.map(text).unwrap_or_default(),
        ..Section::default()
    }
}

fn table(report: &Report) -> Section {
    let mut shown = failures_first(&report.projects);
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
