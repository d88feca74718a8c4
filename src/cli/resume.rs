//! `orchestrate resume`: finishes an earlier run in its journal, under its id. The remaining work is a fold over its events.

use super::args::{Command, ResumeArgs};
use super::console::{failing, say};
use super::flags::StateArgs;
use super::{Exit, deploy, destroy, parse, reuse};
use crate::guard::{Difference, Effect};
use crate::journal::{Earlier, Journals, OpenError, ReadError};
use crate::model::{Invocation, Operation};
use crate::run::{EarlierRun, Plan};
use crate::ui::one_line;
use std::path::{Path, PathBuf};

/// `flags` override those of the run.
pub(super) fn main(args: &ResumeArgs, flags: &[String]) -> Result<Exit, Exit> {
    let path = match &args.run {
        Some(run) => named(run, &args.state)?,
        None => latest(&args.state, &manifest(args.config.as_deref())?)?.path,
    };
    let mut run = EarlierRun::open(&path).map_err(|error| unusable(&error))?;
    if args.failed {
        run.only_failed();
    }
    if args.confirm.is_given() {
        run.allow_changes();
    }
    if run.is_over() {
        let what = match args.failed {
            true => "no failed project left",
            false => "nothing left to do",
        };
        say(&format!("Run {} has {what}.", run.earlier().run()));
        return Ok(Exit::of_report(run.earlier().report().exit_code));
    }
    let command = command(run.earlier(), flags)?;
    say(&format!(
        "Resuming the {} of {} (run {}).",
        match run.earlier().operation() {
            Operation::Destroy => "deletion",
            Operation::Deploy | Operation::Preview => "deployment",
        },
        one_line(&run.earlier().report().manifest),
        run.earlier().run()
    ));
    let config = Some(config(args.config.as_deref(), run.earlier().invocation())?);
    let (output, common) = (args.output.clone(), args.common.clone());
    match command {
        Command::Deploy(mut deploy) => {
            deploy.plan.input.config = config;
            (deploy.report.output, deploy.report.common) = (output, common);
            deploy::main(*deploy, &[], &[], Some(run))
        }
        Command::Destroy(mut destroy) => {
            destroy.plan.input.config = config;
            (destroy.output, destroy.common) = (output, common);
            destroy::main(&destroy, &[], &[], Some(run))
        }
        _ => Err(Exit::INTERNAL), // only these two have journals
    }
}

/// Reduces a plan of the run's projects to the remaining work, or prints why the run cannot be resumed.
pub(super) fn apply(run: &EarlierRun, plan: &mut Plan) -> Result<(), Exit> {
    let list = |head: String, details: &[Difference]| {
        let details = details
            .iter()
            .map(|it| format!("\n  {}", one_line(&it.text)));
        head + &Vec::from_iter(details).concat()
    };
    match run.apply(plan) {
        Ok(changed) if changed.is_empty() => Ok(()),
        Ok(changed) => {
            let head = "These changes since the run started are deployed:";
            say(&list(head.into(), &changed));
            Ok(())
        }
        Err(details) => {
            let run = run.earlier().run();
            let head = format!("error: run {run} cannot be resumed: its inputs have changed");
            let mut unconfirmed = details.iter();
            let allowed = match unconfirmed.all(|it| it.effect == Effect::Unconfirmed) {
                true => "; --yes deploys what was not confirmed",
                false => "",
            };
            say(&format!(
                "{}\nhelp: undo the changes, or start a new run with `orchestrate deploy`{allowed}",
                list(head, &details)
            ));
            Err(Exit::FAILURE)
        }
    }
}

/// The command of a run with its flags, which later ones override.
pub(super) fn command(run: &Earlier, flags: &[String]) -> Result<Command, Exit> {
    let command = match run.operation() {
        Operation::Deploy | Operation::Preview => "deploy",
        Operation::Destroy => "destroy",
    };
    let kept = run.invocation().arguments.iter().skip(1);
    let words: Vec<String> = kept.chain(flags).cloned().collect();
    let cli = parse::again(command, &words)
        .map_err(|error| {
            format!(
                "run {} was started with flags that this version of orchestrate does not have\n{error}",
                run.run()
            )
        })
        .map_err(failing(Exit::FAILURE))?;
    cli.command.ok_or(Exit::INTERNAL)
}

/// The manifest.
pub(super) fn config(named: Option<&Path>, invocation: &Invocation) -> Result<PathBuf, Exit> {
    let of_run = invocation.manifest.as_ref().map(PathBuf::from);
    named.map(Path::to_owned).or(of_run).ok_or_else(|| {
        say(
            "error: the manifest of the run was read from standard input\nhelp: pass the manifest with --config FILE",
        );
        Exit::USAGE
    })
}

/// The run that is named, or else the latest one of the manifest.
pub(super) fn find(
    run: Option<&str>,
    config: Option<&Path>,
    state: &StateArgs,
) -> Result<Earlier, Exit> {
    match run {
        Some(run) => Earlier::read(&named(run, state)?).map_err(failing(Exit::FAILURE)),
        None => latest(state, &manifest(config)?),
    }
}

/// The journal of a run by its path, or by the beginning of its id.
fn named(run: &str, state: &StateArgs) -> Result<PathBuf, Exit> {
    let path = Path::new(run);
    if path.is_file() {
        return Ok(path.to_owned());
    }
    if path.is_dir() || run.is_empty() {
        say(&format!(
            "error: \"{}\" is neither a run nor a file\nhelp: to list the runs: orchestrate runs list",
            one_line(run),
        ));
        return Err(Exit::USAGE);
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
                "error: no run or file {} found\nhelp: to list the runs: orchestrate runs list",
                one_line(run)
            ));
            Err(Exit::USAGE)
        }
        _ => {
            let ids = found.iter().filter_map(|path| path.file_stem()?.to_str());
            let ids: Vec<&str> = ids.take(5).collect();
            let more = if found.len() > ids.len() { ", …" } else { "" };
            say(&format!(
                "error: the ids of {} runs begin with {}: {}{more}\nhelp: pass more of the id",
                found.len(),
                one_line(run),
                ids.join(", ")
            ));
            Err(Exit::USAGE)
        }
    }
}

/// All journals of the state directory, latest first.
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

/// The manifest that a command without `--config` would use. Without one, no run is meant: that of another manifest must not be
/// touched.
fn manifest(config: Option<&Path>) -> Result<PathBuf, Exit> {
    let here = || crate::manifest::find(&std::env::current_dir().ok()?);
    let found = config.map(Path::to_owned).or_else(here);
    let absolute = found.and_then(|path| std::path::absolute(path).ok());
    absolute.ok_or_else(|| {
        say(&format!(
            "error: no {} in this directory or above\nhelp: name a run of `orchestrate runs list`, or its manifest with --config FILE",
            crate::manifest::FILE_NAME
        ));
        Exit::USAGE
    })
}

/// The latest run of a manifest.
fn latest(state: &StateArgs, manifest: &Path) -> Result<Earlier, Exit> {
    for path in journals(state)? {
        match Earlier::read(&path) {
            Ok(earlier) if earlier.manifest() == Some(manifest) => return Ok(earlier),
            Ok(_) => {}
            // It may be that of another manifest, or of a run that begins.
            Err(error) => tracing::debug!(%error, "a journal is skipped"),
        }
    }
    say(&format!(
        "error: no journal of a run of {} found\nhelp: orchestrate runs list",
        manifest.display()
    ));
    Err(Exit::FAILURE)
}

fn unusable(error: &OpenError) -> Exit {
    let help = match error {
        OpenError::Busy(_) => "\nhelp: wait for it, or stop it with Ctrl-C in its terminal",
        OpenError::Unreadable(ReadError::Damaged(_)) => {
            "\nhelp: restore the file, or start a new run: deploying an unchanged project again is safe"
        }
        _ => "",
    };
    say(&format!("error: the run cannot be resumed: {error}{help}"));
    Exit::FAILURE
}
