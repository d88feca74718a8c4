//! What a deployment needs before it may change anything: from flags to the run's `Approval`, its question, and the texts of
//! its refusals.

use super::args::DeployArgs;
use super::background::Writer;
use super::console::say;
use super::envelope::{Envelope, Status};
use super::prompt::{PromptContext, ask, is_yes};
use super::values::MessageFormat;
use crate::guard::{self, Deletion, SavedPlan};
use crate::history::{Destination, History};
use crate::model::api_url::loopback;
use crate::model::{Event, ProjectReport, Reason, Refusal, Reporter, RunAccount, RunEvent};
use crate::run::{Approval, Approver, Plan, Refused};
use crate::ui::{self, Facts, stderr_size};
use crate::words;
use futures::FutureExt;
use serde_json::json;
use std::path::Path;

/// What a deployment with these flags needs.
pub(super) fn approval(
    args: &DeployArgs,
    plan: &Plan,
    saved: Option<SavedPlan>,
    history: Option<&History>,
) -> Approval {
    let is_empty = args.plan.target.sandbox && args.plan.in_process.starts_empty();
    let may_delete = !is_empty
        && plan
            .jobs
            .iter()
            .any(|job| !job.planned.policy.preserve_resources);
    let has_budget =
        plan.budget.max_deletes.is_some() || plan.jobs.iter().any(|job| job.max_deletes.is_some());
    let yes = args.safety.confirm.is_given();
    let api = args.plan.target.name(&plan.api_url).to_owned();
    Approval {
        new_accounts: new_accounts(args, plan, saved.is_some(), history),
        ..Approval::of_deployment(may_delete, has_budget, yes, saved.map(|saved| (saved, api)))
    }
}

/// The accounts to which this directory has not deployed yet, if no flag confirms them and a user at a terminal can. A server
/// on this machine is no account.
fn new_accounts(
    args: &DeployArgs,
    plan: &Plan,
    has_plan: bool,
    history: Option<&History>,
) -> Vec<RunAccount> {
    let is_answered = args.safety.confirm.is_given() || has_plan;
    let is_local = args.plan.target.sandbox || loopback(&plan.api_url).is_some();
    if is_answered || is_local || !PromptContext::after_reading(&args.plan.input).is_terminal() {
        return vec![];
    }
    let mut accounts = plan.accounts();
    if let Some(history) = history {
        accounts.retain(|account| !history.has_deployed(&destination(plan, account)));
    }
    accounts
}

/// Records the accounts of a deployment once it is approved.
pub(super) struct Destinations {
    history: History,
    destinations: Vec<Destination>,
}

impl Destinations {
    pub(super) fn of(plan: &Plan, history: &History) -> Self {
        let accounts = match loopback(&plan.api_url) {
            Some(_) => vec![],
            None => plan.accounts(),
        };
        Self {
            history: history.clone(),
            destinations: accounts.iter().map(|it| destination(plan, it)).collect(),
        }
    }
}

impl Reporter for Destinations {
    fn event(&mut self, event: &RunEvent) {
        if !matches!(event.event, Event::RunApproved { .. }) {
            return;
        }
        let history = &self.history;
        for destination in self
            .destinations
            .iter()
            .filter(|it| !history.has_deployed(it))
        {
            if let Err(error) = history.record_destination(destination) {
                tracing::debug!(%error, "the account is not recorded");
            }
        }
    }
}

fn destination(plan: &Plan, account: &RunAccount) -> Destination {
    let manifest = Path::new(&plan.manifest);
    let directory = manifest.parent().unwrap_or(Path::new(""));
    let directory = std::path::absolute(Path::new(".").join(directory)).unwrap_or_default();
    Destination {
        api_url: plan.api_url.clone(),
        account_id: account.account_id.clone(),
        directory: directory.canonicalize().unwrap_or(directory),
    }
}

/// Asks the user to confirm deletions and new accounts.
pub(super) fn approver(context: PromptContext, color: bool, screen: Writer) -> Approver {
    Box::new(move |question| {
        screen.settle();
        let deletions = guard::deletions(&question.previewed).len();
        if deletions > 0 {
            list(&question.previewed, color);
        }
        let text = question_text(question.projects, &question.new_accounts, deletions);
        async move { ask(&text, context, is_yes).await }.boxed_local()
    })
}

/// One question for new accounts and deletions.
fn question_text(projects: usize, new: &[RunAccount], deletions: usize) -> String {
    let deploy = match new {
        [] => "Deploy".to_owned(),
        new => format!(
            "Deploy {} to {}, for the first time from this directory",
            words::count(projects, "project"),
            ui::accounts(new)
        ),
    };
    let resources = words::count(deletions, "resource");
    match (deletions, new) {
        (0, _) => format!("{deploy}? [y/N]"),
        (_, []) => format!("{deploy} and delete {resources}? [y/N]"),
        (_, _) => format!("{deploy}, and delete {resources}? [y/N]"),
    }
}

/// Shows why nothing was deployed. `confirm_command` needs no confirmation.
pub(super) fn explain(
    refused: &Refused,
    args: &DeployArgs,
    saved: Option<&SavedPlan>,
    confirm_command: &str,
) {
    let Refused { refusal, previewed } = refused;
    let deletions = guard::deletions(previewed);
    let color = Facts::of_stderr().color(args.report.common.color);
    match (refusal.reason, refusal.exit_code) {
        // The line about the signal says so.
        (Reason::Interrupted, None) => return,
        (Reason::Interrupted, _) | (Reason::NotConfirmed, Some(1)) => {
            return say("Nothing was deployed.");
        }
        (Reason::NotConfirmed, _) => {
            say(&format!(
                "error: nothing was deployed: the deletions require confirmation, but this run is not interactive\n\
                 help: to deploy without confirmation, run: {}",
                ui::one_line(confirm_command)
            ));
            return envelope(
                Status::ConfirmationRequired,
                &deletions,
                &[],
                Some(confirm_command),
            );
        }
        (Reason::LimitExceeded, _) if !previewed.is_empty() => list(previewed, color),
        _ => {}
    }
    let version = saved.map(|saved| &*saved.orchestrate);
    let plan = args.safety.plan.as_deref().zip(version);
    say(&refusal_text(refusal, previewed.is_empty(), plan));
    if args.report.output.message_format == MessageFormat::Json && refusal.exit_code.is_some() {
        envelope(Status::Refused, &deletions, &refusal.details, None);
    }
}

/// Why nothing was deployed, and what to do next.
fn refusal_text(refusal: &Refusal, before_preview: bool, plan: Option<(&Path, &str)>) -> String {
    let code = refusal.exit_code;
    let head = match (refusal.reason, code, plan) {
        (Reason::PlanMismatch, _, Some((file, version))) => format!(
            "the plan {} (written by orchestrate {version}) no longer matches",
            file.display()
        ),
        (Reason::PreviewFailed, None, _) => "some projects could not be previewed".into(),
        (Reason::PreviewFailed, Some(75 | 77), _) => {
            "the deletions of some projects are not known: their account did not list its projects"
                .into()
        }
        (Reason::PreviewFailed, ..) => "the deletions of some projects are not known yet".into(),
        (reason, ..) => words::meaning(reason).into_owned(),
    };
    let next = match (refusal.reason, code) {
        (Reason::LimitExceeded, _) if before_preview => {
            "select fewer projects, or raise max_projects in [limits]"
        }
        (Reason::LimitExceeded, _) => {
            "if these deletions are intended, raise max_deletes; --max-deletes N overrides the one in [limits] for one run"
        }
        (Reason::PlanMismatch, _) => "save and review a new plan: orchestrate preview --out FILE",
        (Reason::PreviewFailed, Some(75)) => "run it again",
        (Reason::PreviewFailed, Some(77)) => {
            "use an API key that may list the projects of the account"
        }
        (Reason::PreviewFailed, Some(_)) => {
            "deploy the dependencies first with --only, then everything"
        }
        _ => "", // the summary of each project says it
    };
    let mut text = format!("error: nothing was deployed: {}", ui::one_line(&head));
    for detail in &refusal.details {
        text.push_str(&format!("\n  {}", ui::one_line(detail)));
    }
    if !next.is_empty() {
        text.push_str(&format!("\nhelp: {next}"));
    }
    text
}

fn list(previewed: &[ProjectReport], color: bool) {
    say(&ui::deletions(previewed, color, stderr_size().columns));
}

fn envelope(
    status: Status,
    deletions: &[Deletion<'_>],
    reasons: &[String],
    confirm_command: Option<&str>,
) {
    let changes = deletions.iter().map(|it| ui::one_line(&it.to_string()));
    let envelope = Envelope {
        status,
        command: "deploy",
        reasons,
        changes: changes.collect(),
        details: json!({ "deletions": deletions }),
        confirm_command,
    };
    envelope.print();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_why_and_what_to_do_next() {
        let text = |reason, exit_code, details: &[&str], before_preview| {
            let refusal = Refusal {
                reason,
                details: details.iter().map(|&it| it.to_owned()).collect(),
                exit_code,
            };
            refusal_text(
                &refusal,
                before_preview,
                Some((Path::new("plan.json"), "0.1.0")),
            )
        };
        let preview_failed = |code, detail| text(Reason::PreviewFailed, code, &[detail], false);
        insta::assert_snapshot!([
            text(Reason::LimitExceeded, Some(1), &["12 projects, 10 allowed"], true),
            text(Reason::LimitExceeded, Some(1), &["3 deletions, 2 allowed"], false),
            text(Reason::PlanMismatch, Some(1), &["shop: the bundle differs"], true),
            text(Reason::RunTimeout, None, &[], false),
            text(Reason::PreviewFailed, None, &[], false),
            preview_failed(Some(1), "shop: known after deploying base"),
            preview_failed(Some(75), "GET /next/projects: HTTP 503"),
            preview_failed(Some(77), "GET /next/projects: HTTP 403"),
        ].join("\n\n"), @"
        error: nothing was deployed: a limit would be exceeded
          12 projects, 10 allowed
        help: select fewer projects, or raise max_projects in [limits]

        error: nothing was deployed: a limit would be exceeded
          3 deletions, 2 allowed
        help: if these deletions are intended, raise max_deletes; --max-deletes N overrides the one in [limits] for one run

        error: nothing was deployed: the plan plan.json (written by orchestrate 0.1.0) no longer matches
          shop: the bundle differs
        help: save and review a new plan: orchestrate preview --out FILE

        error: nothing was deployed: the run exceeded its timeout (--timeout)

        error: nothing was deployed: some projects could not be previewed

        error: nothing was deployed: the deletions of some projects are not known yet
          shop: known after deploying base
        help: deploy the dependencies first with --only, then everything

        error: nothing was deployed: the deletions of some projects are not known: their account did not list its projects
          GET /next/projects: HTTP 503
        help: run it again

        error: nothing was deployed: the deletions of some projects are not known: their account did not list its projects
          GET /next/projects: HTTP 403
        help: use an API key that may list the projects of the account
        ");
    }

    #[test]
    fn deletions_and_new_accounts_are_one_question() {
        let account = |name: &str, id: &str| RunAccount {
            name: name.to_owned(),
            account_id: id.to_owned(),
        };
        let new = [account("prod", "a-1"), account("staging", "a-2")];
        insta::assert_snapshot!(question_text(2, &[], 1), @"Deploy and delete 1 resource? [y/N]");
        insta::assert_snapshot!(
            question_text(1, &new[..1], 0),
            @"Deploy 1 project to account prod (a-1), for the first time from this directory? [y/N]"
        );
        insta::assert_snapshot!(
            question_text(2, &new, 3),
            @"Deploy 2 projects to accounts prod (a-1), staging (a-2), for the first time from this directory, and delete 3 resources? [y/N]"
        );
    }
}
