//! The steps that all runs share: a plan, report files, an exit code.

use super::args::RunArgs;
use super::console::{say, show};
use super::flags::OutputArgs;
use super::in_process::InProcess;
use super::load;
use super::output::Output;
use super::report_file::ReportFile;
use super::{Exit, reuse, signals};
use crate::api::Identity;
use crate::guard::SavedPlan;
use crate::manifest::Overrides;
use crate::model::{Report, Reporter, Signal};
use crate::run::{self, Approver, Plan, Refused, RunError};
use crate::ui::one_line;
use futures::Stream;
use std::io;
use std::path::PathBuf;

/// Loads, selects, and checks all bundles.
pub(super) fn plan(
    args: RunArgs<'_>,
    own: &InProcess,
    mut overrides: Overrides,
    planned: Option<&SavedPlan>,
) -> Result<Plan, Exit> {
    overrides.api_url = own.url().or(overrides.api_url);
    let (input, common) = (&args.plan.input, &args.report.common);
    let sandbox = args.plan.target.sandbox;
    let (manifest, all) = match planned {
        Some(planned) => load::planned(input, planned, overrides, sandbox, common)?,
        None => load::with_all(input, &args.plan.select, overrides, sandbox, common)?,
    };
    let mut plan = run::plan(&manifest, &load::env).map_err(|problems| show(&problems, common))?;
    own.connect(&mut plan);
    if let Some(error) = &plan.commit_error {
        say(&format!(
            "warning: deployments do not name their commit: {}\nhelp: install git, or set CHECKLY_REPO_SHA",
            one_line(error)
        ));
    }
    load::allow_takeover(&mut plan, &all, args.takeover, common)?;
    plan.reuse.cache = reuse::cache(&args.plan.bundle.make, &args.plan.target, &manifest);
    plan.offline_bundle = args.plan.bundle.make.offline_bundle;
    Ok(plan)
}

pub(super) fn open_report_files(output: &OutputArgs) -> Result<Vec<ReportFile>, Exit> {
    let open = |path: &PathBuf| {
        ReportFile::open(path).map_err(|error| {
            say(&format!("error: {error}"));
            Exit::USAGE
        })
    };
    output.report_file.iter().map(open).collect()
}

/// Executes a plan and reports it as the flags request. `explain` shows why nothing was changed.
pub(super) async fn execute(
    plan: Plan,
    approver: Box<dyn Approver>,
    reporters: Vec<Box<dyn Reporter>>,
    files: Vec<ReportFile>,
    output: Output,
    explain: impl FnOnce(&Refused),
) -> Result<Exit, Exit> {
    let interrupts = listen()?;
    let reporters = output.reporters().into_iter().chain(reporters).collect();
    let identity = Identity::from_env(&load::env);
    let ran = run::execute_with(plan, &identity, approver, reporters, interrupts).await;
    let written = output.finish();
    let ran = ran.map_err(|error| failed(&error))?;
    if let Err(error) = ran.history {
        say(&format!(
            "warning: the deployment history could not be updated: {error}\nhelp: do not use --skip-unchanged until a run succeeds without this warning"
        ));
    }
    if let Some(refused) = &ran.refused {
        explain(refused);
    }
    Ok(finish(&ran.report, files, written))
}

/// From here on, signals go to this stream instead of ending the process.
pub(super) fn listen() -> Result<impl Stream<Item = Signal> + 'static, Exit> {
    signals::listen().map_err(|error| {
        say(&format!("error: cannot listen for signals: {error}"));
        Exit::INTERNAL
    })
}

/// Shows why there was no run.
pub(super) fn failed(error: &RunError) -> Exit {
    say(&format!("error: {error}"));
    match error {
        RunError::Client(_) => Exit::INVALID,
        RunError::Broken => Exit::INTERNAL,
    }
}

/// Writes the reports. Shows errors itself.
pub(super) fn finish(report: &Report, files: Vec<ReportFile>, written: io::Result<()>) -> Exit {
    let mut exit = Exit::of_report(report.exit_code);
    for file in files {
        if let Err(error) = file.write(report) {
            say(&format!("error: {error}"));
            exit = exit.or_failure();
        }
    }
    exit.also(written)
}

impl Exit {
    /// The same, unless the events could not be written.
    pub(super) fn also(self, written: io::Result<()>) -> Self {
        let Err(error) = written else {
            return self;
        };
        say(&format!(
            "error: cannot write the events to standard output: {error}"
        ));
        self.or_failure()
    }
}
