//! The journal of a run: where the flags put it, and the message to users if there is none.

use super::console::say;
use super::envelope::quoted;
use super::flags::{JournalArgs, TargetArgs};
use super::values::IfRunning;
use super::{Exit, reuse};
use crate::journal::{Hold, Journal, Journals, OpenError, RunningRun, RunningRuns};
use crate::model::{Invocation, RunId};
use crate::os_error::plain;
use crate::run::{self, EarlierRun, Job, Origin, Plan, Session};
use crate::ui::one_line;
use crate::words;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A new run, or an earlier run to continue, with its journal. It holds its projects as long as the second value exists.
pub(super) async fn session(
    args: &JournalArgs,
    target: &TargetArgs,
    plan: &Plan,
    earlier: Option<EarlierRun>,
    flags: &[String],
) -> Result<(Session, Option<Hold>), Exit> {
    let is_new = earlier.is_none();
    let mut session = earlier.map_or_else(Session::default, EarlierRun::session);
    if is_new && let Some(latest) = latest(args) {
        session.run = run::id_after(&latest);
    }
    let hold = hold(args, target, plan, &session.run).await?;
    if is_new {
        session.invocation = invocation(flags, plan);
        session.journal = create(args, target, plan, &session)?;
    }
    Ok((session, hold))
}

/// The id of the latest run.
fn latest(args: &JournalArgs) -> Option<String> {
    let files = Journals::new(&reuse::state_dir(&args.state)?)
        .files()
        .ok()?;
    Some(files.first()?.file_stem()?.to_str()?.to_owned())
}

/// The delay between two attempts to hold the projects of a run.
const AGAIN: Duration = Duration::from_secs(1);

/// Holds the projects of a run: no other run on this machine deploys them meanwhile. Waits for one that does, or fails.
/// Without a state directory, there is nothing to hold.
async fn hold(
    args: &JournalArgs,
    target: &TargetArgs,
    plan: &Plan,
    run: &RunId,
) -> Result<Option<Hold>, Exit> {
    let opened = reuse::state_dir(&args.state)
        .filter(|_| !target.sandbox)
        .map(|dir| RunningRuns::open(&dir));
    let Some(Ok(runs)) = opened else {
        return Ok(None);
    };
    let this = RunningRun {
        run: run.clone(),
        pid: std::process::id(),
        manifest: plan.manifest.clone(),
        targets: plan.jobs.iter().map(|job| held(plan, job)).collect(),
    };
    let mut has_said = false;
    loop {
        let other = match runs.hold(&this) {
            Ok(Ok(hold)) => return Ok(Some(hold)),
            Ok(Err(other)) => other,
            Err(error) => {
                tracing::debug!(%error, "cannot read the other runs on this machine");
                return Ok(None);
            }
        };
        let both = this.targets.intersection(&other.targets).count();
        let says = format!(
            "run {} of {} (process {}), which deploys {} of this run",
            other.run,
            one_line(&other.manifest),
            other.pid,
            words::count(both, "project")
        );
        if args.if_running == IfRunning::Fail {
            say(&format!(
                "error: nothing was deployed: {says}, is in progress\nhelp: wait for it, or use --if-running wait"
            ));
            return Err(Exit::TRANSIENT);
        }
        if !std::mem::replace(&mut has_said, true) {
            say(&format!("Waiting for {says}."));
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// What a job deploys to. A directory stands for a logical id that is not known yet.
fn held(plan: &Plan, job: &Job) -> String {
    let project = match (&job.planned.logical_id, &job.origin) {
        (Some(logical_id), _) => logical_id.to_string(),
        (None, Origin::Directory(directory)) => {
            let dir = std::path::absolute(&directory.0.dir);
            let dir = dir.unwrap_or(directory.0.dir.clone());
            format!("directory {}", dir.display())
        }
        (None, _) => job.planned.name.clone(),
    };
    format!("{} {} {project}", plan.api_url, job.credentials.account_id)
}

/// Creates the journal of a new run, and removes old ones. An in-process sandbox ends with the run, which has nothing to
/// resume.
fn create(
    args: &JournalArgs,
    target: &TargetArgs,
    plan: &Plan,
    session: &Session,
) -> Result<Option<Journal>, Exit> {
    let state_dir = reuse::state_dir(&args.state);
    let path = match (&args.journal, state_dir) {
        (Some(file), _) => file.clone(),
        (None, _) if target.sandbox => return Ok(None),
        (None, Some(dir)) => in_directory(&dir, plan, session),
        (None, None) => return missing(args, &"no home directory found"),
    };
    match Journal::create(&path) {
        Ok(journal) if args.require_journal => match journal.check_room() {
            Ok(()) => Ok(Some(journal)),
            Err(error) => {
                let _ = std::fs::remove_file(&path);
                missing(args, &format!("{}: {}", path.display(), plain(&error)))
            }
        },
        Ok(journal) => Ok(Some(journal)),
        Err(error @ OpenError::Exists(_)) => {
            say(&format!(
                "error: --journal {error}\nhelp: to finish its run: orchestrate resume {}",
                quoted(&path)
            ));
            Err(Exit::USAGE)
        }
        Err(error) => missing(args, &error),
    }
}

fn in_directory(dir: &Path, plan: &Plan, session: &Session) -> PathBuf {
    let journals = Journals::new(dir);
    let pruned = journals.prune(plan.retention, run::now());
    if let Err(error) = pruned {
        tracing::debug!(%error, "cannot remove old journals");
    }
    let accounts = plan.accounts();
    let mut accounts: Vec<&str> = accounts.iter().map(|it| &*it.account_id).collect();
    accounts.sort_unstable();
    let manifest = session.invocation.manifest.as_deref().unwrap_or("-");
    let scope = [manifest, &plan.api_url].into_iter().chain(accounts);
    journals.path(scope, &session.run)
}

fn missing(args: &JournalArgs, why: &dyn std::fmt::Display) -> Result<Option<Journal>, Exit> {
    if args.require_journal {
        say(&format!(
            "error: nothing was deployed: the journal cannot be written: {why}\nhelp: choose another location with --journal FILE or --state-dir DIR"
        ));
        return Err(Exit::FAILURE);
    }
    say(&format!(
        "warning: this run cannot be resumed: its journal cannot be written: {why}"
    ));
    Ok(None)
}

/// How a run was started.
fn invocation(flags: &[String], plan: &Plan) -> Invocation {
    let manifest = std::path::absolute(&plan.manifest).ok();
    let manifest = manifest.filter(|path| path.is_file());
    let command = plan.operation.to_string();
    let arguments = std::iter::once(command).chain(flags.iter().cloned());
    Invocation {
        manifest: manifest.map(|path| path.display().to_string()),
        arguments: arguments.collect(),
    }
}
