//! A deployment or a deletion: failures, how to finish the run, then a table of results.

use super::inline::{code, fenced};
use super::page::{Line, Rank, Section};
use super::parts::{self, changes, failures, failures_first, fold, line, pings};
use crate::log::{Activity, Lane, Timeline};
use crate::model::{Operation, ProjectReport, ProjectResult, Report};
use crate::words;

pub(super) fn sections(report: &Report, timeline: &Timeline, resume: Option<&str>) -> Vec<Section> {
    let heading = words::heading(report.operation, &code(&report.manifest));
    let heading = format!("{} {heading}", words::run_mark(report.result));
    vec![
        parts::title(&heading, &format!("**{}**", words::tally(report))),
        failures(report, resume.is_some()),
        how_to_finish(report, resume),
        table(report, timeline),
        pings(report),
        parts::notes(report),
        parts::tests(report),
        changes(report, |project| diff(project).unwrap_or_default()),
    ]
}

/// The command that finishes the run, to be copied.
fn how_to_finish(report: &Report, resume: Option<&str>) -> Section {
    let resume = words::to_finish(report, resume);
    let text = |it| format!("To finish this run:\n\n{}", fenced("sh", it));
    Section {
        head: resume.map(text).unwrap_or_default(),
        ..Section::default()
    }
}

fn table(report: &Report, timeline: &Timeline) -> Section {
    let mut shown = failures_first(&report.projects);
    let unchanged = fold(&mut shown, |p| p.result == ProjectResult::Unchanged);
    let folded = unchanged.map(|those| {
        let text = format!("| {} projects | ✓ unchanged | | |\n", those.len());
        line(text, those.len())
    });
    let rows = shown
        .into_iter()
        .map(|it| line(row(report.operation, it, timeline.lane(&it.name)), 1));
    let lines: Vec<Line> = rows.chain(folded).collect();
    Section {
        head: "| project | result | changes | time |\n|:--|:--|:--|--:|\n".into(),
        lines,
        rank: Rank::Table,
        what: "project",
        ..Section::default()
    }
}

fn row(operation: Operation, project: &ProjectReport, lane: Option<&Lane>) -> String {
    let (mark, result) = (words::mark(project.result), words::ended(project));
    let changes = if words::was_not_there(operation, project) {
        "nothing to delete".into()
    } else {
        diff(project).unwrap_or_default()
    };
    let (name, took) = (code(&project.name), took(project, lane).unwrap_or_default());
    format!("| {name} | {mark} {result} | {changes} | {took} |\n")
}

/// How long the project took, and how long of that it waited for its account.
fn took(project: &ProjectReport, lane: Option<&Lane>) -> Option<String> {
    let since = project.started_at?;
    let waits = [
        (Activity::RateLimited, "rate limited"),
        (Activity::Unavailable, "waiting for the API"),
    ];
    let waits = waits.map(|(it, what)| (lane.map_or(0, |lane| lane.spent(it, since)), what));
    let took = project.finished_at.millis_since(since);
    Some(words::took(took, &waits))
}

/// The counts of changes, if the server sent them.
fn diff(project: &ProjectReport) -> Option<String> {
    project.shown_diff().map(|counts| words::diff(&counts))
}
