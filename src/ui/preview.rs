//! The result of a preview: a table of changes, and the deletions to confirm. Resources that the Checkly CLI creates as part of
//! a check are not counted, as in the CLI.

use super::paint::{self, Paint, Style};
use super::text;
use crate::guard::{self, Deletion};
use crate::model::{Action, DiffCounts, ProjectReport, ProjectResult};
use crate::words;

/// The width of a number column.
const NUMBER: usize = 9;
/// The minimum width of a table.
const LEAST: usize = 4 * NUMBER + 8;

/// A row per project, and a row for their sum.
pub(super) fn table(projects: &[&ProjectReport], paint: Paint, columns: usize) -> Vec<String> {
    if columns < LEAST {
        return projects
            .iter()
            .map(|project| {
                let says = format!(
                    "{}: {}",
                    text::one_line(&project.name),
                    words::forecast(project)
                );
                text::cut(&says, columns)
            })
            .collect();
    }
    let names: Vec<String> = projects.iter().map(|p| text::one_line(&p.name)).collect();
    let longest = names.iter().map(|name| text::width(name)).max();
    let width = longest.unwrap_or(0).clamp(8, columns - 4 * NUMBER);
    let head = ["CREATE", "UPDATE", "DELETE", "PRESERVE"].map(|word| format!("{word:>NUMBER$}"));
    let head = format!("{}{}", text::pad("PROJECT", width), head.concat());
    let mut lines = vec![paint.paint(Style::Dim, &head)];
    let mut sum = DiffCounts::default();
    for (project, name) in projects.iter().zip(&names) {
        let name = text::pad(&text::cut_middle(name, width), width);
        let row = match (project.result, project.shown_diff()) {
            (ProjectResult::Succeeded, Some(counts)) => {
                sum = sum.plus(counts);
                numbers(&counts, paint)
            }
            _ => {
                let (_, style) = paint::mark(project.result);
                let style = if project.result.is_success() {
                    Style::Dim
                } else {
                    style
                };
                let says = text::cut(&words::forecast(project), columns - width - 2);
                format!("  {}", paint.paint(style, &says))
            }
        };
        lines.push(format!("{name}{row}"));
    }
    if projects.len() > 1 {
        let name = paint.paint(Style::Strong, &text::pad("all", width));
        lines.push(format!("{name}{}", numbers(&sum, paint)));
    }
    lines
}

fn numbers(counts: &DiffCounts, paint: Paint) -> String {
    [
        (counts.create, Style::Good),
        (counts.update, Style::Plain),
        (counts.delete, Style::Bad),
        (counts.detach, Style::Warn),
    ]
    .map(|(n, style)| match n {
        0 => paint.paint(Style::Dim, &format!("{:>NUMBER$}", "-")),
        n => paint.paint(style, &format!("{n:>NUMBER$}")),
    })
    .concat()
}

/// Everything that would be deleted, by project. Text from the server is sanitized.
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
            lines.extend([String::new(), paint.paint(Style::Strong, &head)]);
        }
        let resource = text::one_line(&format!("{} {}", change.kind, change.logical_id));
        let line = text::cut(&format!("    - {resource}"), columns);
        lines.push(paint.paint(Style::Bad, &line));
    }
    let resources = words::count(deletions.len(), "resource");
    let projects = words::count(projects.len(), "project");
    format!(
        "{resources} of {projects} would be deleted:\n{}\n",
        lines.join("\n")
    )
}

/// The symbol of a change and its color.
pub(super) fn mark(action: Action) -> (char, Style) {
    match action {
        Action::Create => ('+', Style::Good),
        Action::Update => ('~', Style::Warn),
        Action::Delete => ('-', Style::Bad),
        Action::Detached => ('○', Style::Dim),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::script::row;
    use super::*;

    #[test]
    fn narrow_terminals_get_text_instead_of_a_table() {
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
