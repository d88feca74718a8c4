//! The common parts of all reports: failures, notes, and the list of changes.

use super::inline::{code, codes, fenced, foreign, prose};
use super::page::{Line, Rank, Section};
use crate::model::sanitize::one_line;
use crate::model::{
    Action, Change, DeploymentId, Hook, HookRecord, NoteSource, Operation, ProjectReport,
    ProjectResult, Report,
};
use crate::words;

/// More rows than this with the same content are merged into one.
const MOST_SIMILAR: usize = 10;

/// At most this many names of a group are listed above the table, which has all.
const MOST_NAMES: usize = 20;

/// A predicate on projects.
pub(super) type Is = fn(&ProjectReport) -> bool;

/// Removes and returns similar projects if there are many.
pub(super) fn fold<'p>(
    shown: &mut Vec<&'p ProjectReport>,
    is: Is,
) -> Option<Vec<&'p ProjectReport>> {
    let (similar, others): (Vec<_>, Vec<_>) = shown.iter().partition(|project| is(project));
    (similar.len() > MOST_SIMILAR).then(|| {
        *shown = others;
        similar
    })
}

pub(super) fn line(text: String, items: usize) -> Line {
    Line { text, items }
}

/// The first lines, which are never omitted.
pub(super) fn title(heading: &str, verdict: &str) -> Section {
    Section {
        head: format!("## {heading}\n\n{verdict}\n"),
        ..Section::default()
    }
}

/// The rows of a table: failures, what did not run because of them, then the others, each in the manifest's order.
pub(super) fn failures_first(projects: &[ProjectReport]) -> Vec<&ProjectReport> {
    let mut rows: Vec<&ProjectReport> = projects.iter().collect();
    let marks = ['✗', '!', '○', '✓'];
    rows.sort_by_key(|it| {
        marks
            .iter()
            .position(|mark| *mark == words::mark(it.result))
    });
    rows
}

/// Projects that did not succeed, with advice, and those that were skipped because of them. Equal ones are shown once.
pub(super) fn failures(report: &Report, can_resume: bool) -> Section {
    let bad = report.projects.iter().filter(|it| words::is_open(it));
    let (held_up, failed): (Vec<_>, Vec<_>) = bad.partition(|p| words::never_began(p));
    let operation = report.operation;
    let failed = words::equal_failures(&failed);
    let failed = failed
        .iter()
        .filter_map(|it| failure(operation, can_resume, it));
    let mut groups = words::groups(&held_up);
    groups.sort_by_key(|((result, _), _)| *result);
    let groups = groups.chunk_by(|one, other| one.0.0 == other.0.0);
    let groups = groups.flat_map(|it| held_up_lines(operation, can_resume, it));
    let hooks = report.hooks.iter().filter_map(hook_failure);
    let mut lines: Vec<Line> = failed.chain(groups).chain(hooks).collect();
    if let Some(first) = lines.first_mut() {
        first.text = first.text.trim_start().to_owned();
    }
    Section {
        lines,
        rank: Rank::Failures,
        what: "unsuccessful project",
        ..Section::default()
    }
}

/// Projects that never started and ended in the same way, a line for each cause. The causes are above.
fn held_up_lines(
    operation: Operation,
    can_resume: bool,
    groups: &[((ProjectResult, String), Vec<&ProjectReport>)],
) -> Vec<Line> {
    let all: Vec<_> = groups.iter().flat_map(|(.., members)| members).collect();
    let Some(first) = all.first() else {
        return vec![];
    };
    let mut head = heading(first, all.len());
    let lines = groups.iter().map(|((result, why), members)| {
        let (why, separator) = match all.len() {
            1 => (format!("**why:** {}", prose(why)), "\n- "),
            _ => (format!("{}: {}", names(members), prose(why)), "; "),
        };
        // After an interruption, the same command completes them.
        let next = members
            .first()
            .filter(|_| *result != ProjectResult::Interrupted);
        let next = next.and_then(|it| words::next(operation, can_resume, it));
        let next = next.map(|next| format!("{separator}**next:** {}", prose(&next)));
        let (head, next) = (std::mem::take(&mut head), next.unwrap_or_default());
        line(format!("{head}- {why}{next}\n"), members.len())
    });
    lines.collect()
}

/// How a project, or several, ended.
fn heading(first: &ProjectReport, many: usize) -> String {
    let (mark, word) = (words::mark(first.result), words::ended(first));
    let who = match many {
        1 => code(&first.name),
        _ => words::count(many, "project"),
    };
    format!("\n### {mark} {who} {word}\n")
}

fn names(group: &[&ProjectReport]) -> String {
    let names = codes(group.iter().take(MOST_NAMES).map(|it| &*it.name));
    match group.len().saturating_sub(MOST_NAMES) {
        0 => names,
        more => format!("{names}, and {more} more"),
    }
}

/// A failed hook of the run.
fn hook_failure(hook: &HookRecord) -> Option<Line> {
    let mark = match hook.hook {
        Hook::OnFailure => '!',
        Hook::Pre | Hook::Test | Hook::Post => '✗',
    };
    let mut text = format!("\n### {mark} {}\n", prose(hook.error.as_deref()?));
    if let Some(output) = hook.output.as_deref() {
        text.push_str(&format!("\n{}", fenced("text", output)));
    }
    Some(line(text, 0))
}

/// Projects that did not succeed, all in the same way.
fn failure(operation: Operation, can_resume: bool, group: &[&ProjectReport]) -> Option<Line> {
    let project = *group.first()?;
    let mut text = heading(project, group.len());
    if group.len() > 1 {
        text.push_str(&format!("- **projects:** {}\n", names(group)));
    }
    let (why, error) = (words::own_why(project), project.error.as_ref());
    let cause = words::own_cause(project);
    // Each of a group has its own.
    let id = project.deployment_id.as_ref().filter(|_| group.len() == 1);
    let id = id.map(DeploymentId::as_str);
    let is_new = |id: &&str| why.as_ref().is_none_or(|why| !why.contains(id));
    let id = id.filter(is_new).map(str::to_owned);
    let rows = [
        ("why", why),
        ("error", error.map(words::error)),
        ("cause", cause.map(str::to_owned)),
        ("deployment", id),
        (
            "warning",
            project
                .failed_last_hook()
                .map(|(_, error)| error.to_owned()),
        ),
        ("next", words::next(operation, can_resume, project)),
    ];
    for (label, content) in rows {
        if let Some(content) = content {
            text.push_str(&format!("- **{label}:** {}\n", prose(&content)));
        }
    }
    if let Some(output) = error.and_then(|error| error.output.as_deref()) {
        text.push_str(&format!("\n{}", fenced("text", output)));
    }
    Some(line(text, group.len()))
}

/// The ping URLs of new heartbeat checks.
pub(super) fn pings(report: &Report) -> Section {
    let pings = report.projects.iter().flat_map(words::pings);
    let row = |(text, url): (String, Option<&str>)| {
        let url = url.map_or_else(String::new, |url| format!(" {}", code(url)));
        line(format!("- {}{url}\n", prose(&text)), 1)
    };
    Section {
        lines: pings.map(row).collect(),
        rank: Rank::Table,
        what: "ping URL",
        ..Section::default()
    }
}

/// What was printed during bundling.
pub(super) fn notes(report: &Report) -> Section {
    let notes = (report.projects.iter()).map(|project| (project.name.as_str(), &*project.notes));
    let lines: Vec<Line> = (words::notes(notes).into_iter())
        .map(|(note, names)| {
            let names = codes(names.iter().map(String::as_str));
            let by = words::printed_by(note.source);
            let text = match note.source {
                NoteSource::Cli => format!(" {}", prose(&note.message)),
                NoteSource::Project => format!("\n\n{}", fenced("text", &note.message)),
            };
            line(format!("\n{names}: {by}:{text}\n"), 1)
        })
        .collect();
    Section {
        head: "### Notes\n".into(),
        lines,
        rank: Rank::Notes,
        what: "note",
        ..Section::default()
    }
}

/// The test reports of the projects, collapsed.
pub(super) fn tests(report: &Report) -> Section {
    let projects = report.projects.iter();
    let lines: Vec<Line> = projects
        .filter_map(|project| {
            let mut hooks = project.hooks.iter();
            let content = hooks.find_map(|hook| hook.report.as_deref())?;
            let text = format!("\n### {}\n\n{}", code(&project.name), foreign(content));
            Some(line(text, 1))
        })
        .collect();
    let head = format!(
        "<details>\n<summary>{}</summary>\n",
        words::count(lines.len(), "test report")
    );
    Section {
        head,
        lines,
        tail: "\n</details>\n".into(),
        rank: Rank::Tests,
        what: "test report",
        ..Section::default()
    }
}

/// Every change by project, collapsed. `describe` completes the line that begins with the project's name.
pub(super) fn changes(report: &Report, describe: fn(&ProjectReport) -> String) -> Section {
    // The server lists unchanged resources as updated.
    let is_changed = |project: &&ProjectReport| {
        project.result != ProjectResult::Unchanged && project.shown_changes().next().is_some()
    };
    let changed = report.projects.iter().filter(is_changed);
    let lines: Vec<Line> = changed
        .map(|project| {
            let changes: Vec<String> = project.shown_changes().map(change).collect();
            let (head, list) = (code(&project.name), fenced("diff", &changes.join("\n")));
            let text = format!("\n{head}: {}\n\n{list}", describe(project));
            line(text, changes.len())
        })
        .collect();
    let all: usize = lines.iter().map(|line| line.items).sum();
    Section {
        head: format!(
            "<details>\n<summary>{}</summary>\n",
            words::count(all, "change")
        ),
        lines,
        tail: "\n</details>\n".into(),
        rank: Rank::Changes,
        whole: true,
        what: "change",
    }
}

/// A change as a line of a diff.
fn change(change: &Change) -> String {
    let mark = match change.action {
        Action::Create => '+',
        Action::Update => '~',
        Action::Delete => '-',
        Action::Detached => '○',
    };
    format!(
        "{mark} {} {}",
        one_line(&change.kind),
        one_line(&change.logical_id)
    )
}
