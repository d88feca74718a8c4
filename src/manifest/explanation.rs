//! Explains why a project is or is not selected.

use super::diagnostic::advice;
use super::project::Project;
use super::select::{Affected, Cause, Selection, SelectionTrace};
use crate::model::Diagnostic;

/// The most changed files to list.
const FEW: usize = 5;

/// Explains why a project is or is not selected, in lines of text; the first line is the answer.
///
/// # Errors
/// What [`select`](super::select()) refuses, and an unknown name.
pub fn explain(
    projects: &[Project],
    selection: &Selection,
    name: &str,
) -> Result<Vec<String>, Vec<Diagnostic>> {
    let trace = SelectionTrace::new(projects, selection)?;
    let Some(at) = projects.iter().position(|project| project.name == name) else {
        let names = projects.iter().map(|project| &*project.name);
        let diagnostic = Diagnostic::new(format!("--why {name}: there is no such project"));
        return Err(vec![diagnostic.help(advice(name, names, "projects"))]);
    };
    let explanation = Explanation {
        projects,
        selection,
        trace: &trace,
    };
    let (answer, reasons) = if trace.is_in(at) {
        ("is selected:", explanation.selected(at))
    } else {
        ("is not selected:", explanation.left_out(at))
    };
    let mut lines = vec![format!("{name} {answer}")];
    lines.extend(reasons.iter().map(|reason| format!("  {reason}")));
    Ok(lines)
}

/// Explains one selection.
struct Explanation<'a> {
    projects: &'a [Project],
    selection: &'a Selection,
    trace: &'a SelectionTrace,
}

impl Explanation<'_> {
    fn selected(&self, at: usize) -> Vec<String> {
        if self.trace.chosen[at] {
            return self.chosen(at);
        }
        let (flag, from) = match self.trace.needed_by[at] {
            Some(_) => ("--with-deps", &self.trace.needed_by),
            None => ("--with-dependents", &self.trace.needs),
        };
        let mut chain = vec![at];
        chain.extend(std::iter::successors(from[at], |at| from[*at]));
        let mut links: Vec<String> = chain
            .windows(2)
            .map(|link| match flag {
                "--with-deps" => self.link(link[1], link[0]),
                _ => self.link(link[0], link[1]),
            })
            .collect();
        if flag == "--with-deps" {
            links.reverse();
        }
        let mut lines = vec![format!("{flag}: {}", links.join(", "))];
        if let Some(start) = chain.last() {
            lines.push(format!("{} is selected:", self.name(*start)));
            let reasons = self.chosen(*start).into_iter();
            lines.extend(reasons.map(|reason| format!("  {reason}")));
        }
        lines
    }

    /// Why a project is selected directly.
    fn chosen(&self, at: usize) -> Vec<String> {
        let mut lines = vec![];
        if let Some(only) = &self.trace.only[at] {
            lines.push(format!("--only {} matches {}", only.pattern, only.what));
        }
        if let Some(affected) = &self.selection.affected {
            lines.extend(causes(affected, self.name(at)));
        }
        if lines.is_empty() {
            lines.push("without --only and --affected, every project is selected".to_owned());
        }
        lines
    }

    fn left_out(&self, at: usize) -> Vec<String> {
        if let Some(exclude) = &self.trace.exclude[at] {
            let (pattern, what) = (&exclude.pattern, &exclude.what);
            return vec![format!(
                "--exclude {pattern} matches {what} and always wins"
            )];
        }
        let mut lines = vec![];
        if !self.selection.only.is_empty() && self.trace.only[at].is_none() {
            lines.push(match &self.projects[at].tags[..] {
                [] => "no --only matches its name, and it has no tags".to_owned(),
                tags => format!(
                    "no --only matches its name or its tags ({})",
                    tags.join(", ")
                ),
            });
        }
        if let Some(affected) = &self.selection.affected
            && !affected.causes.contains_key(self.name(at))
        {
            let since = &affected.since;
            lines.push(format!("it is not affected by the changes since {since}"));
        }
        let is_in = |other: &usize| self.trace.is_in(*other);
        let needs_it = |other: &usize| self.trace.edges[*other].contains(&at);
        if let Some(other) = (0..self.projects.len()).find(|other| is_in(other) && needs_it(other))
        {
            lines.push(format!(
                "{}, which is selected, depends on it: add it with --with-deps",
                self.name(other)
            ));
        }
        if let Some(other) = self.trace.edges[at].iter().find(|other| is_in(other)) {
            lines.push(format!(
                "it depends on {}, which is selected: add it with --with-dependents",
                self.name(*other)
            ));
        }
        lines
    }

    fn link(&self, from: usize, to: usize) -> String {
        format!("{} depends on {}", self.name(from), self.name(to))
    }

    fn name(&self, at: usize) -> &str {
        &self.projects[at].name
    }
}

fn causes(affected: &Affected, name: &str) -> Vec<String> {
    let causes = affected.causes.get(name).map_or(&[][..], Vec::as_slice);
    let (mut files, mut words) = (vec![], vec![]);
    for cause in causes {
        match cause {
            Cause::Input(file) => files.push(format!("  {}", file.display())),
            Cause::Manifest(what) => words.push(format!("  {what}")),
        }
    }
    let more = files.len().saturating_sub(FEW);
    files.truncate(FEW);
    if more > 0 {
        files.push(format!("  and {more} more files"));
    }
    let mut lines = vec![format!("changed since {}:", affected.since)];
    lines.append(&mut files);
    lines.append(&mut words);
    lines
}
