//! A preview: a table of changes, then every deletion.

use super::inline::{code, prose};
use super::page::{Rank, Section};
use super::parts::{self, Is, changes, failures, failures_first, fold, line};
use crate::guard;
use crate::model::{DiffCounts, ProjectReport, ProjectResult, Report};
use crate::words;

pub(super) fn sections(report: &Report) -> Vec<Section> {
    vec![
        parts::title(
            &words::heading(report.operation, &code(&report.manifest)),
            &format!("{}\n\n{}", verdict(report), words::tally(report)),
        ),
        table(&report.projects),
        note(report),
        deletions(&report.projects),
        failures(report, false),
        parts::notes(report),
        changes(report, words::forecast),
    ]
}

/// The most important line for a reviewer.
fn verdict(report: &Report) -> String {
    let projects = &report.projects;
    let all = words::count(projects.len(), "project");
    let deletions = guard::deletions(projects);
    let missed = projects.iter().filter(|p| !p.result.is_success()).count();
    let sum = sum(projects);
    let nothing = if missed == 0 { "Nothing" } else { "nothing" };
    let deletes = match deletions.len() {
        0 if sum.create + sum.detach == 0 => {
            format!("{nothing} would be created or deleted")
        }
        0 => format!("{nothing} would be deleted"),
        n => {
            let of = deletions.chunk_by(|a, b| a.project == b.project).count();
            let resources = words::count(n, "resource");
            let of = match missed {
                0 => format!("{of} of {all}"),
                _ => of.to_string(),
            };
            format!("{of} would delete {resources}")
        }
    };
    match missed {
        0 => format!("**{deletes}.**"),
        _ if missed == projects.len() => format!("**{missed} of {all} could not be previewed.**"),
        _ => format!("**{missed} of {all} could not be previewed.** Of the others, **{deletes}.**"),
    }
}

fn sum(projects: &[ProjectReport]) -> DiffCounts {
    let diffs = projects.iter().filter_map(known);
    diffs.fold(DiffCounts::default(), DiffCounts::plus)
}

/// The counts of changes, if the preview succeeded.
fn known(project: &ProjectReport) -> Option<DiffCounts> {
    let diff = project.shown_diff()?;
    (project.result == ProjectResult::Succeeded).then_some(diff)
}

/// Whether there are only updates.
fn is_quiet(project: &ProjectReport) -> bool {
    known(project).is_some_and(|diff| diff.create + diff.delete + diff.detach == 0)
}

fn is_the_same(project: &ProjectReport) -> bool {
    project.result == ProjectResult::Unchanged
}

fn table(projects: &[ProjectReport]) -> Section {
    let similar: [(Is, &str); 2] = [
        (is_quiet, "updates only"),
        (is_the_same, "unchanged (same bundle)"),
    ];
    let mut shown = failures_first(projects);
    let folded = similar.map(|(is, label)| {
        let those = fold(&mut shown, is)?;
        let diff = those
            .iter()
            .copied()
            .filter_map(known)
            .reduce(DiffCounts::plus);
        let numbers = diff.map_or_else(|| NO_NUMBERS.into(), numbers);
        let text = format!("| {} projects: {label} | {numbers} |\n", those.len());
        Some(line(text, those.len()))
    });
    let rows = shown.into_iter().map(|project| line(row(project), 1));
    Section {
        head: "| project | create | update | delete | preserve |\n|:--|--:|--:|--:|--:|\n".into(),
        lines: rows.chain(folded.into_iter().flatten()).collect(),
        tail: match projects.len() {
            1 => String::new(),
            _ => format!("| **all** | {} |\n", numbers(sum(projects))),
        },
        rank: Rank::Table,
        what: "project",
        ..Section::default()
    }
}

const NO_NUMBERS: &str = "| | |";

fn row(project: &ProjectReport) -> String {
    let name = code(&project.name);
    match known(project) {
        Some(diff) => format!("| {name} | {} |\n", numbers(diff)),
        None => {
            let mark = if project.result.is_success() {
                String::new()
            } else {
                format!("{} ", words::mark(project.result))
            };
            let forecast = words::forecast(project);
            format!("| {mark}{name}: {forecast} | {NO_NUMBERS} |\n")
        }
    }
}

fn numbers(diff: DiffCounts) -> String {
    let number = |n: usize| match n {
        0 => "–".to_owned(),
        n => n.to_string(),
    };
    let delete = match diff.delete {
        0 => number(0),
        n => format!("**{n}**"),
    };
    [
        number(diff.create),
        number(diff.update),
        delete,
        number(diff.detach),
    ]
    .join(" | ")
}

fn note(report: &Report) -> Section {
    let notes = words::footnotes(&report.projects);
    let notes: Vec<String> = notes
        .iter()
        .map(|note| format!("{}\n", prose(note)))
        .collect();
    Section {
        head: notes.join("\n"),
        ..Section::default()
    }
}

/// Every deletion.
fn deletions(projects: &[ProjectReport]) -> Section {
    let deletions = guard::deletions(projects);
    let mut lines = vec![];
    for of_one in deletions.chunk_by(|a, b| a.project == b.project) {
        let [first, ..] = of_one else { continue };
        let (project, account) = (code(first.project), code(first.account));
        let n = of_one.len();
        lines.push(line(format!("- {project} (account {account}): {n}\n"), 0));
        lines.extend(of_one.iter().map(|deletion| {
            let kind = prose(&deletion.change.kind);
            let name = code(&deletion.change.logical_id);
            line(format!("  - {kind} {name}\n"), 1)
        }));
    }
    Section {
        head: "### Deletions\n".into(),
        lines,
        rank: Rank::Deletions,
        what: "deletion",
        ..Section::default()
    }
}
