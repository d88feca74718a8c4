//! `orchestrate deploy`: load, plan, deploy, report.

use super::args::{CommonArgs, DeployArgs, OutputArgs};
use super::load::{self, say};
use super::memory::Memory;
use super::output::Output;
use super::report_file::ReportFile;
use super::{Exit, reuse, sandbox, signals};
use crate::api::Identity;
use crate::history::History;
use crate::model::Report;
use crate::run::{self, Plan};
use crate::sandbox::{Options, Sandbox};
use std::io;
use std::path::{Path, PathBuf};

pub(super) fn main(args: &DeployArgs) -> Exit {
    match actix::System::new().block_on(deploy(args)) {
        Ok(exit) | Err(exit) => exit,
    }
}

async fn deploy(args: &DeployArgs) -> Result<Exit, Exit> {
    let (mut plan, _sandbox) = plan(args)?;
    let files = open_report_files(&args.output)?;
    let history = reuse::history(&args.target, args.bundle.skip_unchanged);
    if args.bundle.skip_unchanged {
        plan.reuse.history.clone_from(&history);
        plan.reuse.skip_unchanged = true;
    }
    conduct(plan, history, files, &args.output, &args.common).await
}

/// Does what a plan says, tells of it as the flags want it, and remembers what is deployed from then on.
pub(super) async fn conduct(
    plan: Plan,
    history: Option<History>,
    report_files: Vec<ReportFile>,
    output: &OutputArgs,
    common: &CommonArgs,
) -> Result<Exit, Exit> {
    // From here on a signal ends a run; until here, where nothing has been sent, the process.
    let interrupts = signals::listen().map_err(|error| {
        say(&format!("error: signals cannot be listened to: {error}"));
        Exit::INTERNAL
    })?;
    let streams = Output::new(output);
    let mut reporters = streams.reporters(output, common);
    let memory = history.map(Memory::new);
    reporters.extend(memory.iter().map(|memory| memory.listener(&plan)));
    let identity = Identity::from_env(&load::env);
    let report = run::execute(plan, &identity, reporters, interrupts).await;
    let written = streams.finish();
    if let Some(Err(error)) = memory.map(Memory::finish) {
        say(&format!(
            "warning: what was deployed could not be remembered: {error}\nhelp: until a run succeeds without this warning, do not use --skip-unchanged"
        ));
    }
    let report = report.map_err(|error| {
        say(&format!("error: {error}"));
        match error {
            run::RunError::Client(_) => Exit::INVALID,
            run::RunError::Broken => Exit::INTERNAL,
        }
    })?;
    Ok(finish(&report, report_files, written))
}

/// The sandbox lives as long as the run that deploys to it.
fn plan(args: &DeployArgs) -> Result<(Plan, Option<Sandbox>), Exit> {
    let mut overrides = args.overrides();
    overrides.api_url = load::api_url(&args.target);
    let start = || start_sandbox(args.pace, args.sandbox_script.as_deref());
    let sandbox = args.target.sandbox.then(start).transpose()?;
    if let Some(sandbox) = &sandbox {
        overrides.api_url = Some(sandbox.url().to_owned());
    }
    let (input, common) = (&args.input, &args.common);
    let manifest = load::manifest(input, &args.select, overrides, sandbox.is_some(), common)?;
    let mut plan =
        run::plan(&manifest, &load::env).map_err(|problems| load::show(&problems, common))?;
    plan.reuse.cache = reuse::cache(&args.bundle.make, &args.target, &manifest);
    plan.offline_bundle = args.bundle.make.offline_bundle;
    Ok((plan, sandbox))
}

pub(super) fn start_sandbox(pace: Option<f64>, script: Option<&Path>) -> Result<Sandbox, Exit> {
    let options = Options {
        pace: pace.unwrap_or(1.0),
        script: script.map(sandbox::script).transpose()?,
        ..Options::default()
    };
    Sandbox::start(options).map_err(|error| {
        say(&format!(
            "error: the sandbox cannot be served on 127.0.0.1: {error}"
        ));
        Exit::INTERNAL
    })
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

/// Writes the reports, and says what could not be written.
fn finish(report: &Report, files: Vec<ReportFile>, written: io::Result<()>) -> Exit {
    let mut exit = Exit::of_report(report.exit_code);
    for file in files {
        if let Err(error) = file.write(report) {
            say(&format!("error: {error}"));
            exit = exit.or_failure();
        }
    }
    if let Err(error) = written {
        say(&format!(
            "error: the events could not be written to standard output: {error}"
        ));
        exit = exit.or_failure();
    }
    exit
}
