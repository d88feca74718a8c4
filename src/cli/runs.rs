//! `orchestrate runs`: earlier runs, from their journals alone.

use super::args::{
    RunsCommand, RunsListArgs, RunsMergeArgs, RunsPruneArgs, RunsReportArgs, RunsShowArgs,
};
use super::console::{failing, print, say};
use super::envelope::quoted;
use super::output::Output;
use super::report_file::{ReportFile, write_reports};
use super::resume::{find, journals};
use super::values::ListFormat;
use super::{Exit, list, reuse, run};
use crate::journal::{self, Earlier, Journals};
use crate::model::{Event, Operation, Reporter, Retention, RunId, Timestamp};
use crate::report::to_json;
use crate::ui::{
    Facts, FailureOutput, Human, Options, Progress, Verbosity, one_line, stderr_size,
    stdout_columns, table,
};
use crate::words;
use serde::Serialize;
use std::path::PathBuf;

pub(super) fn main(command: &RunsCommand) -> Result<Exit, Exit> {
    match command {
        RunsCommand::List(args) => list_runs(args),
        RunsCommand::Show(args) => show(args),
        RunsCommand::Report(args) => report(args),
        RunsCommand::Merge(args) => merge(args),
        RunsCommand::Prune(args) => prune(args),
    }
}

/// One run of `runs list --format json`.
#[derive(Serialize)]
struct Row {
    run: RunId,
    started_at: Timestamp,
    operation: Operation,
    manifest: Option<PathBuf>,
    /// The result of its report, `running`, or `killed`.
    state: &'static str,
    projects: usize,
    succeeded: usize,
    journal: PathBuf,
}

impl Row {
    fn of(earlier: &Earlier) -> Self {
        let report = earlier.report();
        let done = report.projects.iter().filter(|row| row.result.is_success());
        Self {
            run: earlier.run().clone(),
            started_at: earlier.started_at(),
            operation: earlier.operation(),
            manifest: earlier.manifest().map(Into::into),
            state: match (earlier.is_running, earlier.has_ended()) {
                (true, _) => "running",
                (false, true) => report.result.as_str(),
                (false, false) => "killed",
            },
            projects: report.projects.len(),
            succeeded: done.count(),
            journal: earlier.path.clone(),
        }
    }
}

fn list_runs(args: &RunsListArgs) -> Result<Exit, Exit> {
    let mut rows = vec![];
    for path in journals(&args.state)? {
        match Earlier::read(&path) {
            Ok(earlier) => rows.push(Row::of(&earlier)),
            Err(error) => say(&format!("warning: {error}")),
        }
    }
    print(&match args.format {
        ListFormat::Json => list::as_json("runs", &rows),
        ListFormat::Table => {
            let head = [
                "run",
                "started",
                "command",
                "result",
                "succeeded",
                "manifest",
            ];
            let row = |row: &Row| {
                let manifest = row.manifest.as_ref();
                [
                    row.run.to_string(),
                    to_the_second(row.started_at),
                    row.operation.to_string(),
                    row.state.to_owned(),
                    format!("{}/{}", row.succeeded, row.projects),
                    manifest.map_or("-".into(), |it| it.display().to_string()),
                ]
            };
            table::render(&head, rows.iter().map(row), stdout_columns())
        }
    })
}

/// `2026-11-22 18:17:00` in UTC.
fn to_the_second(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}

fn show(args: &RunsShowArgs) -> Result<Exit, Exit> {
    let earlier = find(args.run.as_deref(), None, &args.state)?;
    let report = earlier.report();
    if matches!(args.format, ListFormat::Json) {
        let json = String::from_utf8(to_json(&report)).unwrap_or_default();
        return print(&json);
    }
    let row = Row::of(&earlier);
    let head = format!(
        "run {}: {} of {}, started {}, {}\n",
        row.run,
        row.operation,
        one_line(&report.manifest),
        to_the_second(row.started_at),
        row.state
    );
    let options = Options {
        progress: Progress::None,
        verbosity: Verbosity::Normal,
        color: false,
        show_changes: args.output,
        status_level: None,
        failure_output: FailureOutput::Final,
        fold: None,
        is_ascii: Facts::of_stdout().is_ascii(),
        has_taskbar: false,
    };
    let mut text = vec![];
    let resume = resume_command(&earlier);
    let mut human = Human::new(&mut text, options, stderr_size).resumable(resume);
    human.earlier(&earlier.events);
    human.event(&earlier.finished());
    drop(human);
    let text = String::from_utf8(text).unwrap_or_default();
    print(&(head + &text))
}

/// The command that finishes the run, unless it is in progress.
fn resume_command(earlier: &Earlier) -> Option<String> {
    (!earlier.is_running).then(|| run::resume_command(&earlier.path, earlier.run()))
}

/// Writes the reports that the run would have written.
fn report(args: &RunsReportArgs) -> Result<Exit, Exit> {
    let earlier = find(args.run.as_deref(), None, &args.state)?;
    let files = args.report_file.iter();
    let files: Result<Vec<_>, _> = files.map(|path| ReportFile::open(path)).collect();
    let files = files.map_err(failing(Exit::USAGE))?;
    let mut exit = Exit::SUCCESS;
    let resume = resume_command(&earlier);
    for error in write_reports(
        &earlier.report(),
        &earlier.ledger(),
        resume.as_deref(),
        files,
    ) {
        exit = failing(Exit::FAILURE)(error);
    }
    Ok(exit)
}

/// Joins shards into one report, with the exit code of one run.
fn merge(args: &RunsMergeArgs) -> Result<Exit, Exit> {
    let files = run::open_report_files(&args.output)?;
    let shards = args.journals.iter().map(|path| Earlier::read(path));
    let shards: Result<Vec<_>, _> = shards.collect();
    let shards = shards.map_err(failing(Exit::FAILURE))?;
    let merged = journal::merge(shards).map_err(failing(Exit::FAILURE))?;
    let Event::RunFinished(report) = &merged.finished.event else {
        return Err(Exit::INTERNAL);
    };
    let resume = merged.unfinished.iter();
    let resume = resume.map(|path| format!("orchestrate resume {}", quoted(path)));
    let resume = Vec::from_iter(resume).join("; ");
    let output = Output::new(&args.output, &args.common);
    let resume = Some(resume).filter(|it| !it.is_empty());
    for mut reporter in output.reporters(resume.clone()) {
        reporter.event(&merged.finished);
    }
    let reports = write_reports(report, &merged.ledger, resume.as_deref(), files);
    let written = output.finish();
    for missing in &merged.missing {
        say(&format!("error: {missing}"));
    }
    if !merged.missing.is_empty() {
        say(
            "help: deploy such a shard with its --partition, then merge the journals of all shards again",
        );
    }
    Ok(run::finish(report, &reports, written))
}

fn prune(args: &RunsPruneArgs) -> Result<Exit, Exit> {
    let Some(dir) = reuse::state_dir(&args.state) else {
        return Ok(Exit::SUCCESS);
    };
    let retention = Retention {
        keep_runs: args.keep.unwrap_or(usize::MAX),
        keep_for: args.older_than.unwrap_or(std::time::Duration::MAX),
        keep_mib: u64::MAX,
    };
    let removed = Journals::new(&dir)
        .prune(retention, crate::run::now())
        .map_err(failing(Exit::FAILURE))?;
    let count = words::count(removed.len(), "journal");
    let names = removed.iter().map(|path| format!("\n  {}", path.display()));
    match Vec::from_iter(names).concat() {
        names if names.is_empty() => say("No journals removed."),
        names => say(&format!("Removed {count}:{names}")),
    }
    Ok(Exit::SUCCESS)
}
