//! Summaries of many projects.

use super::{POSSIBLY_LEFT_RUNNING, ended, intent, is_open, next, result, span, why};
use crate::model::{
    Action, Change, Note, NoteSource, Operation, ProjectReport, ProjectResult, Report, RunResult,
};

/// What a report is about: `Deployment of projects.toml`.
pub fn heading(operation: Operation, manifest: &str) -> String {
    let what = match operation {
        Operation::Deploy => "Deployment",
        Operation::Destroy => "Deletion",
        Operation::Preview => "Preview",
    };
    format!("{what} of {manifest}")
}

/// The symbol of the result of a run.
pub fn run_mark(result: RunResult) -> char {
    match result {
        RunResult::Succeeded => '✓',
        RunResult::Interrupted => '!',
        RunResult::Failed | RunResult::TimedOut => '✗',
    }
}

/// The command that finishes a run, if there is anything left to do.
pub fn to_finish<C>(report: &Report, resume: Option<C>) -> Option<C> {
    resume.filter(|_| report.projects.iter().any(is_open))
}

/// `6 projects: 5 succeeded, 1 failed · 12.3 s`.
pub fn tally(report: &Report) -> String {
    let counts = report.counts.iter().flat_map(|(result, n)| {
        let of_result = report.projects.iter().filter(|it| it.result == *result);
        let possibly = of_result.filter(|it| ended(it) == POSSIBLY_LEFT_RUNNING);
        let possibly = possibly.count();
        let word = match (report.operation, result) {
            (Operation::Preview, ProjectResult::Succeeded) => "previewed",
            _ => super::result(*result),
        };
        [
            (n.saturating_sub(possibly), word),
            (possibly, POSSIBLY_LEFT_RUNNING),
        ]
    });
    let counts = counts.filter(|(n, _)| *n > 0);
    let counts: Vec<String> = counts.map(|(n, word)| format!("{n} {word}")).collect();
    let projects = super::count(report.projects.len(), "project");
    let colon = if counts.is_empty() { "" } else { ": " };
    let end = match report.result {
        RunResult::Succeeded | RunResult::Failed => "",
        RunResult::Interrupted => " · interrupted by a signal",
        RunResult::TimedOut => " · exceeded --timeout",
    };
    let (counts, time) = (counts.join(", "), span(report.duration_ms));
    format!("{projects}{colon}{counts} · {time}{end}")
}

/// What a deployment would do to a project, according to its preview.
pub fn forecast(project: &ProjectReport) -> String {
    match (project.result, project.shown_diff()) {
        (ProjectResult::Succeeded, Some(diff)) => intent(&diff),
        (ProjectResult::Unchanged, _) => "unchanged (same bundle)".into(),
        (ProjectResult::Skipped, _) if project.is_dependency_not_deployed() => why(project),
        (other, _) => result(other).into(),
    }
}

/// Groups items with equal keys, in order of first appearance.
pub fn grouped<K: PartialEq, T>(items: impl IntoIterator<Item = (K, T)>) -> Vec<(K, Vec<T>)> {
    let mut groups: Vec<(K, Vec<T>)> = vec![];
    for (key, item) in items {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    groups
}

/// Groups projects by result and reason.
pub fn groups<'p>(
    projects: &[&'p ProjectReport],
) -> Vec<((ProjectResult, String), Vec<&'p ProjectReport>)> {
    grouped(projects.iter().map(|it| ((it.result, why(it)), *it)))
}

/// Groups failures with the same result, reason, and error, which also read alike. What is not shown, such as the number of
/// uploads, makes no difference.
pub fn equal_failures<'p>(failures: &[&'p ProjectReport]) -> Vec<Vec<&'p ProjectReport>> {
    let shown = |it: &'p ProjectReport| {
        let warning = it.failed_last_hook();
        let warning = warning.map(|(hook, error)| (error, &hook.output));
        // A text may name a deployment or an account.
        let texts = (why(it), next(Operation::Deploy, false, it));
        (it.result, it.reason, &it.error, warning, texts)
    };
    let groups = grouped(failures.iter().map(|it| (shown(it), *it)));
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The distinct notes with the names of their projects; those printed by projects come first. A name is followed by the
/// number of constructs if there are several.
pub fn notes<'p>(
    projects: impl IntoIterator<Item = (&'p str, &'p [Note])>,
) -> Vec<(&'p Note, Vec<String>)> {
    let mut groups: Vec<(&Note, Vec<String>)> = vec![];
    for (name, notes) in projects {
        for note in notes {
            let name = match note.constructs.len() {
                0 | 1 => name.to_owned(),
                many => format!("{name} ({many} times)"),
            };
            let is_it = |it: &Note| (it.source, &it.message) == (note.source, &note.message);
            match groups.iter_mut().find(|(first, _)| is_it(first)) {
                Some((_, names)) => names.push(name),
                None => groups.push((note, vec![name])),
            }
        }
    }
    groups.sort_by_key(|(note, _)| note.source == NoteSource::Cli);
    groups
}

/// Where a note comes from.
pub fn printed_by(source: NoteSource) -> &'static str {
    match source {
        NoteSource::Cli => "note from the Checkly CLI",
        NoteSource::Project => "printed during bundling",
    }
}

/// What readers need to know to interpret the numbers of a preview.
pub fn footnotes<'p>(projects: impl IntoIterator<Item = &'p ProjectReport> + Clone) -> Vec<String> {
    let mut notes = vec![];
    let is_update = |change: &Change| change.action == Action::Update;
    let mut all = projects.clone().into_iter();
    if all.any(|project| project.shown_changes().any(is_update)) {
        notes
            .push("UPDATE includes unchanged resources: the API does not distinguish them.".into());
    }
    let lost = projects.into_iter().map(|p| (p, p.quiet_deletions()));
    let lost: Vec<_> = lost.filter(|(_, n)| *n > 0).collect();
    if !lost.is_empty() {
        let names: Vec<&str> = lost.iter().map(|(project, _)| &*project.name).collect();
        let n: usize = lost.iter().map(|(_, n)| n).sum();
        notes.push(format!(
            "Checks in {} would lose {} (counted as updates).",
            names.join(", "),
            match n {
                1 => "1 alert subscription or private location".to_owned(),
                n => format!("{n} alert subscriptions or private locations"),
            },
        ));
    }
    notes
}
