//! Before a deployment: previews its deletions, checks them against the limits and the saved plan, and has the user confirm
//! them. The rules are in [`crate::guard`], the texts in `objection`.

use super::deploy_args::DeployArgs;
use super::output::Output;
use super::question::Room;
use super::{Exit, run};
use crate::api::Identity;
use crate::guard::{self, Difference, Known, Need, Now, SavedPlan};
use crate::history::{Destination, History};
use crate::model::api_url::loopback;
use crate::model::{Reason, Report, Reporter, RunAccount, RunEvent, RunResult, Signal};
use crate::run::{AccountProjects, Job, Plan, Session, list_projects};
use crate::words;
use futures::Stream;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

/// Why nothing is deployed.
pub(super) enum Stop {
    /// There is no report.
    Broken(Exit),
    /// The guard refused it and has shown why.
    Refused(Refusal),
    /// Some projects could not be previewed.
    Failed(Box<Report>, Vec<RunEvent>),
}

/// Why a deployment is not started.
pub(super) struct Refusal {
    pub(super) exit: Exit,
    pub(super) reason: Reason,
    /// The details, as text.
    pub(super) cause: Option<String>,
}

/// The inputs of the checks.
pub(super) struct Guard<'a> {
    pub(super) args: &'a DeployArgs,
    /// The saved plan to verify.
    pub(super) planned: Option<&'a SavedPlan>,
    pub(super) session: &'a Session,
    pub(super) identity: &'a Identity,
    /// The accounts of earlier deployments.
    pub(super) history: Option<&'a History>,
    pub(super) output: &'a Output,
    /// The command that needs no confirmation.
    pub(super) confirm_command: String,
}

impl Guard<'_> {
    /// Returns the plan if it may be deployed.
    pub(super) async fn check(
        &self,
        plan: Plan,
        interrupts: impl Stream<Item = Signal> + 'static,
        while_asking: impl Stream<Item = Signal>,
    ) -> Result<Plan, Stop> {
        if let Some(excess) = guard::too_many_projects(plan.budget, plan.jobs.len()) {
            return Err(self.limit_exceeded(&[excess], None));
        }
        self.hold(&plan, &plan.jobs.iter().map(now).collect::<Vec<_>>(), None)?;
        let (new, projects) = (self.new_accounts(&plan), plan.jobs.len());
        let ask = match self.known(&plan).need() {
            Need::Preview { ask } if projects > 0 => ask,
            Need::Preview { .. } | Need::Nothing => {
                if !new.is_empty() {
                    self.confirm(&new, projects, &[], while_asking).await?;
                }
                return Ok(plan);
            }
        };
        let collector = Collector::default();
        let reporters = vec![self.output.aside(), Box::new(collector.clone())];
        let previewed = self.session.preview(plan, reporters, interrupts).await;
        self.output.settle();
        let (report, plan) = previewed.map_err(|error| Stop::Broken(run::failed(&error)))?;
        if report.result != RunResult::Succeeded {
            let events = guard::given_up(collector.0.take(), report.result);
            let mut report = Box::new(report);
            guard::give_up(&mut report);
            return Err(Stop::Failed(report, events));
        }
        let rows = report.projects.iter().zip(plan.preserved());
        let now: Vec<Now> = rows.map(|(row, keeps)| Now::of(row, keeps)).collect();
        self.hold(&plan, &now, Some(&report))?;
        self.unseen(&plan, &report).await?;
        let excesses = plan.excesses(&report.projects);
        if !excesses.is_empty() {
            return Err(self.limit_exceeded(&excesses, Some(&report)));
        }
        let is_asked = ask && !guard::deletions(&report.projects).is_empty();
        if is_asked || !new.is_empty() {
            self.confirm(&new, projects, &report.projects, while_asking)
                .await?;
        }
        Ok(plan)
    }

    /// The accounts to which this directory has not deployed yet, if no flag confirms them and a user at a terminal can.
    /// A server on this machine is no account.
    fn new_accounts(&self, plan: &Plan) -> Vec<RunAccount> {
        let confirm = &self.args.safety.confirm;
        let is_answered = confirm.yes || confirm.force || self.planned.is_some();
        let is_local = self.args.target.sandbox || loopback(&plan.api_url).is_some();
        if is_answered || is_local || !Room::after_reading(&self.args.input).is_terminal() {
            return vec![];
        }
        let mut accounts = plan.accounts();
        if let Some(history) = self.history {
            accounts.retain(|account| !history.has_deployed(&destination(plan, account)));
        }
        accounts
    }

    /// Records the accounts of a deployment.
    pub(super) fn remember(&self, plan: &Plan) {
        let Some(history) = self.history.filter(|_| loopback(&plan.api_url).is_none()) else {
            return;
        };
        for account in plan.accounts() {
            let destination = destination(plan, &account);
            if history.has_deployed(&destination) {
                continue;
            }
            if let Err(error) = history.record_destination(&destination) {
                tracing::debug!(%error, "the account is not recorded");
            }
        }
    }

    /// Refuses projects whose preview needs a dependency to be deployed first, unless they are new to the account: a new
    /// project deletes nothing.
    async fn unseen(&self, plan: &Plan, report: &Report) -> Result<(), Stop> {
        let rows = report.projects.iter().zip(&plan.jobs);
        let jobs = rows
            .filter(|(row, _)| row.is_dependency_not_deployed())
            .map(|(_, job)| job);
        let unseen = Plan {
            jobs: jobs.cloned().collect(),
            ..plan.clone()
        };
        if unseen.jobs.is_empty() {
            return Ok(());
        }
        let listed = list_projects(&unseen, self.identity).await;
        let listed = listed.map_err(|error| Stop::Broken(run::failed(&error.into())))?;
        let is_new = |job: &Job| {
            let of_account =
                |list: &&AccountProjects| list.account_id == job.credentials.account_id;
            let list = listed.iter().find(of_account);
            let projects = list.and_then(|list| list.projects.as_ref().ok());
            projects.is_some_and(|projects| {
                let mut ids = projects.iter().map(|project| project.logical_id.as_str());
                !ids.any(|id| Some(id) == job.logical_id.as_deref())
            })
        };
        let known: Vec<String> = report
            .projects
            .iter()
            .filter(|row| row.is_dependency_not_deployed())
            .zip(&unseen.jobs)
            .filter(|(_, job)| !is_new(job))
            .map(|(row, _)| format!("{}: {}", row.name, words::why(row)))
            .collect();
        if known.is_empty() {
            return Ok(());
        }
        let head = "the deletions of some projects are not known yet";
        let next = "deploy the dependencies first with --only, then everything";
        let reason = (Reason::PreviewFailed, head);
        Err(self.refuse(reason, &known, next, Some(report)))
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
            is_own_sandbox: self.args.target.sandbox && self.args.in_process.starts_empty(),
        }
    }

    /// Refuses a deployment that differs from the saved plan.
    fn hold(&self, plan: &Plan, now: &[Now], report: Option<&Report>) -> Result<(), Stop> {
        let Some(planned) = self.planned else {
            return Ok(());
        };
        let differences = planned.differences(self.args.target.name(&plan.api_url), now);
        if differences.is_empty() {
            return Ok(());
        }
        let reasons: Vec<String> = differences.iter().map(Difference::to_string).collect();
        let file = self.args.safety.plan.as_deref().unwrap_or(Path::new(""));
        let head = format!(
            "the plan {} (written by orchestrate {}) no longer matches",
            file.display(),
            planned.orchestrate
        );
        let next = "save and review a new plan: orchestrate preview --out FILE";
        let reason = Reason::PlanMismatch;
        Err(self.refuse((reason, &head), &reasons, next, report))
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

/// The state of a project before its preview.
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

/// Keeps the events of a run.
#[derive(Clone, Default)]
struct Collector(Rc<RefCell<Vec<RunEvent>>>);

impl Reporter for Collector {
    fn event(&mut self, event: &RunEvent) {
        self.0.borrow_mut().push(event.clone());
    }
}
