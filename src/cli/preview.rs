//! `orchestrate preview`: load, plan, preview, report.

use super::args::{PlanArgs, PreviewArgs};
use super::console::{failing, say};
use super::in_process::{self, InProcess};
use super::out_file::{Older, OutFile};
use super::output::Output;
use super::{Exit, reuse, run};
use crate::guard::{SavedPlan, too_many_projects};
use crate::model::{Action, Operation, ProjectReport, Report};
use crate::run::{Plan, Session};

/// Also for `deploy --preview`.
pub(super) fn main(args: &PreviewArgs) -> Result<Exit, Exit> {
    let PlanArgs {
        target, in_process, ..
    } = &args.plan;
    in_process::within(target, in_process, async |own| preview(args, own).await)
}

async fn preview(args: &PreviewArgs, own: &InProcess) -> Result<Exit, Exit> {
    let open = |path| OutFile::open("--out", path, Older::Removed);
    let out = args.report.out.as_deref().map(open).transpose();
    let out = out.map_err(failing(Exit::USAGE))?;
    let report_files = run::open_report_files(&args.report.output)?;
    let (takeover, common) = (&args.takeover, &args.report.common);
    let planned = run::plan(
        &args.plan,
        takeover,
        common,
        own,
        args.overrides(),
        None,
        None,
    )?;
    let (mut plan, ..) = planned;
    plan.operation = Operation::Preview;
    let output = Output::new(&args.report.output, &args.report.common);
    plan.reuse.history = reuse::history(
        &args.plan.target,
        &args.state,
        false,
        args.reuse.skip_unchanged,
    );
    plan.reuse.skip_unchanged = args.reuse.skip_unchanged;
    let session = Session::default();
    let executed = run::execute(plan.clone(), session, report_files, output, |_| {}).await?;
    let (report, mut exit) = executed;
    if let Some(out) = out {
        let api = args.plan.target.name(&plan.api_url);
        exit = save(out, &plan, api, &report, exit);
    }
    warn(&plan, &report);
    if args.report.detailed_exitcode && exit == Exit::SUCCESS && changes(&report) {
        exit = Exit::CHANGES;
    }
    Ok(exit)
}

/// Writes the plan if it is complete.
fn save(out: OutFile, plan: &Plan, api: &str, report: &Report, exit: Exit) -> Exit {
    let mut rows = report.projects.iter();
    if Exit::of_report(report.exit_code) != Exit::SUCCESS
        || rows.any(ProjectReport::is_dependency_not_deployed)
    {
        say("error: no plan was written: some projects could not be previewed");
        return exit.or_failure();
    }
    let preserved = plan
        .jobs
        .iter()
        .map(|job| job.planned.policy.preserve_resources);
    let plan = SavedPlan::of(report, api, &Vec::from_iter(preserved));
    match out.write(&plan.to_json()) {
        Ok(()) => exit,
        Err(error) => failing(exit.or_failure())(error),
    }
}

/// Warns about limits that a deployment would exceed.
fn warn(plan: &Plan, report: &Report) {
    let projects = too_many_projects(plan.budget, plan.jobs.len());
    for violation in projects
        .into_iter()
        .chain(plan.limit_violations(&report.projects))
    {
        say(&format!(
            "warning: a deployment would be refused: {violation}"
        ));
    }
}

fn changes(report: &Report) -> bool {
    // A project whose preview needs a dependency to be deployed first counts as changed.
    let mut changes = report.projects.iter().flat_map(|row| &row.changes);
    changes.any(|change| change.action != Action::Update && !change.is_internal())
        || report
            .projects
            .iter()
            .any(ProjectReport::is_dependency_not_deployed)
}
