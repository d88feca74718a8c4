//! Before a deployment: asks the server what it would delete, holds that against budgets and a plan, and asks the user. The
//! rules are in [`crate::guard`].

use super::args::DeployArgs;
use super::load::{env, print, say};
use super::output::Output;
use super::values::MessageFormat;
use super::yes_or_no::{Answer, Room, ask};
use super::{Exit, preview, run};
use crate::api::Identity;
use crate::guard::{self, Deletion, Difference, Excess, Known, Need, Now, SavedPlan};
use crate::model::{Report, Reporter, RunEvent, RunResult};
use crate::report::Signal;
use crate::run::{Job, Plan, Session};
use crate::ui::{self, Facts, stderr_size};
use futures::Stream;
use serde::Serialize;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

/// Why nothing is deployed.
pub(super) enum Stop {
    /// It has been said.
    Exit(Exit),
    /// Not every project could be previewed.
    Failed(Box<Report>, Vec<RunEvent>),
}

/// What programs are told on standard output where nothing was deployed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    status: &'static str,
    command: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    reasons: &'a [String],
    /// A sentence a deletion.
    changes: Vec<String>,
    deletions: &'a [Deletion<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm_command: Option<&'a str>,
}

impl<'a> Envelope<'a> {
    fn of(status: &'static str, deletions: &'a [Deletion<'a>]) -> Self {
        Self {
            status,
            command: "deploy",
            reasons: &[],
            changes: deletions.iter().map(Deletion::to_string).collect(),
            deletions,
            confirm_command: None,
        }
    }
}

/// What the guard has to go by.
pub(super) struct Guard<'a> {
    pub(super) args: &'a DeployArgs,
    /// The plan to be held to.
    pub(super) planned: Option<&'a SavedPlan>,
    pub(super) session: &'a Session,
    pub(super) output: &'a Output,
    /// What deploys without a question.
    pub(super) confirm_command: String,
}

impl Guard<'_> {
    /// Gives the plan back when it may be deployed.
    pub(super) async fn check(
        &self,
        plan: Plan,
        interrupts: impl Stream<Item = Signal> + 'static,
        while_asking: impl Stream<Item = Signal>,
    ) -> Result<Plan, Stop> {
        if let Some(excess) = guard::too_many_projects(plan.budget, plan.jobs.len()) {
            return Err(self.over_budget(&[excess], None));
        }
        self.hold(&plan, &plan.jobs.iter().map(now).collect::<Vec<_>>(), None)?;
        let ask = match self.known(&plan).need() {
            Need::Nothing => return Ok(plan),
            Need::Preview { .. } if plan.jobs.is_empty() => return Ok(plan),
            Need::Preview { ask } => ask,
        };
        let collector = Collector::default();
        let reporters = vec![self.output.aside(), Box::new(collector.clone())];
        let previewed = self.session.preview(plan, reporters, interrupts).await;
        self.output.settle();
        let (report, plan) = previewed.map_err(|error| Stop::Exit(run::failed(&error)))?;
        if report.result != RunResult::Succeeded {
            let events = guard::given_up(collector.0.take(), report.result);
            let mut report = Box::new(report);
            guard::give_up(&mut report);
            return Err(Stop::Failed(report, events));
        }
        let rows = report.projects.iter().zip(preview::preserved(&plan));
        let now: Vec<Now> = rows.map(|(row, keeps)| Now::of(row, keeps)).collect();
        self.hold(&plan, &now, Some(&report))?;
        let excesses = excesses(&plan, &report);
        if !excesses.is_empty() {
            return Err(self.over_budget(&excesses, Some(&report)));
        }
        if ask && !guard::deletions(&report.projects).is_empty() {
            self.confirm(&report, while_asking).await?;
        }
        Ok(plan)
    }

    fn known(&self, plan: &Plan) -> Known {
        let confirm = &self.args.safety.confirm;
        let mut jobs = plan.jobs.iter();
        Known {
            yes: confirm.yes || confirm.force,
            has_plan: self.planned.is_some(),
            has_budget: plan.budget.max_deletes.is_some()
                || plan.jobs.iter().any(|job| job.max_deletes.is_some()),
            may_delete: jobs.any(|job| !job.policy.preserve_resources),
            is_own_sandbox: self.args.target.sandbox,
        }
    }

    /// Refuses what is not as it was planned.
    fn hold(&self, plan: &Plan, now: &[Now], report: Option<&Report>) -> Result<(), Stop> {
        let Some(planned) = self.planned else {
            return Ok(());
        };
        let differences = planned.differences(&plan.api_url, now);
        if differences.is_empty() {
            return Ok(());
        }
        let reasons: Vec<String> = differences.iter().map(Difference::to_string).collect();
        let file = self.args.safety.plan.as_deref().unwrap_or(Path::new(""));
        let head = format!(
            "not everything is as {} says, which orchestrate {} has written",
            file.display(),
            planned.orchestrate
        );
        let next = "look at it again: orchestrate preview --out FILE";
        Err(self.refuse(&head, &reasons, next, report))
    }

    fn over_budget(&self, excesses: &[Excess], report: Option<&Report>) -> Stop {
        if let Some(report) = report {
            self.list(report);
        }
        let reasons: Vec<String> = excesses.iter().map(Excess::to_string).collect();
        let next = "where this is what you want, raise the budget (max_deletes, max_projects, --max-deletes) for this once";
        self.refuse("a budget would be exceeded", &reasons, next, report)
    }

    fn refuse(&self, head: &str, reasons: &[String], next: &str, report: Option<&Report>) -> Stop {
        let mut text = format!("error: nothing was deployed: {}", ui::one_line(head));
        for reason in reasons {
            text.push_str(&format!("\n  {}", ui::one_line(reason)));
        }
        say(&format!("{text}\nhelp: {next}"));
        if self.args.output.message_format == MessageFormat::Json {
            let deletions = report.map(|report| guard::deletions(&report.projects));
            tell(&Envelope {
                reasons,
                ..Envelope::of("refused", &deletions.unwrap_or_default())
            });
        }
        Stop::Exit(Exit::FAILURE)
    }

    async fn confirm(
        &self,
        report: &Report,
        signals: impl Stream<Item = Signal>,
    ) -> Result<(), Stop> {
        self.list(report);
        let identity = Identity::from_env(&env);
        let reads_manifest = self.args.input.config.as_deref() == Some(Path::new("-"));
        let room = Room::new(identity.is_attended(), reads_manifest);
        let exit = match ask("Deploy, and delete them?", room, signals).await {
            Answer::Yes => return Ok(()),
            Answer::No => {
                say("Nothing was deployed.");
                Exit::FAILURE
            }
            Answer::Interrupted(signal) => {
                say("Nothing was deployed.");
                Exit::of_report(signal.exit_code())
            }
            Answer::Nobody => {
                say(&format!(
                    "error: nothing was deployed: these deletions have to be confirmed, and nobody can be asked here\n\
                     help: to deploy nonetheless: {}",
                    self.confirm_command
                ));
                let deletions = guard::deletions(&report.projects);
                tell(&Envelope {
                    confirm_command: Some(&self.confirm_command),
                    ..Envelope::of("confirmation_required", &deletions)
                });
                Exit::UNCONFIRMED
            }
        };
        Err(Stop::Exit(exit))
    }

    fn list(&self, report: &Report) {
        let color = Facts::of_stderr().color(self.args.common.color.into());
        say(&ui::deletions(
            &report.projects,
            color,
            stderr_size().columns,
        ));
    }
}

/// The budgets of deletions that a previewed plan would exceed.
pub(super) fn excesses(plan: &Plan, report: &Report) -> Vec<Excess> {
    let own: Vec<_> = plan.jobs.iter().map(|job| job.max_deletes).collect();
    guard::excesses(plan.budget, &own, &report.projects)
}

/// What is known of a project before anybody is asked.
fn now(job: &Job) -> Now {
    Now {
        name: job.name.to_string(),
        logical_id: job.logical_id.as_deref().map(str::to_owned),
        account_id: job.credentials.account_id.clone(),
        sha256: job.bundle().map(|bundle| bundle.facts.sha256.clone()),
        preserve_resources: job.policy.preserve_resources,
        deletes: None,
    }
}

fn tell(envelope: &Envelope<'_>) {
    // Cannot fail: there is no map in it, and memory takes every byte.
    let json = serde_json::to_string(envelope).unwrap_or_default();
    // Whoever does not read it has the exit code.
    let _ = print(&format!("{json}\n"));
}

/// Keeps the events of a run.
#[derive(Clone, Default)]
struct Collector(Rc<RefCell<Vec<RunEvent>>>);

impl Reporter for Collector {
    fn event(&mut self, event: &RunEvent) {
        self.0.borrow_mut().push(event.clone());
    }
}
