//! Selects the projects of a run.

use super::diagnostic::suggest;
use super::project::Project;
use crate::model::Diagnostic;
use globset::{Glob, GlobMatcher};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use unicode_normalization::UnicodeNormalization;

/// A selection. A pattern is a name, a glob over names, or `tag:T`, where `T` may be a glob.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Select the projects that match any of these, or all projects if empty.
    pub only: Vec<String>,
    /// Always leave out the projects that match any of these.
    pub exclude: Vec<String>,
    /// Of those that `only` selects, select only the affected projects.
    pub affected: Option<Affected>,
    /// Add the dependencies of the selected projects.
    pub with_deps: bool,
    /// Add the dependents of the selected projects.
    pub with_dependents: bool,
}

/// The affected projects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// The base of the comparison, worded to follow "since".
    pub since: String,
    /// The changes by project name, never empty.
    pub causes: BTreeMap<String, Vec<Cause>>,
}

/// Why a project is affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A changed input, from the repository's root.
    Input(PathBuf),
    /// The name of a changed part of the manifest.
    Manifest(String),
}

/// The selected projects, in the manifest's order; possibly none. A dependency that is not selected moves from
/// `depends_on` to `unselected_dependencies`: it must be deployed already.
///
/// # Errors
/// Every pattern that matches nothing: a misspelled `--exclude` would deploy a project by mistake.
pub fn select(
    projects: Vec<Project>,
    selection: &Selection,
) -> Result<Vec<Project>, Vec<Diagnostic>> {
    let trace = SelectionTrace::new(&projects, selection)?;
    let kept = (0..projects.len()).filter(|at| trace.is_in(*at));
    let names = kept.map(|at| projects[at].name.clone()).collect();
    Ok(keep(projects, &names))
}

/// The names of the projects that match any of a flag's patterns.
///
/// # Errors
/// Every invalid pattern, and every pattern that matches nothing.
pub fn named<'p>(
    projects: &'p [Project],
    flag: &str,
    patterns: &[String],
) -> Result<HashSet<&'p str>, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let matched = matching(flag, patterns, projects, &mut diagnostics);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let both = projects.iter().zip(&matched);
    let named = both.filter_map(|(project, matched)| matched.as_ref().map(|_| &*project.name));
    Ok(named.collect())
}

/// The projects with these names, in the manifest's order, as [`select`] returns them.
pub fn keep(mut projects: Vec<Project>, names: &HashSet<String>) -> Vec<Project> {
    projects.retain(|project| names.contains(&project.name));
    for project in &mut projects {
        let dependencies = std::mem::take(&mut project.depends_on).into_iter();
        (project.depends_on, project.unselected_dependencies) =
            dependencies.partition(|name| names.contains(name));
    }
    projects
}

/// How a selection comes about. Projects are indexes into the manifest.
pub(super) struct SelectionTrace {
    /// For each project, the pattern of `only` that it matches.
    pub(super) only: Vec<Option<Match>>,
    /// For each project, the pattern of `exclude` that it matches.
    pub(super) exclude: Vec<Option<Match>>,
    /// Whether each project is selected directly.
    pub(super) chosen: Vec<bool>,
    /// For each added dependency, the project that depends on it.
    pub(super) needed_by: Vec<Option<usize>>,
    /// For each added dependent, the project that it depends on.
    pub(super) needs: Vec<Option<usize>>,
    /// The dependencies of each project, in the order of `depends_on`.
    pub(super) edges: Vec<Vec<usize>>,
}

/// A matching pattern.
pub(super) struct Match {
    pub(super) pattern: String,
    /// What the pattern matches.
    pub(super) what: String,
}

impl SelectionTrace {
    pub(super) fn new(
        projects: &[Project],
        selection: &Selection,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let only = matching("--only", &selection.only, projects, &mut diagnostics);
        let exclude = matching("--exclude", &selection.exclude, projects, &mut diagnostics);
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        let is_affected = |project: &Project| match &selection.affected {
            Some(affected) => affected.causes.contains_key(&project.name),
            None => true,
        };
        let chosen: Vec<bool> = projects
            .iter()
            .zip(&only)
            .map(|(project, only)| {
                (selection.only.is_empty() || only.is_some()) && is_affected(project)
            })
            .collect();
        let edges = edges(projects);
        let (mut needed_by, mut needs) = (vec![None; projects.len()], vec![None; projects.len()]);
        if selection.with_deps {
            needed_by = reached(&chosen, &edges);
        }
        if selection.with_dependents {
            needs = reached(&chosen, &reversed(&edges));
        }
        Ok(Self {
            needed_by,
            needs,
            only,
            exclude,
            chosen,
            edges,
        })
    }

    pub(super) fn is_in(&self, at: usize) -> bool {
        let is_reached = self.needed_by[at].is_some() || self.needs[at].is_some();
        (self.chosen[at] || is_reached) && self.exclude[at].is_none()
    }
}

/// A pattern of `--only` and `--exclude`: a name, a glob over names, or `tag:T`, where `T` may be a glob.
///
/// Unicode forms do not matter: a shell may complete a decomposed name, and people type composed ones.
pub(super) struct Pattern {
    text: String,
    tag: Option<String>,
    glob: GlobMatcher,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let text: String = text.nfc().collect();
        let tag = text.strip_prefix("tag:").map(str::to_owned);
        let glob = Glob::new(tag.as_ref().unwrap_or(&text));
        let glob = glob.map_err(|error| error.kind().to_string())?;
        Ok(Self {
            text,
            tag,
            glob: glob.compile_matcher(),
        })
    }

    /// What the pattern matches: `its name`, or `its tag T`. An identical name or tag always matches, even if it
    /// contains wildcards.
    pub(super) fn matches(&self, project: &Project) -> Option<String> {
        let name: String = project.name.nfc().collect();
        let is_name = self.text == name || self.tag.is_none() && self.glob.is_match(&name);
        if is_name {
            return Some("its name".to_owned());
        }
        let is_tag = |tag: &&String| {
            let tag: String = tag.nfc().collect();
            self.tag.as_ref() == Some(&tag) || self.glob.is_match(&tag)
        };
        let tag = self.tag.as_ref().and(project.tags.iter().find(is_tag))?;
        Some(format!("its tag {tag}"))
    }
}

/// The first matching pattern of each project.
fn matching(
    flag: &str,
    patterns: &[String],
    projects: &[Project],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Option<Match>> {
    let mut matched: Vec<Option<Match>> = projects.iter().map(|_| None).collect();
    for pattern in patterns {
        let matcher = match Pattern::new(pattern) {
            Ok(matcher) => matcher,
            Err(why) => {
                let what = format!("{flag} {pattern} is not a valid pattern");
                diagnostics.push(Diagnostic::new(what).help(why));
                continue;
            }
        };
        let mut any = false;
        for (matched, project) in matched.iter_mut().zip(projects) {
            if let Some(what) = matcher.matches(project) {
                any = true;
                let pattern = pattern.clone();
                matched.get_or_insert(Match { pattern, what });
            }
        }
        if !any {
            diagnostics.push(nothing(flag, pattern, projects));
        }
    }
    matched
}

fn nothing(flag: &str, pattern: &str, projects: &[Project]) -> Diagnostic {
    let names = projects.iter().map(|project| project.name.as_str());
    let tags = projects.iter().flat_map(|project| &project.tags);
    let near = match pattern.strip_prefix("tag:") {
        Some(tag) => suggest(tag, tags.map(String::as_str)).map(|near| format!("tag:{near}")),
        None => suggest(pattern, names).map(str::to_owned),
    };
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`orchestrate list` shows the projects and their tags".to_owned(),
    };
    // Makes an empty shell variable visible.
    let shown = if pattern.trim().is_empty() {
        format!("{pattern:?}")
    } else {
        pattern.to_owned()
    };
    Diagnostic::new(format!("no project matches `{flag} {shown}`")).help(help)
}

/// The dependencies of each project as indexes, in the order of `depends_on`; loading has checked that all exist.
pub(super) fn edges(projects: &[Project]) -> Vec<Vec<usize>> {
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

/// The project that each one is reached from on a shortest path along the edges; `None` for starts.
fn reached(starts: &[bool], edges: &[Vec<usize>]) -> Vec<Option<usize>> {
    let mut open: VecDeque<usize> = (0..starts.len()).filter(|at| starts[*at]).collect();
    let (mut seen, mut from) = (starts.to_vec(), vec![None; starts.len()]);
    while let Some(at) = open.pop_front() {
        for &next in &edges[at] {
            if !std::mem::replace(&mut seen[next], true) {
                from[next] = Some(at);
                open.push_back(next);
            }
        }
    }
    from
}

/// A remaining project with deleted dependencies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrphanedDependent {
    /// Its name.
    pub name: String,
    /// The deleted projects in its `depends_on`, in that order.
    pub depends_on: Vec<String>,
}

/// The remaining projects that depend on a deleted one, in the manifest's order.
pub fn orphaned_dependents(all: &[Project], deleted: &[Project]) -> Vec<OrphanedDependent> {
    let deleted: HashSet<&str> = deleted.iter().map(|project| &*project.name).collect();
    let remaining = all
        .iter()
        .filter(|project| !deleted.contains(&*project.name));
    let orphaned = remaining.map(|project| OrphanedDependent {
        name: project.name.clone(),
        depends_on: project
            .depends_on
            .iter()
            .filter(|name| deleted.contains(name.as_str()))
            .cloned()
            .collect(),
    });
    orphaned
        .filter(|project| !project.depends_on.is_empty())
        .collect()
}
