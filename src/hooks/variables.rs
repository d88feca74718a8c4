//! What a hook is told, by environment variables. Pure.
//!
//! The program's own flags are variables of the same kind: no name may be that of one (a test of `cli` keeps them apart), or
//! a hook that calls `orchestrate` would say things it does not mean.

use crate::model::{DiffCounts, Hook, Outcome, Report};
use std::path::Path;

/// Every variable that some hook gets.
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

/// Bytes; Linux allows twice as many.
const LONGEST: usize = 64 * 1024;

/// Variables and their values.
type Told = Vec<(&'static str, String)>;

/// The run a hook belongs to.
#[derive(Clone, Debug)]
pub struct OfRun {
    /// Its id.
    pub run: String,
    /// Its manifest: an absolute path, or `-`.
    pub manifest: String,
}

/// The project a hook belongs to.
#[derive(Clone, Copy, Debug)]
pub struct OfProject<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its name in the account.
    pub logical_id: &'a str,
    /// Its folder, if it has one.
    pub dir: Option<&'a Path>,
    /// The account's name in the manifest.
    pub account: &'a str,
    /// The account's id at Checkly.
    pub account_id: &'a str,
    /// How it has ended; before it is deployed, nothing.
    pub outcome: Option<&'a Outcome>,
}

/// What a hook of a project is told.
pub fn of_project(hook: Hook, run: &OfRun, project: OfProject<'_>) -> Told {
    let mut told = about(hook, run);
    told.extend([
        (PROJECT, project.name.to_owned()),
        (LOGICAL_ID, project.logical_id.to_owned()),
        (ACCOUNT, project.account.to_owned()),
        (ACCOUNT_ID, project.account_id.to_owned()),
    ]);
    let dir = project.dir.map(|dir| plain(&dir.to_string_lossy()));
    told.extend(dir.map(|dir| (DIRECTORY, dir)));
    let Some(outcome) = project.outcome else {
        return told;
    };
    told.push((RESULT, outcome.result.to_string()));
    told.extend(outcome.reason.iter().map(|why| (REASON, why.to_string())));
    told.extend(
        outcome
            .error
            .iter()
            .map(|error| (ERROR, plain(&error.message))),
    );
    told.extend(
        outcome
            .deployment_id
            .iter()
            .map(|id| (DEPLOYMENT_ID, id.to_string())),
    );
    if let Some(changes) = &outcome.changes {
        let diff = DiffCounts::of(changes);
        let counts = [diff.create, diff.update, diff.delete, diff.detach];
        told.extend(DIFF.into_iter().zip(counts.map(|count| count.to_string())));
    }
    told
}

/// What a hook of the run itself is told. `report` is how the run has ended; before it has begun, nothing.
pub fn of_run(hook: Hook, run: &OfRun, projects: usize, report: Option<&Report>) -> Told {
    let mut told = about(hook, run);
    told.push((PROJECTS, projects.to_string()));
    let Some(report) = report else {
        return told;
    };
    let rows = report.projects.iter();
    let failed: Vec<&str> = rows
        .filter(|row| !row.result.is_success())
        .map(|row| row.name.as_str())
        .collect();
    let succeeded = report.projects.len() - failed.len();
    told.extend([
        (RESULT, report.result.as_str().to_owned()),
        (SUCCEEDED, succeeded.to_string()),
        (FAILED, failed.len().to_string()),
        (FAILED_PROJECTS, lines(&failed)),
    ]);
    told
}

fn about(hook: Hook, run: &OfRun) -> Told {
    vec![
        (HOOK, hook.to_string()),
        (RUN, run.run.clone()),
        (MANIFEST, run.manifest.clone()),
    ]
}

/// As many of the names, a line each, as surely fit: a variable that is too long keeps a program from being started.
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

/// No variable can hold a NUL.
fn plain(text: &str) -> String {
    text.replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_names_are_told_than_a_variable_can_hold() {
        assert_eq!(lines(&["shop", "blog"]), "shop\nblog");
        let long = "x".repeat(100);
        let told = lines(&vec![long.as_str(); 2000]);
        assert!(told.len() <= LONGEST && told.len() > LONGEST - 200);
        assert!(told.lines().all(|line| line == long));
    }
}
