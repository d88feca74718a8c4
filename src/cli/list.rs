//! `orchestrate list` and `graph`: the selected projects in start order.

use super::args::{GraphArgs, ListArgs, ReadArgs};
use super::console::{print, show};
use super::load::{self, Loader};
use super::values::{GraphFormat, ListFormat};
use super::{Exit, reuse};
use crate::actors::{Job, Origin};
use crate::machine::run::start_order;
use crate::manifest::{Manifest, Overrides, Project};
use crate::model::{Hook, PlannedProject, ProjectIx};
use crate::run::{self, Plan, tasks};
use crate::ui::graph::{self, Node};
use crate::ui::{stdout_columns, table};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One project of `list --format json`.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    logical_id: Option<&'a str>,
    account: &'a str,
    depends_on: &'a [String],
    unselected_dependencies: &'a [String],
    tags: &'a [String],
    priority: i64,
    /// From 1; `None` if the manifest has no waves.
    wave: Option<usize>,
    hooks: Vec<Hook>,
    bundle: Option<String>,
    path: Option<String>,
}

pub(super) fn main(args: &ListArgs) -> Result<Exit, Exit> {
    let (plan, manifest) = plan(&args.read)?;
    let rows = rows(&plan, &manifest);
    print(&match args.format {
        ListFormat::Table => as_table(&rows),
        ListFormat::Json => as_json("projects", &rows),
    })
}

pub(super) fn graph(args: &GraphArgs) -> Result<Exit, Exit> {
    let (plan, _) = plan(&args.read)?;
    let nodes = nodes(&plan);
    print(&match args.format {
        GraphFormat::Tree => graph::tree(&nodes),
        GraphFormat::Dot => graph::dot(&nodes),
        GraphFormat::Mermaid => graph::mermaid(&nodes),
    })
}

/// The plan of a deployment, which is not executed.
fn plan(read: &ReadArgs) -> Result<(Plan, Manifest), Exit> {
    let overrides = Overrides {
        api_url: load::api_url(&read.target),
        ..Overrides::default()
    };
    // Nothing is sent, so placeholders stand for unset credentials.
    let loader = Loader::new(&read.input, overrides, true, &read.common)?;
    let (manifest, _) = loader.select(&read.select)?;
    let mut plan =
        run::plan(&manifest, &load::env).map_err(|problems| show(&problems, &read.common))?;
    if let Some(history) = reuse::existing_history(&read.target) {
        plan.expect(&history);
    }
    Ok((plan, manifest))
}

/// The wave of a project, from 1, if there are waves.
fn wave(plan: &Plan, job: &Job) -> Option<usize> {
    (!plan.waves.is_empty()).then_some(job.planned.wave)
}

/// Which hooks of a project are set.
fn hooks(job: &Job) -> impl Iterator<Item = Hook> {
    let is_set = |hook: &Hook| job.hooks.called(*hook, "").is_some();
    Hook::ALL.iter().copied().filter(is_set)
}

/// The selected projects in start order, then the unselected dependencies.
fn nodes(plan: &Plan) -> Vec<Node<'_>> {
    let order = start_order(tasks(&plan.jobs));
    let jobs: Vec<&Job> = order.iter().map(|ix| &plan.jobs[ix.0]).collect();
    let mut names: Vec<&str> = jobs.iter().map(|job| &*job.planned.name).collect();
    let mut positions: HashMap<&str, usize> = names.iter().copied().zip(0..).collect();
    for name in jobs
        .iter()
        .flat_map(|job| &job.planned.unselected_dependencies)
    {
        positions.entry(name).or_insert_with(|| {
            names.push(name);
            names.len() - 1
        });
    }
    let selected = jobs.iter().map(|job| {
        let PlannedProject {
            depends_on,
            unselected_dependencies,
            ..
        } = &job.planned;
        let dependencies = depends_on.iter().chain(unselected_dependencies);
        let mut depends_on: Vec<usize> = dependencies.map(|name| positions[&**name]).collect();
        depends_on.sort_unstable();
        Node {
            name: &job.planned.name,
            wave: wave(plan, job),
            is_selected: true,
            depends_on,
        }
    });
    let unselected = names[jobs.len()..].iter().map(|name| Node {
        name,
        wave: None,
        is_selected: false,
        depends_on: vec![],
    });
    selected.chain(unselected).collect()
}

fn rows<'a>(plan: &'a Plan, manifest: &'a Manifest) -> Vec<Row<'a>> {
    let order = start_order(tasks(&plan.jobs));
    let row = |(job, project): (&'a Job, &'a Project)| Row {
        name: &job.planned.name,
        logical_id: job.planned.logical_id.as_deref(),
        account: &job.planned.account,
        depends_on: &job.planned.depends_on,
        unselected_dependencies: &job.planned.unselected_dependencies,
        tags: &project.tags,
        priority: job.planned.priority,
        wave: wave(plan, job),
        hooks: hooks(job).collect(),
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
    let head = [
        "project",
        "account",
        "logical id",
        "wave",
        "depends on",
        "tags",
        "hooks",
    ];
    let after = |row: &Row<'_>| {
        let unselected_dependencies = row
            .unselected_dependencies
            .iter()
            .map(|name| format!("{name} (not selected)"));
        let all = row
            .depends_on
            .iter()
            .cloned()
            .chain(unselected_dependencies);
        Vec::from_iter(all).join(", ")
    };
    let cells = rows.iter().map(|row| {
        [
            row.name.to_owned(),
            row.account.to_owned(),
            row.logical_id.unwrap_or_default().to_owned(),
            row.wave.map(|wave| wave.to_string()).unwrap_or_default(),
            after(row),
            row.tags.join(", "),
            Vec::from_iter(row.hooks.iter().map(|hook| hook.as_str())).join(", "),
        ]
    });
    table::render(&head, cells, stdout_columns())
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
    let names: BTreeSet<&str> = plan.jobs.iter().map(|job| &*job.planned.account).collect();
    let words = match names.len() {
        0 => return "no account".to_owned(),
        1 => "account",
        _ => "accounts",
    };
    format!("{words} {}", Vec::from_iter(names).join(", "))
}
