//! Which of a manifest's projects a run is about.

use super::nearest::nearest;
use super::project::Project;
use crate::model::Problem;
use globset::{Glob, GlobMatcher};
use std::collections::HashMap;

/// What to select. A pattern is a name, a glob over names, or `tag:T`, where `T` may be a glob.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Projects that match any of these; all projects where there is none.
    pub only: Vec<String>,
    /// Projects that match any of these are left out, whatever else selects them.
    pub exclude: Vec<String>,
    /// Also what the selected projects depend on.
    pub with_deps: bool,
    /// Also what depends on the selected projects.
    pub with_dependents: bool,
}

/// Why nothing is selected.
#[derive(Debug)]
pub struct SelectError {
    /// Patterns that are none, and patterns that match nothing.
    pub problems: Vec<Problem>,
    /// Whether that is all: sound patterns of `only`, none of which matches.
    pub is_empty: bool,
}

/// The selected projects, in the manifest's order; possibly none. A dependency that is not selected is dropped from
/// `depends_on`: it is taken to be deployed already.
///
/// # Errors
/// Every pattern that matches nothing: a misspelt `--exclude` would deploy what was to be left alone.
pub fn select(projects: Vec<Project>, selection: &Selection) -> Result<Vec<Project>, SelectError> {
    let mut problems = Vec::new();
    let mut only = matching("--only", &selection.only, &projects, &mut problems);
    let of_only = problems.len();
    let exclude = matching("--exclude", &selection.exclude, &projects, &mut problems);
    if !problems.is_empty() {
        let is_sound = |pattern: &String| Pattern::new(pattern).is_ok();
        let is_empty = problems.len() == of_only
            && !only.contains(&true)
            && selection.only.iter().all(is_sound);
        return Err(SelectError { problems, is_empty });
    }
    if selection.only.is_empty() {
        only = vec![true; projects.len()];
    }
    let edges = edges(&projects);
    let mut selected = only.clone();
    if selection.with_deps {
        add_reachable(&only, &edges, &mut selected);
    }
    if selection.with_dependents {
        add_reachable(&only, &reversed(&edges), &mut selected);
    }
    let is_in: Vec<bool> = selected
        .iter()
        .zip(&exclude)
        .map(|(selected, excluded)| *selected && !excluded)
        .collect();
    let kept = projects
        .into_iter()
        .enumerate()
        .filter(|(at, _)| is_in[*at]);
    Ok(kept
        .map(|(at, mut project)| {
            let mut dependencies = edges[at].iter();
            project
                .depends_on
                .retain(|_| dependencies.next().is_some_and(|to| is_in[*to]));
            project
        })
        .collect())
}

/// Whether each project matches any of the patterns.
fn matching(
    flag: &str,
    patterns: &[String],
    projects: &[Project],
    problems: &mut Vec<Problem>,
) -> Vec<bool> {
    let mut matched = vec![false; projects.len()];
    for pattern in patterns {
        let matcher = match Pattern::new(pattern) {
            Ok(matcher) => matcher,
            Err(why) => {
                let what = format!("{flag} {pattern} is not a pattern");
                problems.push(Problem::new(what).help(why));
                continue;
            }
        };
        let mut any = false;
        for (matched, project) in matched.iter_mut().zip(projects) {
            if matcher.matches(project) {
                (*matched, any) = (true, true);
            }
        }
        if !any {
            problems.push(nothing(flag, pattern, projects));
        }
    }
    matched
}

fn nothing(flag: &str, pattern: &str, projects: &[Project]) -> Problem {
    let names = projects.iter().map(|project| project.name.as_str());
    let tags = projects.iter().flat_map(|project| &project.tags);
    let near = match pattern.strip_prefix("tag:") {
        Some(tag) => nearest(tag, tags.map(String::as_str)).map(|near| format!("tag:{near}")),
        None => nearest(pattern, names).map(str::to_owned),
    };
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`orchestrate list` shows the projects and their tags".to_owned(),
    };
    Problem::new(format!("{flag} {pattern} matches no project")).help(help)
}

struct Pattern<'p> {
    text: &'p str,
    tag: bool,
    glob: GlobMatcher,
}

impl<'p> Pattern<'p> {
    fn new(text: &'p str) -> Result<Self, String> {
        let tag = text.strip_prefix("tag:");
        let glob = Glob::new(tag.unwrap_or(text)).map_err(|error| error.kind().to_string())?;
        Ok(Self {
            text,
            tag: tag.is_some(),
            glob: glob.compile_matcher(),
        })
    }

    /// A project's own name always selects it, whatever signs are in it.
    fn matches(&self, project: &Project) -> bool {
        self.text == project.name
            || match self.tag {
                true => project.tags.iter().any(|tag| self.glob.is_match(tag)),
                false => self.glob.is_match(&project.name),
            }
    }
}

/// For each project the places of its dependencies, in the order of `depends_on`; loading has shown that all exist.
fn edges(projects: &[Project]) -> Vec<Vec<usize>> {
    let by_name: HashMap<&str, usize> = projects
        .iter()
        .enumerate()
        .map(|(at, project)| (project.name.as_str(), at))
        .collect();
    let edges = projects.iter().map(|project| {
        let known = project
            .depends_on
            .iter()
            .map(|name| by_name.get(name.as_str()));
        known.flatten().copied().collect()
    });
    edges.collect()
}

fn reversed(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut reversed = vec![Vec::new(); edges.len()];
    for (from, to) in edges.iter().enumerate() {
        for to in to {
            reversed[*to].push(from);
        }
    }
    reversed
}

/// Marks what can be reached from the starts.
fn add_reachable(starts: &[bool], edges: &[Vec<usize>], reached: &mut [bool]) {
    let mut open: Vec<usize> = (0..starts.len()).filter(|at| starts[*at]).collect();
    let mut seen = starts.to_vec();
    while let Some(at) = open.pop() {
        reached[at] = true;
        for &next in &edges[at] {
            if !std::mem::replace(&mut seen[next], true) {
                open.push(next);
            }
        }
    }
}
