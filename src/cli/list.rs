//! `orchestrate list`: the selected projects in start order.

use super::args::ListArgs;
use super::console::{print, show};
use super::load;
use super::output::warn_of_nowhere;
use super::values::ListFormat;
use super::{Exit, reuse};
use crate::actors::{Job, Origin};
use crate::machine::run::start_order;
use crate::manifest::{Manifest, Overrides, Project};
use crate::model::ProjectIx;
use crate::run::{self, Plan, tasks};
use crate::ui::table;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One project of `list --format json`.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    logical_id: Option<&'a str>,
    account: &'a str,
    depends_on: Vec<&'a str>,
    unselected_dependencies: Vec<&'a str>,
    tags: &'a [String],
    priority: i64,
    bundle: Option<String>,
    path: Option<String>,
}

pub(super) fn main(args: &ListArgs) -> Exit {
    match list(args) {
        Ok(text) => {
            warn_of_nowhere("the list is");
            print(&text)
        }
        Err(exit) => exit,
    }
}

fn list(args: &ListArgs) -> Result<String, Exit> {
    let read = &args.read;
    let overrides = Overrides {
        api_url: load::api_url(&read.target),
        ..Overrides::default()
    };
    // Nothing is sent, so placeholders stand for unset credentials.
    let manifest = load::manifest(&read.input, &read.select, overrides, true, &read.common)?;
    let mut plan =
        run::plan(&manifest, &load::env).map_err(|problems| show(&problems, &read.common))?;
    if let Some(history) = reuse::existing_history(&read.target) {
        plan.expect(&history);
    }
    let rows = rows(&plan, &manifest);
    Ok(match args.format {
        ListFormat::Table => as_table(&rows),
        ListFormat::Json => as_json("projects", &rows),
    })
}

fn rows<'a>(plan: &'a Plan, manifest: &'a Manifest) -> Vec<Row<'a>> {
    let order = start_order(tasks(&plan.jobs));
    let row = |(job, project): (&'a Job, &'a Project)| Row {
        name: &job.name,
        logical_id: job.logical_id.as_deref(),
        account: &job.account,
        depends_on: job
            .depends_on
            .iter()
            .map(|ix| &*plan.jobs[ix.0].name)
            .collect(),
        unselected_dependencies: job
            .unselected_dependencies
            .iter()
            .map(|name| &**name)
            .collect(),
        tags: &project.tags,
        priority: job.priority,
        bundle: job.bundle().map(|bundle| bundle.file.display().to_string()),
        path: match &job.origin {
            Origin::Bundle(_) | Origin::Nowhere => None,
            Origin::Directory(origin) => Some(origin.0.dir.display().to_string()),
        },
    };
    // Jobs and projects are in manifest order.
    let both = |ix: ProjectIx| (&plan.jobs[ix.0], &manifest.projects[ix.0]);
    order.into_iter().map(|ix| row(both(ix))).collect()
}

fn as_table(rows: &[Row<'_>]) -> String {
    let head = ["project", "account", "logical id", "depends on", "tags"];
    let after = |row: &Row<'_>| {
        let unselected_dependencies = row
            .unselected_dependencies
            .iter()
            .map(|name| format!("{name} (not selected)"));
        let all: Vec<String> = row
            .depends_on
            .iter()
            .map(ToString::to_string)
            .chain(unselected_dependencies)
            .collect();
        all.join(", ")
    };
    let cells = rows.iter().map(|row| {
        [
            row.name.to_owned(),
            row.account.to_owned(),
            row.logical_id.unwrap_or_default().to_owned(),
            after(row),
            row.tags.join(", "),
        ]
    });
    table::render(&head, cells)
}

/// The rows of a list under this key, with the version of their shape.
pub(super) fn as_json(key: &str, rows: &[impl Serialize]) -> String {
    #[derive(Serialize)]
    struct List<R: Serialize> {
        version: u32,
        #[serde(flatten)]
        rows: R,
    }
    let rows = BTreeMap::from([(key, rows)]);
    // Cannot fail: strings and numbers only.
    serde_json::to_string_pretty(&List { version: 1, rows }).unwrap_or_default() + "\n"
}

/// The accounts of a plan: `account prod`, `accounts prod, staging`.
pub(super) fn accounts(plan: &Plan) -> String {
    let names: BTreeSet<&str> = plan.jobs.iter().map(|job| &*job.account).collect();
    let words = match names.len() {
        0 => return "no account".to_owned(),
        1 => "account",
        _ => "accounts",
    };
    format!("{words} {}", Vec::from_iter(names).join(", "))
}
