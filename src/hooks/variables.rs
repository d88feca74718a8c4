//! The environment variables of hooks. Pure.
//!
//! Flags can be set by variables with the same prefix. No name may be that of a flag (a test in `cli` checks this), or a hook that
//! calls `orchestrate` would set flags by accident.

use crate::model::{DiffCounts, Hook, Outcome, Report};
use std::path::Path;

/// All variables of all hooks.
pub const NAMES: [&str; 20] = [
    HOOK,
    RUN,
    MANIFEST,
    PROJECT,
    LOGICAL_ID,
    DIRECTORY,
    ACCOUNT,
    ACCOUNT_ID,
    RESULT,
    REASON,
    DEPLOYMENT_ID,
    DIFF[0],
    DIFF[1],
    DIFF[2],
    DIFF[3],
    PROJECTS,
    SUCCEEDED,
    FAILED,
    FAILED_PROJECTS,
    ERROR,
];

const HOOK: &str = "ORCHESTRATE_HOOK";
const RUN: &str = "ORCHESTRATE_RUN";
const MANIFEST: &str = "ORCHESTRATE_MANIFEST";
const PROJECT: &str = "ORCHESTRATE_PROJECT";
const LOGICAL_ID: &str = "ORCHESTRATE_LOGICAL_ID";
const ACCOUNT: &str = "ORCHESTRATE_ACCOUNT";
const ACCOUNT_ID: &str = "ORCHESTRATE_ACCOUNT_ID";
const DIRECTORY: &str = "ORCHESTRATE_DIRECTORY";
const RESULT: &str = "ORCHESTRATE_RESULT";
const REASON: &str = "ORCHESTRATE_REASON";
const ERROR: &str = "ORCHESTRATE_ERROR";
const DEPLOYMENT_ID: &str = "ORCHESTRATE_DEPLOYMENT_ID";
const DIFF: [&str; 4] = [
    "ORCHESTRATE_DIFF_CREATE",
    "ORCHESTRATE_DIFF_UPDATE",
    "ORCHESTRATE_DIFF_DELETE",
    "ORCHESTRATE_DIFF_DETACH",
];
const PROJECTS: &str = "ORCHESTRATE_PROJECTS";
const SUCCEEDED: &str = "ORCHESTRATE_SUCCEEDED";
const FAILED: &str = "ORCHESTRATE_FAILED";
const FAILED_PROJECTS: &str = "ORCHESTRATE_FAILED_PROJECTS";

/// The maximum length in bytes; Linux allows twice as much.
const LONGEST: usize = 64 * 1024;

/// Names and values.
type Variables = Vec<(&'static str, String)>;

/// The run a hook belongs to.
#[derive(Clone, Debug)]
pub struct OfRun {
    /// The run's id.
    pub run: String,
    /// The manifest: an absolute path, or `-`.
    pub manifest: String,
}

/// The project a hook belongs to.
#[derive(Clone, Copy, Debug)]
pub struct OfProject<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its name in the account.
    pub logical_id: &'a str,
    /// Its directory, if it has one.
    pub dir: Option<&'a Path>,
    /// The account's name in the manifest.
    pub account: &'a str,
    /// The account's id at Checkly.
    pub account_id: &'a str,
    /// Its outcome; `None` before it is deployed.
    pub outcome: Option<&'a Outcome>,
}

/// The variables of a project's hook.
pub fn of_project(hook: Hook, run: &OfRun, project: OfProject<'_>) -> Variables {
    let mut variables = about(hook, run);
    variables.extend([
        (PROJECT, project.name.to_owned()),
        (LOGICAL_ID, project.logical_id.to_owned()),
        (ACCOUNT, project.account.to_owned()),
        (ACCOUNT_ID, project.account_id.to_owned()),
    ]);
    let dir = project.dir.map(|dir| plain(&dir.to_string_lossy()));
    variables.extend(dir.map(|dir| (DIRECTORY, dir)));
    let Some(outcome) = project.outcome else {
        return variables;
    };
    variables.push((RESULT, outcome.result.to_string()));
    variables.extend(outcome.reason.iter().map(|why| (REASON, why.to_string())));
    variables.extend(
        outcome
            .error
            .iter()
            .map(|error| (ERROR, plain(&error.message))),
    );
    variables.extend(
        outcome
            .deployment_id
            .iter()
            .map(|id| (DEPLOYMENT_ID, id.to_string())),
    );
    if let Some(changes) = &outcome.changes {
        let diff = DiffCounts::of(changes);
        let counts = [diff.create, diff.update, diff.delete, diff.detach];
        variables.extend(DIFF.into_iter().zip(counts.map(|count| count.to_string())));
    }
    variables
}

/// The variables of a hook of the run. `report` is `None` before the run.
pub fn of_run(hook: Hook, run: &OfRun, projects: usize, report: Option<&Report>) -> Variables {
    let mut variables = about(hook, run);
    variables.push((PROJECTS, projects.to_string()));
    let Some(report) = report else {
        return variables;
    };
    let rows = report.projects.iter();
    let failed: Vec<&str> = rows
        .filter(|row| !row.result.is_success())
        .map(|row| row.name.as_str())
        .collect();
    let succeeded = report.projects.len() - failed.len();
    variables.extend([
        (RESULT, report.result.as_str().to_owned()),
        (SUCCEEDED, succeeded.to_string()),
        (FAILED, failed.len().to_string()),
        (FAILED_PROJECTS, lines(&failed)),
    ]);
    variables
}

fn about(hook: Hook, run: &OfRun) -> Variables {
    vec![
        (HOOK, hook.to_string()),
        (RUN, run.run.clone()),
        (MANIFEST, run.manifest.clone()),
    ]
}

/// As many names as fit, one per line: a program with a variable that is too long cannot start.
fn lines(names: &[&str]) -> String {
    let mut lines = String::new();
    for name in names {
        if lines.len() + name.len() >= LONGEST {
            break;
        }
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(name);
    }
    lines
}

/// Variables cannot contain NUL.
fn plain(text: &str) -> String {
    text.replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_names_fits_into_a_variable() {
        assert_eq!(lines(&["shop", "blog"]), "shop\nblog");
        let long = "x".repeat(100);
        let text = lines(&vec![long.as_str(); 2000]);
        assert!(text.len() <= LONGEST && text.len() > LONGEST - 200);
        assert!(text.lines().all(|line| line == long));
    }
}
