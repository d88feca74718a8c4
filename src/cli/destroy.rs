//! `orchestrate destroy`: load, plan, confirm, delete, report.

use super::args::DestroyArgs;
use super::background::Writer;
use super::console::say;
use super::envelope::{Envelope, Status};
use super::in_process::{self, InProcess};
use super::output::Output;
use super::prompt::{PromptContext, ask};
use super::values::MessageFormat;
use super::{Exit, journal, reuse, run};
use crate::manifest::{Manifest, OrphanedDependent, orphaned_dependents};
use crate::model::{PlannedProject, Reason};
use crate::run::{Approver, Ask, EarlierRun, Job, Plan, Refused};
use crate::ui::{one_line, stderr_size, table};
use crate::words;
use futures::FutureExt;
use serde_json::json;
use std::ffi::OsString;

/// Starts a deletion: `arguments` is the command line as typed, and `flags` what a resumed run keeps of it. Or finishes an
/// earlier one.
pub(super) fn main(
    args: &DestroyArgs,
    arguments: &[OsString],
    flags: &[String],
    earlier: Option<EarlierRun>,
) -> Result<Exit, Exit> {
    let destroy = async |own: &InProcess| destroy(args, own, arguments, flags, earlier).await;
    in_process::within(&args.plan.target, &args.plan.in_process, destroy)
}

async fn destroy(
    args: &DestroyArgs,
    own: &InProcess,
    arguments: &[OsString],
    flags: &[String],
    earlier: Option<EarlierRun>,
) -> Result<Exit, Exit> {
    let confirm_command = run::confirm_command("destroy", arguments, earlier.as_ref());
    let files = run::open_report_files(&args.output)?;
    let (plan, manifest, all) = run::plan(
        &args.plan,
        &args.takeover,
        &args.common,
        own,
        args.overrides(),
        earlier.as_ref(),
        None,
    )?;
    let orphaned = orphaned_dependents(&all, &manifest.projects);
    let destruction = DestroyPlan { plan, orphaned };
    // An empty in-process sandbox has nothing to lose.
    let is_empty = args.plan.target.sandbox && args.plan.in_process.starts_empty();
    let mut plan = destruction.plan.clone();
    plan.reuse.history = reuse::history(&args.plan.target, &args.runs.state, true, false);
    if !is_empty && !args.confirm.is_given() {
        plan.approval.ask = Ask::Always;
    } else if !is_empty && !plan.jobs.is_empty() && !destruction.orphaned.is_empty() {
        say(&destruction.warning());
    }
    let output = Output::new(&args.output, &args.common);
    let text = match &destruction.orphaned[..] {
        [] => destruction.text(),
        _ => format!("{}\n{}", destruction.text(), destruction.warning()),
    };
    let context = PromptContext::after_reading(&args.plan.input);
    let approver = approver(text, word(&manifest), context, output.writer());
    let explain = |refused: &Refused| {
        let is_json = args.output.message_format == MessageFormat::Json;
        destruction.explain(refused, is_json, &confirm_command);
    };
    let held = journal::session(&args.runs, &args.plan.target, &plan, earlier, flags).await?;
    let (mut session, _hold) = held;
    session.approver = approver;
    let executed = run::execute(plan, session, files, output, explain).await;
    executed.map(|(_, exit)| exit)
}

/// Shows what will be deleted, and asks the user to type the word that confirms it.
fn approver(text: String, word: String, context: PromptContext, screen: Writer) -> Approver {
    Box::new(move |_| {
        screen.settle();
        say(&text);
        let word = word.trim().to_owned();
        let question = format!("\nType {} to confirm:", one_line(&word));
        async move { ask(&question, context, |line| line == word).await }.boxed_local()
    })
}

/// The planned deletion.
struct DestroyPlan {
    plan: Plan,
    /// Dependents that are not deleted.
    orphaned: Vec<OrphanedDependent>,
}

/// The manifest's name, or else a text that is not typed by habit.
fn word(manifest: &Manifest) -> String {
    match &manifest.name {
        Some(name) => name.clone(),
        None => format!("destroy {}", manifest.projects.len()),
    }
}

impl DestroyPlan {
    /// Lists the projects to delete.
    fn text(&self) -> String {
        let head = ["project", "account", "logical id", "resources"];
        let row = |job: &Job| {
            let logical_id = job.planned.logical_id.as_deref();
            [
                job.planned.name.clone(),
                format!("{} ({})", job.planned.account, job.credentials.account_id),
                logical_id.unwrap_or("(in its bundle)").to_owned(),
                if job.planned.policy.preserve_resources {
                    "preserved".to_owned()
                } else {
                    "deleted".to_owned()
                },
            ]
        };
        let jobs = &self.plan.jobs;
        let mut text = table::render(&head, jobs.iter().map(row), stderr_size().columns);
        text.push_str(&format!(
            "\n{} of {} will be deleted from {}.",
            words::count(jobs.len(), "project"),
            one_line(&self.plan.manifest),
            one_line(&self.plan.api_url)
        ));
        if jobs
            .iter()
            .any(|job| !job.planned.policy.preserve_resources)
        {
            text.push_str(" Checks are deleted with their results. This cannot be undone.");
        }
        text
    }

    /// Names the dependents that are not deleted.
    fn warning(&self) -> String {
        let mut text = "warning: dependents that are not deleted:".to_owned();
        for OrphanedDependent { name, depends_on } in &self.orphaned {
            let (name, of) = (one_line(name), one_line(&depends_on.join(", ")));
            text.push_str(&format!("\n  {name} depends on {of}"));
        }
        text + "\nhelp: --with-dependents deletes them, too; --exclude keeps their dependencies"
    }

    /// Shows why nothing was deleted.
    fn explain(&self, Refused { refusal, .. }: &Refused, is_json: bool, confirm_command: &str) {
        match (refusal.reason, refusal.exit_code) {
            (Reason::LimitExceeded, _) => {
                say(&format!(
                    "error: nothing was deleted: {}\nhelp: select fewer projects, or raise max_projects in [limits]",
                    refusal.details.join("; ")
                ));
                if is_json {
                    self.envelope(Status::Refused, &refusal.details, None)
                        .print();
                }
            }
            (Reason::NotConfirmed, Some(2)) => {
                say(&format!(
                    "error: nothing was deleted: confirmation is required, but this run is not interactive\n\
                     help: to delete without confirmation, run: {}",
                    one_line(confirm_command)
                ));
                let status = Status::ConfirmationRequired;
                self.envelope(status, &[], Some(confirm_command)).print();
            }
            _ => say("Nothing was deleted."),
        }
    }

    /// The same for programs.
    fn envelope<'a>(
        &self,
        status: Status,
        reasons: &'a [String],
        confirm_command: Option<&'a str>,
    ) -> Envelope<'a> {
        let jobs = &self.plan.jobs;
        let to_delete = |job: &Job| {
            let PlannedProject { name, account, .. } = &job.planned;
            let what = match job.planned.policy.preserve_resources {
                true => "preserve",
                false => "delete",
            };
            format!("delete project {name} from account {account}, and {what} its resources")
        };
        let project = |job: &Job| {
            json!({
                "name": job.planned.name,
                "logical_id": job.planned.logical_id,
                "account": job.planned.account,
                "account_id": job.credentials.account_id,
                "preserve_resources": job.planned.policy.preserve_resources,
            })
        };
        Envelope {
            status,
            command: "destroy",
            reasons,
            changes: jobs.iter().map(to_delete).collect(),
            details: json!({
                "projects": Vec::from_iter(jobs.iter().map(project)),
                // Those that are not deleted.
                "dependents": self.orphaned,
            }),
            confirm_command,
        }
    }
}
