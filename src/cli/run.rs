//! The steps that all runs share: a plan, report files, an exit code.

use super::args::PlanArgs;
use super::console::{failing, say, show};
use super::envelope::{quoted, with_yes};
use super::flags::{CommonArgs, OutputArgs, TakeoverArgs};
use super::in_process::InProcess;
use super::load::{self, Loader};
use super::out_file::OutFileError;
use super::output::Output;
use super::report_file::{ReportFile, write_reports};
use super::{Exit, resume, reuse, signals};
use crate::api::Identity;
use crate::guard::SavedPlan;
use crate::log::Ledger;
use crate::manifest::{Manifest, Overrides, Project};
use crate::model::api_url::loopback;
use crate::model::{Report, RunId};
use crate::os_error::plain;
use crate::run::{self, EarlierRun, Plan, Refused, RunError, Session};
use crate::ui::one_line;
use std::cell::RefCell;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::rc::Rc;

/// Loads, selects, and checks all bundles: what is left of an earlier run, the projects of a saved plan, or what the flags
/// select. Also returns the manifest with the selected projects, and all projects.
pub(super) fn plan(
    args: &PlanArgs,
    takeover: &TakeoverArgs,
    common: &CommonArgs,
    own: &InProcess,
    mut overrides: Overrides,
    earlier: Option<&EarlierRun>,
    saved: Option<&SavedPlan>,
) -> Result<(Plan, Manifest, Vec<Project>), Exit> {
    overrides.api_url = own.api_url();
    overrides.shards = args.select.partition.map(|it| it.count);
    let to_destroy = overrides.to_destroy;
    let mut loader = Loader::new(&args.input, overrides, args.target.sandbox, common)?;
    let of_plan = |saved: &SavedPlan| saved.projects.iter().map(|it| it.name.clone()).collect();
    let names: Option<HashSet<String>> = earlier.map(EarlierRun::names).or(saved.map(of_plan));
    let (manifest, all) = match &names {
        Some(names) => loader.keep(names)?,
        None => loader.select(&args.select)?,
    };
    let plan = if to_destroy {
        run::plan_to_destroy(&manifest, &load::env)
    } else {
        run::plan(&manifest, &load::env)
    };
    let mut plan = plan.map_err(|problems| show(&problems, common))?;
    own.connect(&mut plan);
    if !to_destroy && let Some(error) = &plan.commit_error {
        say(&format!(
            "warning: deployments do not name their commit: {}\nhelp: install git, or set CHECKLY_REPO_SHA",
            one_line(error)
        ));
    }
    load::allow_takeover(&mut plan, &all, takeover, common)?;
    plan.reuse.cache = reuse::cache(args.make.no_cache, &args.target, &manifest);
    plan.offline_bundle = args.make.offline_bundle;
    if let Some(run) = earlier {
        resume::apply(run, &mut plan)?;
    }
    Ok((plan, manifest, all))
}

pub(super) fn open_report_files(output: &OutputArgs) -> Result<Vec<ReportFile>, Exit> {
    let open = |path: &Path| ReportFile::open(path).map_err(failing(Exit::USAGE));
    let paths = output.report_file.iter().flat_map(|path| files(path));
    paths.map(open).collect()
}

/// A list if every part of it names a report, as in `a.json,b.md`; otherwise one file, whose path may contain commas.
fn files(path: &Path) -> Vec<&Path> {
    let parts = path.to_str().into_iter().flat_map(|text| text.split(','));
    let parts: Vec<&Path> = parts.map(Path::new).collect();
    if parts.iter().all(|part| part.extension().is_some()) && !parts.is_empty() {
        parts
    } else {
        vec![path]
    }
}

/// The open files that do not depend on the number of projects: streams, timers, bundles that are read, programs, reports.
const RESERVED_FILES: u64 = 32;

/// Lowers the concurrency to what the limit of open files allows: projects wait instead of failing.
fn fit_open_files(plan: &mut Plan) {
    let Ok((limit, _)) = rlimit::Resource::NOFILE.get() else {
        return;
    };
    let most = at_most(limit, loopback(&plan.api_url).is_some());
    if plan.limits.concurrency > most && plan.jobs.len() > most {
        say(&format!(
            "warning: at most {most} projects at once: this process may open {limit} files\nhelp: raise the limit with `ulimit -n`"
        ));
        plan.limits.concurrency = most;
    }
}

/// A project has an event stream and one other connection. A sandbox in this process has their other ends.
fn at_most(open_files: u64, is_local: bool) -> usize {
    let each = if is_local { 4 } else { 2 };
    let most = open_files.saturating_sub(RESERVED_FILES) / each;
    usize::try_from(most).unwrap_or(usize::MAX).max(1)
}

/// Executes a plan and reports it as the flags request. `explain` shows why nothing was changed. Returns the report and the exit
/// code.
pub(super) async fn execute(
    mut plan: Plan,
    mut session: Session,
    files: Vec<ReportFile>,
    output: Output,
    explain: impl FnOnce(&Refused),
) -> Result<(Report, Exit), Exit> {
    fit_open_files(&mut plan);
    let interrupts = signals::listen()?;
    let journal = session.journal.as_ref();
    let resume = journal.map(|journal| resume_command(journal.path(), &session.run));
    let reporters = output.reporters(resume.clone());
    session.reporters.splice(0..0, reporters);
    let ledger = Rc::new(RefCell::new(Ledger::default()));
    if !files.is_empty() {
        session.reporters.push(Box::new(ledger.clone()));
    }
    let identity = Identity::from_env(&load::env);
    let ran = run::execute(plan, &identity, session, interrupts).await;
    let of_reports = output.of_reports(&files);
    // Before anything that a reader may hold up.
    let reports = ran
        .as_ref()
        .map(|ran| write_reports(&ran.report, &ledger.borrow(), resume.as_deref(), files));
    let written = output.finish();
    let reports = reports.unwrap_or_default();
    let ran = ran.map_err(|error| failed(&error))?;
    if let Err(error) = ran.history {
        say(&format!(
            "warning: the deployment history could not be updated: {error}\nhelp: do not use --skip-unchanged until a run succeeds without this warning"
        ));
    }
    if let Some(refused) = &ran.refused {
        explain(refused);
    }
    if let Some(line) = of_reports.filter(|_| reports.is_empty()) {
        say(&line);
    }
    let exit = finish(&ran.report, &reports, written);
    Ok((ran.report, exit))
}

/// The command that finishes the run with this journal.
pub(super) fn resume_command(journal: &Path, run: &RunId) -> String {
    let is_found = reuse::default_state_dir().is_some_and(|dir| journal.starts_with(dir));
    let run = match is_found {
        true => run.to_string(),
        false => quoted(one_line(&journal.display().to_string())),
    };
    format!("orchestrate resume {run}")
}

/// The same command without a question. An earlier run is finished by its own.
pub(super) fn confirm_command(
    command: &str,
    arguments: &[OsString],
    earlier: Option<&EarlierRun>,
) -> String {
    match earlier.map(EarlierRun::earlier) {
        Some(earlier) => format!("{} --yes", resume_command(&earlier.path, earlier.run())),
        None => with_yes(command, arguments),
    }
}

/// Shows why there was no run.
fn failed(error: &RunError) -> Exit {
    failing(match error {
        RunError::Client(_) => Exit::INVALID,
        RunError::Broken => Exit::INTERNAL,
    })(error)
}

/// The exit code, after showing what could not be written.
pub(super) fn finish(report: &Report, reports: &[OutFileError], written: io::Result<()>) -> Exit {
    let mut exit = Exit::of_report(report.exit_code);
    for error in reports {
        exit = failing(exit.or_failure())(error);
    }
    if let Err(error) = written {
        say(&format!(
            "error: cannot write the events to standard output: {}",
            plain(&error)
        ));
        // The outcome of the run does not depend on whether anybody reads.
        if error.kind() != io::ErrorKind::TimedOut {
            exit = exit.or_failure();
        }
    }
    exit
}

#[cfg(test)]
mod tests {
    use super::{at_most, files};
    use std::path::Path;

    #[test]
    fn few_open_files_mean_few_projects_at_once() {
        for (open_files, is_local, most) in [
            (64, false, 16),
            (64, true, 8),
            (1024, false, 496),
            (16, false, 1),
            (u64::MAX, true, usize::MAX / 4),
        ] {
            let allowed = at_most(open_files, is_local);
            assert!(allowed.abs_diff(most) <= 8, "{open_files}: {allowed}");
        }
    }

    #[test]
    fn a_comma_separates_report_files_unless_it_is_part_of_a_path() {
        let files = |path| {
            files(Path::new(path))
                .iter()
                .map(|it| it.to_str().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(files("a.json,b.md"), ["a.json", "b.md"]);
        for path in ["a.json", "a,b/r.json", "/dev/stdout", ""] {
            assert_eq!(files(path), [path]);
        }
    }
}
