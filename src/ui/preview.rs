//! What a preview came to: a table of what would change, and the deletions that somebody is asked about. Resources that
//! the Checkly CLI makes by itself are part of their check, here as there.

use super::paint::{Paint, Tone};
use super::{text, words};
use crate::guard::{self, Deletion};
use crate::model::{Action, Change, DiffCounts, ProjectReport, ProjectResult};

/// What changes of a project are worth telling, in the server's order.
pub(super) fn told(project: &ProjectReport) -> impl Iterator<Item = &Change> {
    project
        .changes
        .iter()
        .filter(|change| !change.is_internal())
}

/// How many; `None` where the server did not say.
pub(super) fn counts(project: &ProjectReport) -> Option<DiffCounts> {
    project.diff.map(|_| DiffCounts::of(told(project)))
}

/// Columns of a number.
const NUMBER: usize = 8;
/// Below so many columns there is no room for a table.
const LEAST: usize = 4 * NUMBER + 8;

/// A line a project, and one for their sum.
pub(super) fn table(projects: &[&ProjectReport], paint: Paint, columns: usize) -> Vec<String> {
    if columns < LEAST {
        return projects
            .iter()
            .map(|project| {
                let says = format!("{}: {}", text::one_line(&project.name), outcome(project));
                text::cut(&says, columns)
            })
            .collect();
    }
    let names: Vec<String> = projects.iter().map(|p| text::one_line(&p.name)).collect();
    let longest = names.iter().map(|name| text::width(name)).max();
    let width = longest.unwrap_or(0).clamp(8, columns - 4 * NUMBER);
    let head = ["CREATE", "UPDATE", "DELETE", "DETACH"].map(|word| format!("{word:>NUMBER$}"));
    let head = format!("{}{}", text::pad("PROJECT", width), head.concat());
    let mut lines = vec![paint.paint(Tone::Dim, &head)];
    let mut sum = DiffCounts::default();
    for (project, name) in projects.iter().zip(&names) {
        let name = text::pad(&text::cut_middle(name, width), width);
        let row = match (project.result, counts(project)) {
            (ProjectResult::Succeeded, Some(counts)) => {
                sum = sum.plus(counts);
                numbers(&counts, paint)
            }
            _ => {
                let (_, tone) = words::mark(project.result);
                let tone = match project.result.is_success() {
                    true => Tone::Dim,
                    false => tone,
                };
                let says = text::cut(&outcome(project), columns - width - 2);
                format!("  {}", paint.paint(tone, &says))
            }
        };
        lines.push(format!("{name}{row}"));
    }
    if projects.len() > 1 {
        let name = paint.paint(Tone::Strong, &text::pad("all", width));
        lines.push(format!("{name}{}", numbers(&sum, paint)));
    }
    lines
}

/// What would become of a project, in a few words.
pub(super) fn outcome(project: &ProjectReport) -> String {
    match (project.result, counts(project)) {
        (ProjectResult::Succeeded, Some(counts)) => text::intent(&counts),
        (ProjectResult::Unchanged, _) => "unchanged (same bundle)".into(),
        (result, _) => words::result(result).into(),
    }
}

fn numbers(counts: &DiffCounts, paint: Paint) -> String {
    [
        (counts.create, Tone::Good),
        (counts.update, Tone::Plain),
        (counts.delete, Tone::Bad),
        (counts.detach, Tone::Warn),
    ]
    .map(|(n, tone)| match n {
        0 => paint.paint(Tone::Dim, &format!("{:>NUMBER$}", "-")),
        n => paint.paint(tone, &format!("{n:>NUMBER$}")),
    })
    .concat()
}

/// Everything that would be deleted, by project. Text from the server is made harmless.
pub fn deletions(rows: &[ProjectReport], color: bool, columns: usize) -> String {
    let deletions = guard::deletions(rows);
    let paint = Paint { on: color };
    let mut projects = vec![];
    let mut lines = vec![];
    for Deletion {
        project,
        account,
        change,
    } in &deletions
    {
        if projects.last() != Some(project) {
            projects.push(project);
            let (project, account) = (text::one_line(project), text::one_line(account));
            let head = text::cut(&format!("  {project} (account {account})"), columns);
            lines.extend([String::new(), paint.paint(Tone::Strong, &head)]);
        }
        let resource = text::one_line(&format!("{} {}", change.kind, change.logical_id));
        let line = text::cut(&format!("    - {resource}"), columns);
        lines.push(paint.paint(Tone::Bad, &line));
    }
    let resources = text::count(deletions.len(), "resource");
    let projects = text::count(projects.len(), "project");
    format!(
        "{resources} of {projects} would be deleted:\n{}\n",
        lines.join("\n")
    )
}

/// The sign in front of a change, and its colour.
pub(super) fn mark(action: Action) -> (char, Tone) {
    match action {
        Action::Create => ('+', Tone::Good),
        Action::Update => ('~', Tone::Warn),
        Action::Delete => ('-', Tone::Bad),
        Action::Detached => ('○', Tone::Dim),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::script::row;
    use super::*;

    #[test]
    fn where_there_is_no_room_for_a_table_there_are_words() {
        let mut new = row("shop", ProjectResult::Succeeded);
        new.diff = Some(DiffCounts::default());
        let same = row("acme-monitoring-checkout", ProjectResult::Unchanged);
        let lines = table(&[&new, &same], Paint { on: false }, 30);
        assert_eq!(
            lines,
            ["shop: no changes", "acme-monitoring-checkout: unc…"]
        );
    }
}
