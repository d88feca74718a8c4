//! `orchestrate resume`: finishes an earlier run in its journal, under its id. What is left to do is a fold over its events.

use super::args::{Command, DeployArgs, ResumeArgs};
use super::console::say;
use super::flags::StateArgs;
use super::{Exit, deploy, destroy, parse, reuse};
use crate::guard::{EarlierProject, resumed_differences};
use crate::journal::{Earlier, Journal, Journals, OpenError, ReadError};
use crate::log::Ledger;
use crate::model::{
    Event, Invocation, Operation, PlannedProject, ProjectResult, Resumption, RunEvent, RunId,
};
use crate::run::{self, Plan, Session};
use crate::ui::one_line;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// An earlier run that goes on in this process.
pub(super) struct Resumed {
    pub(super) run: RunId,
    pub(super) journal: Journal,
    pub(super) events: Vec<RunEvent>,
    pub(super) invocation: Invocation,
    projects: Vec<EarlierProject>,
    /// The API of the run; `None` for a sandbox, whose address changes.
    api_url: Option<String>,
}

/// `flags` override those of the run.
pub(super) fn main(args: &ResumeArgs, flags: &[String]) -> Exit {
    match resume(args, flags) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn resume(args: &ResumeArgs, flags: &[String]) -> Result<Exit, Exit> {
    let path = find(args)?;
    let (journal, events) = Journal::resume(&path).map_err(|error| unusable(&error))?;
    let Event::RunStarted {
        operation,
        invocation,
        api_url,
        ..
    } = &events[0].event
    else {
        return Err(Exit::INTERNAL); // the journal was read
    };
    let (operation, invocation) = (*operation, invocation.clone());
    let run = events[0].run.clone();
    let ledger = Ledger::of(&events);
    let mut projects: Vec<EarlierProject> = ledger
        .left()
        .map(|(planned, left, row)| EarlierProject {
            is_confirmed: false,
            left: match row.map(|row| row.result) {
                // Neither has failed.
                None | Some(ProjectResult::Skipped | ProjectResult::Interrupted)
                    if args.failed && left == Resumption::default() =>
                {
                    Resumption::Skip
                }
                _ => left,
            },
            planned: planned.clone(),
        })
        .collect();
    if projects.iter().all(|it| it.left == Resumption::Skip) {
        say(&format!("Nothing is left to do in run {run}."));
        let report = ledger.report(events[events.len() - 1].ts);
        return Ok(Exit::of_report(report.exit_code));
    }
    let command = operation_command(operation);
    let mut words = invocation.arguments.get(1..).unwrap_or_default().to_vec();
    words.extend(flags.iter().cloned());
    let cli = parse::again(command, &words).map_err(|error| {
        say(&format!(
            "error: run {run} was started with flags that this version of orchestrate does not have\n{error}"
        ));
        Exit::FAILURE
    })?;
    let config = config(args, &invocation)?;
    let is_previewed = events
        .iter()
        .any(|it| matches!(it.event, Event::RunPreviewed));
    let is_yes = args.confirm.yes || args.confirm.force;
    for project in &mut projects {
        project.is_confirmed = ledger.is_approved() && is_previewed && !is_yes;
    }
    let api_url = api_url.clone();
    let resumed = |is_sandbox: bool| Resumed {
        run,
        journal,
        events,
        invocation,
        projects,
        api_url: (!is_sandbox).then_some(api_url),
    };
    match cli.command {
        Some(Command::Deploy(mut deploy)) => {
            deploy.plan.input.config = Some(config);
            let DeployArgs { report, .. } = &mut *deploy;
            (report.output, report.common) = (args.output.clone(), args.common.clone());
            let resumed = resumed(deploy.plan.target.sandbox);
            Ok(deploy::resumed(&deploy, resumed))
        }
        Some(Command::Destroy(mut destroy)) => {
            destroy.input.config = Some(config);
            (destroy.output, destroy.common) = (args.output.clone(), args.common.clone());
            let resumed = resumed(destroy.target.sandbox);
            Ok(destroy::resumed(&destroy, resumed))
        }
        _ => Err(Exit::INTERNAL), // journals are kept of these two only
    }
}

fn operation_command(operation: Operation) -> &'static str {
    match operation {
        Operation::Deploy | Operation::Preview => "deploy",
        Operation::Destroy => "destroy",
    }
}

/// The manifest.
fn config(args: &ResumeArgs, invocation: &Invocation) -> Result<PathBuf, Exit> {
    let of_run = invocation.manifest.as_ref().map(PathBuf::from);
    args.config.clone().or(of_run).ok_or_else(|| {
        say(
            "error: the manifest of the run was read from standard input\nhelp: name it with --config FILE",
        );
        Exit::USAGE
    })
}

/// The journal of the run to resume.
fn find(args: &ResumeArgs) -> Result<PathBuf, Exit> {
    match &args.run {
        Some(run) => named(run, &args.state),
        None => {
            let manifest = manifest(args.config.as_deref());
            latest(&args.state, manifest.as_deref()).map(|earlier| earlier.path)
        }
    }
}

/// The journal of a run by its path, or by the beginning of its id.
pub(super) fn named(run: &str, state: &StateArgs) -> Result<PathBuf, Exit> {
    if Path::new(run).is_file() {
        return Ok(PathBuf::from(run));
    }
    let files = journals(state)?;
    let is_it = |path: &&PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(run))
    };
    let found: Vec<&PathBuf> = files.iter().filter(is_it).collect();
    match found[..] {
        [path] => Ok(path.clone()),
        [] => {
            say(&format!(
                "error: there is no run {} and no such file\nhelp: orchestrate runs list",
                one_line(run)
            ));
            Err(Exit::FAILURE)
        }
        _ => {
            say(&format!(
                "error: {} runs begin with {}\nhelp: give more of the id",
                found.len(),
                one_line(run)
            ));
            Err(Exit::FAILURE)
        }
    }
}

/// All journals of the state directory, the latest first.
pub(super) fn journals(state: &StateArgs) -> Result<Vec<PathBuf>, Exit> {
    let Some(dir) = reuse::state_dir(state) else {
        return Ok(vec![]);
    };
    Journals::new(&dir).files().map_err(|error| {
        say(&format!(
            "error: cannot read the journals in {}: {error}",
            dir.display()
        ));
        Exit::FAILURE
    })
}

/// The manifest that a command without `--config` would use.
pub(super) fn manifest(config: Option<&Path>) -> Option<PathBuf> {
    let found = match config {
        Some(path) => Some(path.to_owned()),
        None => crate::manifest::find(&std::env::current_dir().ok()?),
    };
    std::path::absolute(found?).ok()
}

/// The latest run of a manifest, or of all.
pub(super) fn latest(state: &StateArgs, manifest: Option<&Path>) -> Result<Earlier, Exit> {
    for path in journals(state)? {
        // One that is damaged must not hide another.
        let earlier = match Earlier::read(&path) {
            Ok(earlier) => earlier,
            Err(error) => {
                warn(&error);
                continue;
            }
        };
        if manifest.is_none_or(|manifest| earlier.manifest() == Some(manifest)) {
            return Ok(earlier);
        }
    }
    let whose = manifest.map_or(String::new(), |it| format!(" of {}", it.display()));
    say(&format!("error: there is no journal of a run{whose}"));
    Err(Exit::FAILURE)
}

pub(super) fn warn(error: &ReadError) {
    say(&format!("warning: {error}"));
}

fn unusable(error: &OpenError) -> Exit {
    let help = match error {
        OpenError::Busy(_) => "\nhelp: wait for it, or stop it with Ctrl-C in its terminal",
        _ => "",
    };
    say(&format!("error: the run cannot be resumed: {error}{help}"));
    Exit::FAILURE
}

impl Resumed {
    /// The names of its projects.
    pub(super) fn names(&self) -> HashSet<String> {
        let projects = self.projects.iter();
        projects.map(|it| it.planned.name.clone()).collect()
    }

    /// The run, to go on.
    pub(super) fn session(self) -> Session {
        Session {
            run: self.run,
            journal: Some(self.journal),
            invocation: self.invocation,
            earlier: self.events,
            ..Session::default()
        }
    }

    /// Makes the plan one for what is left to do, if nothing that matters has changed.
    pub(super) fn apply(&self, plan: &mut Plan) -> Result<(), Exit> {
        let now = run::tasks(&plan.jobs).into_iter().map(|task| task.planned);
        let now: Vec<PlannedProject> = now.collect();
        let mut details: Vec<String> = self
            .api_url
            .iter()
            .filter(|api_url| **api_url != plan.api_url)
            .map(|api_url| format!("the API changed from {api_url} to {}", plan.api_url))
            .collect();
        let differences = resumed_differences(&self.projects, &now);
        details.extend(differences.iter().map(ToString::to_string));
        if !details.is_empty() {
            let mut text = format!(
                "error: run {} cannot be resumed: it is no longer what it was",
                self.run
            );
            for detail in &details {
                text.push_str(&format!("\n  {}", one_line(detail)));
            }
            text.push_str("\nhelp: undo that, or start a new run with `orchestrate deploy`; --yes deploys changed bundles that are not deployed yet");
            say(&text);
            return Err(Exit::FAILURE);
        }
        for job in &mut plan.jobs {
            let mut projects = self.projects.iter();
            let Some(earlier) = projects.find(|it| *it.planned.name == *job.name) else {
                continue;
            };
            job.resumption = earlier.left.clone();
            match earlier.left {
                Resumption::Start { .. } => {
                    let bundle = earlier.planned.bundle.as_ref();
                    let confirmed = bundle.filter(|_| earlier.is_confirmed);
                    job.confirmed_sha256 = confirmed.map(|bundle| bundle.sha256.clone());
                }
                // It is not bundled, which would tell.
                Resumption::Skip | Resumption::Follow { .. } => {
                    let logical_id = earlier.planned.logical_id.as_deref();
                    job.logical_id = logical_id.map(Into::into).or(job.logical_id.take());
                }
            }
        }
        Ok(())
    }
}
