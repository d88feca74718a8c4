//! The journal of a run: where the flags want it, and what users are told if there is none.

use super::console::say;
use super::flags::{RunsArgs, TargetArgs};
use super::{Exit, reuse};
use crate::journal::{Journal, Journals, OpenError, Retention};
use crate::model::Invocation;
use crate::run::{Plan, Session};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A new run, with its journal.
pub(super) fn session(
    args: &RunsArgs,
    target: &TargetArgs,
    plan: &Plan,
    command: &str,
    flags: &[String],
) -> Result<Session, Exit> {
    let mut session = Session::default();
    session.invocation = invocation(command, flags, plan);
    session.journal = create(args, target, plan, &session)?;
    Ok(session)
}

/// Creates the journal of a new run, and removes old ones. An in-process sandbox ends with the run, which has nothing to
/// resume.
fn create(
    args: &RunsArgs,
    target: &TargetArgs,
    plan: &Plan,
    session: &Session,
) -> Result<Option<Journal>, Exit> {
    let state_dir = reuse::state_dir(&args.state);
    let path = match (&args.journal, state_dir) {
        (Some(file), _) => file.clone(),
        (None, _) if target.sandbox => return Ok(None),
        (None, Some(dir)) => in_directory(&dir, plan, session),
        (None, None) => return missing(args, &"there is no home directory"),
    };
    match Journal::create(&path) {
        Ok(journal) => Ok(Some(journal)),
        Err(error @ OpenError::Exists(_)) => {
            say(&format!(
                "error: --journal {error}\nhelp: to finish its run: orchestrate resume {}",
                path.display()
            ));
            Err(Exit::USAGE)
        }
        Err(error) => missing(args, &error),
    }
}

fn in_directory(dir: &Path, plan: &Plan, session: &Session) -> PathBuf {
    let journals = Journals::new(dir);
    let pruned = journals.prune(Retention::default(), SystemTime::now());
    if let Err(error) = pruned {
        tracing::debug!(%error, "old journals are not removed");
    }
    let accounts = plan.accounts();
    let mut accounts: Vec<&str> = accounts.iter().map(|it| &*it.account_id).collect();
    accounts.sort_unstable();
    let manifest = session.invocation.manifest.as_deref().unwrap_or("-");
    let scope = [manifest, &plan.api_url].into_iter().chain(accounts);
    journals.path(scope, &session.run)
}

fn missing(args: &RunsArgs, why: &dyn std::fmt::Display) -> Result<Option<Journal>, Exit> {
    if args.require_journal {
        say(&format!(
            "error: nothing was deployed: the journal cannot be written: {why}\nhelp: name another place with --journal FILE or --state-dir DIR"
        ));
        return Err(Exit::FAILURE);
    }
    say(&format!(
        "warning: this run cannot be resumed: its journal cannot be written: {why}"
    ));
    Ok(None)
}

/// How a run was started.
fn invocation(command: &str, flags: &[String], plan: &Plan) -> Invocation {
    let manifest = std::path::absolute(&plan.manifest).ok();
    let manifest = manifest.filter(|path| path.is_file());
    let arguments = std::iter::once(command.to_owned()).chain(flags.iter().cloned());
    Invocation {
        manifest: manifest.map(|path| path.display().to_string()),
        arguments: arguments.collect(),
    }
}
