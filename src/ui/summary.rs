//! The end of a run: successes in brief, everything else in full, then one line with the totals.

use super::paint::{self, Paint, Style};
use super::{news, preview, text};
use crate::model::sanitize;
use crate::model::{
    DiffCounts, Hook, HookRecord, NoteSource, Operation, ProjectReport, ProjectResult, Report,
    RunResult,
};
use crate::words;

/// The content and layout of the summary.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) paint: Paint,
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// `resume` finishes the run.
    pub(super) can_resume: bool,
    /// `-q`: no successes.
    pub(super) quiet: bool,
    /// `-v`: accounts, uploads, and reconnections.
    pub(super) verbose: bool,
    /// `--output`: every change of every project.
    pub(super) show_changes: bool,
    /// The details of failures.
    pub(super) failures: bool,
}

/// The indentation of an entry's rows.
const INDENT: usize = 4;
/// The width of the labels.
const LABEL: usize = 12;
/// The maximum width of an error message: a proxy may send a whole page.
const LONGEST_ERROR: usize = 1000;

/// What the list at the end shows of each failure: at most this many lines of its reason, and whether what to do next. The first
/// that fits on the screen is used, or else the last.
const BRIEF: [(usize, bool); 3] = [(3, true), (3, false), (1, false)];

/// The summary's lines. `resume` is the command that finishes the run.
pub(super) fn summary(report: &Report, resume: Option<&str>, options: Options) -> Vec<String> {
    let mut page = Page {
        operation: report.operation,
        options,
        lines: Vec::new(),
    };
    let is_good = |p: &&ProjectReport| p.result.is_success() || words::is_left_out(p);
    let (good, rest): (Vec<_>, Vec<_>) = report.projects.iter().partition(is_good);
    let (held_up, bad): (Vec<_>, Vec<_>) = rest
        .into_iter()
        .partition(|p| words::never_began(p) || is_stopped(p));
    match report.operation {
        Operation::Preview => page.preview(&report.projects),
        Operation::Deploy | Operation::Destroy if options.quiet => {}
        Operation::Deploy | Operation::Destroy => page.successes(&good),
    }
    if !options.quiet {
        page.pings(&report.projects);
    }
    page.notes(&report.projects);
    page.held_up(&held_up);
    let before = page.lines.len();
    let failures = words::equal_failures(&bad);
    if options.failures {
        for group in &failures {
            page.failures(group);
        }
    }
    page.run_hooks(&report.hooks);
    if !options.quiet || !page.lines.is_empty() {
        page.blank();
    }
    let resume = words::to_finish(report, resume);
    if let Some(resume) = resume {
        page.paragraph(Style::Plain, "To finish this run:");
        page.unwrapped(resume);
    }
    // Only if the same command may help.
    let final_ones = [ProjectResult::Rejected, ProjectResult::Failed];
    let is_final = |p: &ProjectReport| final_ones.contains(&p.result);
    let again = match report.operation {
        Operation::Deploy => Some("Deploy again to complete the remaining projects."),
        Operation::Destroy => Some("Destroy again to complete the remaining projects."),
        Operation::Preview => None,
    };
    if let (Some(again), None) = (again, resume)
        && report.projects.iter().any(is_left_open)
        && (report.result == RunResult::Interrupted || !report.projects.iter().any(is_final))
    {
        page.paragraph(Style::Dim, again);
    }
    page.total(report);
    // The last screen shows which projects failed, why, and what to do next. It has a line for the prompt.
    let fits = |lines: usize| lines < options.rows;
    if !options.failures || failures.len() > 1 && !fits(page.lines.len() - before) {
        let lists = BRIEF.iter().map(|brief| page.in_brief(&failures, *brief));
        let mut lists = lists.collect::<Vec<_>>();
        let place = lists.iter().position(|list| fits(list.len() + 1));
        let list = lists.swap_remove(place.unwrap_or(BRIEF.len() - 1));
        page.lines.extend(list);
    }
    page.lines
}

/// The details of a project that has failed; nothing about others.
pub(super) fn failure(
    operation: Operation,
    project: &ProjectReport,
    options: Options,
) -> Vec<String> {
    let mut page = Page {
        operation,
        options,
        lines: Vec::new(),
    };
    if words::is_failure(project) {
        page.entry(project);
        page.blank();
    }
    page.lines
}

/// Whether only a signal stopped it, before the API accepted it.
fn is_stopped(project: &ProjectReport) -> bool {
    project.result == ProjectResult::Interrupted
        && project.error.is_none()
        && project.failed_last_hook().is_none()
}

/// Whether the same command again completes the project.
fn is_left_open(project: &ProjectReport) -> bool {
    match project.result {
        ProjectResult::Skipped => !words::is_left_out(project),
        ProjectResult::Interrupted | ProjectResult::Detached => true,
        _ => false,
    }
}

/// Lines, sanitized and wrapped as they are added.
struct Page {
    operation: Operation,
    options: Options,
    lines: Vec<String>,
}

impl Page {
    fn successes(&mut self, good: &[&ProjectReport]) {
        if good.is_empty() {
            return;
        }
        self.blank();
        let changed = |project: &&&ProjectReport| project.shown_changes().next().is_some();
        if self.options.show_changes && good.iter().any(|project| changed(&project)) {
            for project in good.iter().filter(changed) {
                let diff = words::diff(&DiffCounts::of(project.shown_changes()));
                self.head(project, &format!(": {diff}"));
                self.changes(project);
            }
            self.blank();
        }
        for result in [
            ProjectResult::Succeeded,
            ProjectResult::Unchanged,
            ProjectResult::Skipped,
        ] {
            let those: Vec<_> = good.iter().filter(|p| p.result == result).collect();
            let more = match result {
                _ if those.is_empty() => continue,
                ProjectResult::Succeeded => total(those.iter().filter_map(|p| p.shown_diff())),
                ProjectResult::Skipped => " on purpose".into(),
                _ => String::new(),
            };
            let (mark, style) = paint::mark(result);
            let line = format!("{mark} {} {}{more}", those.len(), words::result(result));
            self.paragraph(style, &line);
        }
    }

    /// The ping URLs of new heartbeat checks.
    fn pings(&mut self, projects: &[ProjectReport]) {
        let pings: Vec<_> = projects.iter().flat_map(words::pings).collect();
        if !pings.is_empty() {
            self.blank();
        }
        for (says, url) in pings {
            self.paragraph(Style::Plain, &says);
            if let Some(url) = url {
                self.unwrapped(url);
            }
        }
    }

    /// What would change. With `-q`, only projects that would create, delete, or preserve resources.
    fn preview(&mut self, projects: &[ProjectReport]) {
        let comes_or_goes = |project: &ProjectReport| {
            let counts = project.shown_diff().unwrap_or_default();
            counts.create + counts.delete + counts.detach > 0
        };
        let shown: Vec<&ProjectReport> = projects
            .iter()
            .filter(|project| !self.options.quiet || comes_or_goes(project))
            .collect();
        if shown.is_empty() {
            return;
        }
        self.blank();
        if self.options.show_changes {
            // The server lists unchanged resources as updated.
            let changed = |project: &&&ProjectReport| {
                project.result != ProjectResult::Unchanged
                    && project.shown_changes().next().is_some()
            };
            for project in shown.iter().filter(changed) {
                self.head(project, &format!(": {}", words::forecast(project)));
                self.changes(project);
                self.blank();
            }
        }
        let Options { paint, columns, .. } = self.options;
        self.lines.extend(preview::table(&shown, paint, columns));
        for note in words::footnotes(shown.iter().copied()) {
            self.blank();
            self.paragraph(Style::Dim, &note);
        }
    }

    /// What was printed during bundling; with `-q`, only what projects printed.
    fn notes(&mut self, projects: &[ProjectReport]) {
        let notes = projects.iter().map(|it| (it.name.as_str(), &*it.notes));
        for (note, names) in words::notes(notes) {
            if self.options.quiet && note.source == NoteSource::Cli {
                continue;
            }
            self.blank();
            let who = match &names[..] {
                [name] => name.clone(),
                names => words::count(names.len(), "project"),
            };
            let by = words::printed_by(note.source);
            self.paragraph(Style::Warn, &format!("! {who}: {by}"));
            match note.source {
                NoteSource::Cli => self.row("note", &note.message),
                NoteSource::Project => self.output(Some(&note.message)),
            }
            match (&names[..], &note.constructs[..]) {
                ([_], []) => {}
                ([_], constructs) => self.row("constructs", &constructs.join(", ")),
                (names, _) => self.row("projects", &names.join(", ")),
            }
        }
    }

    /// Projects that never started, by cause; the causes follow below.
    fn held_up(&mut self, projects: &[&ProjectReport]) {
        for ((result, why), members) in words::groups(projects) {
            self.blank();
            let (mark, style) = paint::mark(result);
            let word = words::result(result);
            if let [project] = members[..] {
                self.head(project, &format!(" {word}"));
            } else {
                self.paragraph(style, &format!("{mark} {} {word}", members.len()));
                let names: Vec<&str> = members.iter().map(|project| &*project.name).collect();
                self.row("projects", &names.join(", "));
            }
            self.row("why", &why);
            // Projects that the same command completes get one line at the end.
            let mut ends = members.iter().filter(|project| !is_left_open(project));
            if let Some(next) = ends.find_map(|project| self.next(project)) {
                self.row("next", &next);
            }
        }
    }

    /// Projects that did not succeed, all in the same way.
    fn failures(&mut self, group: &[&ProjectReport]) {
        let [first, .., _] = group else {
            return group.iter().for_each(|project| self.entry(project));
        };
        self.blank();
        let (mark, style) = paint::mark(first.result);
        let word = words::ended(first);
        self.paragraph(style, &format!("{mark} {} {word}", group.len()));
        let names: Vec<&str> = group.iter().map(|project| &*project.name).collect();
        self.row("projects", &names.join(", "));
        // Each has a deployment of its own.
        self.explanation(&ProjectReport {
            deployment_id: None,
            ..(*first).clone()
        });
    }

    /// `  ✗ checkout: deployment failed: …`, and what to do next.
    fn in_brief(
        &self,
        groups: &[Vec<&ProjectReport>],
        (most, has_next): (usize, bool),
    ) -> Vec<String> {
        let Options { paint, columns, .. } = self.options;
        let columns = columns.saturating_sub(INDENT).max(10);
        let mut lines = Vec::new();
        for group in groups {
            let Some(first) = group.first() else { continue };
            let names: Vec<&str> = group.iter().map(|it| it.name.as_str()).collect();
            let names = text::some_of(&names, if columns < 90 { 1 } else { 3 });
            let (mark, style) = paint::mark(first.result);
            let says = text::one_line(&format!("{names}: {}", words::failure(first)));
            for (i, line) in text::wrap_to(&says, 0, columns, most).iter().enumerate() {
                let mark = if i == 0 { mark } else { ' ' };
                lines.push(format!(
                    "  {}",
                    paint.paint(style, &format!("{mark} {line}"))
                ));
            }
            if let Some(next) = self.next(first).filter(|_| has_next) {
                let next = text::one_line(&format!("next: {next}"));
                let next = text::wrap(&next, columns).into_iter();
                lines.extend(next.map(|line| format!("{}{line}", " ".repeat(INDENT))));
            }
        }
        lines
    }

    fn next(&self, project: &ProjectReport) -> Option<String> {
        words::next(self.operation, self.options.can_resume, project)
    }

    /// A project that did not succeed, in full.
    fn entry(&mut self, project: &ProjectReport) {
        self.blank();
        self.head(project, &format!(" {}", words::ended(project)));
        self.explanation(project);
        if self.options.show_changes {
            self.changes(project);
        }
    }

    /// Why it did not succeed, and what to do next.
    fn explanation(&mut self, project: &ProjectReport) {
        let why = words::own_why(project);
        if let Some(why) = &why {
            self.row("why", why);
        }
        if let Some(error) = &project.error {
            self.row("error", &text::cut(&words::error(error), LONGEST_ERROR));
            self.output(error.output.as_deref());
        }
        if let Some((hook, error)) = project.failed_last_hook() {
            self.row("warning", error);
            self.output(hook.output.as_deref());
        }
        if let Some(cause) = words::own_cause(project) {
            self.row("cause", cause);
        }
        let why = why.unwrap_or_default();
        let id = project.deployment_id.as_ref();
        if let Some(id) = id.filter(|id| !why.contains(id.as_str())) {
            self.row("deployment", id.as_str());
        }
        if self.options.verbose {
            self.row("account", &project.account);
            if let Some(effort) = news::effort(self.operation, project) {
                self.row("attempts", &effort);
            }
        }
        if let Some(next) = self.next(project) {
            self.row("next", &next);
        }
    }

    /// Failed hooks of the run.
    fn run_hooks(&mut self, hooks: &[HookRecord]) {
        for hook in hooks {
            let Some(error) = &hook.error else { continue };
            self.blank();
            let (mark, style) = match hook.hook {
                Hook::OnFailure => ('!', Style::Warn),
                Hook::Pre | Hook::Test | Hook::Post => ('✗', Style::Bad),
            };
            self.paragraph(style, &format!("{mark} {error}"));
            self.output(hook.output.as_deref());
        }
    }

    /// The last lines of a program.
    fn output(&mut self, output: Option<&str>) {
        let mut label = "output";
        for line in output.into_iter().flat_map(str::lines) {
            match line.trim() {
                "" => self.blank(),
                _ => self.row(std::mem::take(&mut label), line),
            }
        }
    }

    fn head(&mut self, project: &ProjectReport, says: &str) {
        let (mark, style) = paint::mark(project.result);
        self.paragraph(style, &format!("{mark} {}{says}", project.name));
    }

    fn changes(&mut self, project: &ProjectReport) {
        for change in project.shown_changes() {
            let (mark, style) = preview::mark(change.action);
            let line = format!("{mark} {} {}", change.kind, change.logical_id);
            self.hanging(INDENT, style, &line);
        }
    }

    fn row(&mut self, label: &str, says: &str) {
        let hang = INDENT + LABEL;
        let columns = self.options.columns.saturating_sub(hang).max(10);
        let mut label = text::pad(label, LABEL);
        for line in text::wrap(&sanitize::lines(says), columns) {
            let before = self.options.paint.paint(Style::Dim, &label);
            self.lines
                .push(format!("{}{before}{line}", " ".repeat(INDENT)));
            label = " ".repeat(LABEL);
        }
    }

    fn paragraph(&mut self, style: Style, says: &str) {
        self.hanging(0, style, says);
    }

    /// Text with a hanging indent, aligned with the word after its mark.
    fn hanging(&mut self, indent: usize, style: Style, says: &str) {
        let columns = self.options.columns.saturating_sub(indent + 2).max(10);
        let lines = text::wrap(&text::one_line(says), columns);
        for (i, line) in lines.iter().enumerate() {
            let before = " ".repeat(if i == 0 { indent } else { indent + 2 });
            let line = self.options.paint.paint(style, line);
            self.lines.push(format!("{before}{line}"));
        }
    }

    /// On a line of its own, as it is, so it can be copied.
    fn unwrapped(&mut self, says: &str) {
        let line = format!("{}{}", " ".repeat(INDENT), text::one_line(says));
        self.lines.push(line);
    }

    fn blank(&mut self) {
        self.lines.push(String::new());
    }

    /// `6 projects: 5 succeeded, 1 failed · 12.3 s`.
    fn total(&mut self, report: &Report) {
        let style = match report.result {
            RunResult::Succeeded => Style::Good,
            RunResult::Interrupted => Style::Warn,
            RunResult::Failed | RunResult::TimedOut => Style::Bad,
        };
        let gone = DiffCounts {
            create: 0,
            update: 0,
            ..(report.projects.iter())
                .filter_map(ProjectReport::shown_diff)
                .fold(DiffCounts::default(), DiffCounts::plus)
        };
        // Quiet runs have no line of successes, but no deletion is hidden.
        let is_shown = self.options.quiet && report.operation == Operation::Deploy;
        let gone = if is_shown && gone != DiffCounts::default() {
            format!(" · {}", words::diff(&gone))
        } else {
            String::new()
        };
        self.paragraph(style, &format!("{}{gone}", words::tally(report)));
    }
}

/// `: 12 created, 1 deleted`; empty if the server sent no changes.
fn total(diffs: impl Iterator<Item = DiffCounts>) -> String {
    diffs
        .reduce(DiffCounts::plus)
        .map_or(String::new(), |total| format!(": {}", words::diff(&total)))
}
