//! `orchestrate preview`: load, plan, ask what a deployment would change, report.

use super::load::{self, say};
use super::out_file::OutFile;
use super::output::Output;
use super::run_args::{PreviewArgs, RunArgs};
use super::{Exit, reuse, run};
use crate::api::Identity;
use crate::guard::{SavedPlan, too_many_projects};
use crate::model::{Action, Operation, Report};
use crate::run::Plan;
use std::path::Path;

pub(super) fn main(args: &PreviewArgs) -> Exit {
    let out = args.out.as_deref();
    wait(preview(args.run(), out, args.detailed_exitcode))
}

/// `deploy --preview`.
pub(super) fn of_deploy(args: RunArgs<'_>) -> Exit {
    wait(preview(args, None, false))
}

fn wait(preview: impl Future<Output = Result<Exit, Exit>>) -> Exit {
    match actix::System::new().block_on(preview) {
        Ok(exit) | Err(exit) => exit,
    }
}

async fn preview(args: RunArgs<'_>, out: Option<&Path>, detailed: bool) -> Result<Exit, Exit> {
    let (mut plan, _sandbox) = run::plan(args, args.overrides(), None)?;
    plan.operation = Operation::Preview;
    let open = |path| OutFile::open("--out", path);
    let out = out.map(open).transpose().map_err(|error| {
        say(&format!("error: {error}"));
        Exit::USAGE
    })?;
    let report_files = run::open_report_files(args.output)?;
    let interrupts = run::listen()?;
    let output = Output::new(args.output, args.common);
    plan.reuse.history = reuse::history(args.target, args.bundle.skip_unchanged);
    plan.reuse.skip_unchanged = args.bundle.skip_unchanged;
    let identity = Identity::from_env(&load::env);
    let ran = crate::run::execute(plan.clone(), &identity, output.reporters(), interrupts).await;
    let written = output.finish();
    let report = ran.map_err(|error| run::failed(&error))?;
    let mut exit = run::finish(&report, report_files, written);
    if let Some(out) = out {
        exit = save(out, &plan, &report, exit);
    }
    warn(&plan, &report);
    Ok(
        match detailed && exit == Exit::SUCCESS && changes(&report) {
            true => Exit::CHANGES,
            false => exit,
        },
    )
}

/// Writes the plan. One that lacks a project would be no use.
fn save(out: OutFile, plan: &Plan, report: &Report, exit: Exit) -> Exit {
    if Exit::of_report(report.exit_code) != Exit::SUCCESS {
        say("error: no plan was written: not every project could be previewed");
        return exit.or_failure();
    }
    let kept = preserved(plan);
    match out.write(&SavedPlan::of(report, &plan.api_url, &kept).to_json()) {
        Ok(()) => exit,
        Err(error) => {
            say(&format!("error: {error}"));
            exit.or_failure()
        }
    }
}

/// Which jobs keep what their projects no longer contain.
pub(super) fn preserved(plan: &Plan) -> Vec<bool> {
    let jobs = plan.jobs.iter();
    jobs.map(|job| job.policy.preserve_resources).collect()
}

/// Says what a deployment would be refused for.
fn warn(plan: &Plan, report: &Report) {
    let projects = too_many_projects(plan.budget, plan.jobs.len());
    for excess in projects
        .into_iter()
        .chain(super::guard::excesses(plan, report))
    {
        say(&format!("warning: a deployment would be refused: {excess}"));
    }
}

fn changes(report: &Report) -> bool {
    let mut changes = report.projects.iter().flat_map(|row| &row.changes);
    changes.any(|change| change.action != Action::Update && !change.is_internal())
}
