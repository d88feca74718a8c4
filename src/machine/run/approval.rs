//! What comes before the first change: the limits, the saved plan, the preview, and the user's confirmation.

use super::node::Standing;
use super::timers::Timers;
use super::{Output, Run, Stage, Task};
use crate::guard::{self, SavedPlan};
use crate::model::{
    Event, Failure, Operation, Outcome, ProjectIx, ProjectReport, ProjectResult, Reason, Refusal,
    RunAccount, Signal,
};
use crate::words;

/// What a run needs before it may change anything. By default, nothing.
#[derive(Clone, Debug, Default)]
pub struct Approval {
    /// Preview all projects first. Without it, nothing is known about deletions.
    pub preview: bool,
    /// The saved plan that the run must match, and the API's name in it.
    pub plan: Option<(SavedPlan, String)>,
    /// When to ask the user.
    pub ask: Ask,
    /// Accounts that the user has to confirm.
    pub new_accounts: Vec<RunAccount>,
}

impl Approval {
    /// What a deployment needs. A saved plan is always compared with a new preview, and replaces the question. So does `yes`;
    /// without a limit of deletions, `has_budget`, it replaces the preview, too.
    pub fn of_deployment(
        may_delete: bool,
        has_budget: bool,
        yes: bool,
        plan: Option<(SavedPlan, String)>,
    ) -> Self {
        let preview = plan.is_some() || may_delete && (has_budget || !yes);
        let is_asked = preview && plan.is_none() && !yes;
        Self {
            preview,
            plan,
            ask: if is_asked { Ask::Deletions } else { Ask::Never },
            new_accounts: vec![],
        }
    }
}

/// When to ask the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ask {
    /// Never, except about new accounts.
    #[default]
    Never,
    /// If the preview has deletions.
    Deletions,
    /// Always.
    Always,
}

/// A question to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The accounts to confirm.
    pub new_accounts: Vec<RunAccount>,
    /// The number of projects.
    pub projects: usize,
    /// What the preview found; empty without one.
    pub previewed: Vec<ProjectReport>,
}

/// The answer to a [`Question`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Yes,
    /// Change nothing.
    No,
    /// The run is not interactive.
    NotInteractive,
    /// A signal came instead.
    Interrupted(Signal),
}

/// A run that changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// What the preview found; empty without one, or if it failed.
    pub previewed: Vec<ProjectReport>,
}

impl Run {
    /// The first input: opens the log, and checks what needs no preview.
    pub(super) fn begin(&mut self) {
        self.open_log();
        let (operation, projects) = (self.setup.operation, self.nodes.len());
        if operation == Operation::Preview || self.ledger.is_approved() {
            return self.start();
        }
        if projects == 0 {
            return self.approve(false);
        }
        if let Some(violation) = guard::too_many_projects(self.setup.budget, projects) {
            return self.refuse(Reason::LimitExceeded, vec![violation], Some(1));
        }
        if !self.matches_plan(&[]) {
            return;
        }
        if self.setup.approval.preview {
            self.stage = Stage::Previewing;
            self.enter(super::preview_tasks(self.setup.tasks.clone()), &[]);
            self.start_projects();
        } else {
            self.confirm();
        }
    }

    /// Whether the saved plan, if there is one, is what would be deployed. If not, refuses the run. `previewed` is empty before the
    /// preview.
    fn matches_plan(&mut self, previewed: &[ProjectReport]) -> bool {
        let Some((plan, api)) = &self.setup.approval.plan else {
            return true;
        };
        let rows = previewed.iter().map(Some).chain(std::iter::repeat(None));
        let planned = self.setup.tasks.iter().map(|task| &task.planned);
        let details = plan.differences(api, planned.zip(rows));
        if details.is_empty() {
            return true;
        }
        self.refuse(Reason::PlanMismatch, details, Some(1));
        false
    }

    /// Every project has been previewed, or could not be.
    pub(super) fn preview_ended(&mut self) {
        self.emit(None, Event::RunPreviewed);
        let failed = |ix: &usize| self.nodes[*ix].standing == Standing::Ended;
        if (0..self.nodes.len()).any(|ix| failed(&ix)) {
            let reason = if self.signals.0 > 0 {
                Reason::Interrupted
            } else if self.timed_out {
                Reason::RunTimeout
            } else {
                Reason::PreviewFailed
            };
            return self.refuse(reason, vec![], None);
        }
        let previewed = self.previewed();
        if !self.matches_plan(&previewed) {
            return;
        }
        let unknown = |ix: &ProjectIx| self.nodes[ix.0].is_deferred;
        let unknown: Vec<_> = (0..self.nodes.len())
            .map(ProjectIx)
            .filter(unknown)
            .collect();
        if unknown.is_empty() {
            self.confirm();
        } else {
            self.await_answer(Output::ListProjects(unknown));
        }
    }

    /// Which of the projects without a preview their accounts have. A new project deletes nothing; of the others, the deletions
    /// are unknown.
    pub(super) fn listed(&mut self, existing: Result<Vec<ProjectIx>, Failure>) {
        if self.stage != Stage::Asking {
            return;
        }
        match existing {
            Ok(existing) if existing.is_empty() => self.confirm(),
            Ok(existing) => {
                let previewed = self.previewed();
                let rows = existing.iter().filter_map(|ix| previewed.get(ix.0));
                let detail = |row: &ProjectReport| format!("{}: {}", row.name, words::why(row));
                let details = rows.map(detail).collect();
                self.refuse(Reason::PreviewFailed, details, Some(1));
            }
            Err(failure) => {
                let code = match failure.reason() {
                    Reason::Http(401 | 403) => 77,
                    _ if failure.is_transient() => 75,
                    _ => 1,
                };
                let detail = format!("{}: {}", failure.request, failure.error.message);
                self.refuse(Reason::PreviewFailed, vec![detail], Some(code));
            }
        }
    }

    /// Checks the limits of deletions, and asks the user if necessary.
    fn confirm(&mut self) {
        let previewed = self.previewed();
        let approval = &self.setup.approval;
        let of_projects: Vec<_> = self
            .setup
            .tasks
            .iter()
            .map(|task| task.max_deletes)
            .collect();
        let details = guard::limit_violations(self.setup.budget, &of_projects, &previewed);
        if !details.is_empty() {
            return self.refuse(Reason::LimitExceeded, details, Some(1));
        }
        let is_asked = match approval.ask {
            Ask::Never => false,
            Ask::Deletions => !guard::deletions(&previewed).is_empty(),
            Ask::Always => true,
        };
        if !is_asked && approval.new_accounts.is_empty() {
            return self.approve(false);
        }
        let question = Question {
            new_accounts: approval.new_accounts.clone(),
            projects: self.nodes.len(),
            previewed,
        };
        self.await_answer(Output::Ask(Box::new(question)));
    }

    /// No time limit counts while an answer is awaited.
    fn await_answer(&mut self, question: Output) {
        self.stage = Stage::Asking;
        self.timers = Timers::default();
        self.outputs.push(question);
    }

    pub(super) fn answered(&mut self, answer: Answer) {
        if self.stage != Stage::Asking {
            return;
        }
        let deletions = |this: &Self| {
            let previewed = this.previewed();
            let deletions = guard::deletions(&previewed);
            deletions.iter().map(ToString::to_string).collect()
        };
        match answer {
            Answer::Yes => self.approve(true),
            Answer::No => self.refuse(Reason::NotConfirmed, deletions(self), Some(1)),
            Answer::NotInteractive => self.refuse(Reason::NotConfirmed, deletions(self), Some(2)),
            Answer::Interrupted(signal) => {
                self.refuse(Reason::Interrupted, vec![], Some(signal.exit_code()));
            }
        }
    }

    /// From here on, the run changes accounts. What was bundled for the preview is not bundled again.
    fn approve(&mut self, confirmed: bool) {
        self.emit(None, Event::RunApproved { confirmed });
        if self.stage != Stage::Beginning {
            let nodes = self.nodes.iter();
            let tasks = self.setup.tasks.iter().zip(nodes).map(|(task, node)| {
                let mut task = task.clone();
                if self.setup.approval.preview {
                    task.to_bundle &= node.is_deferred;
                    task.ahead &= !node.is_deferred;
                    task.planned
                        .logical_id
                        .clone_from(&node.task.planned.logical_id);
                }
                task
            });
            let (tasks, waves) = (tasks.collect::<Vec<Task>>(), self.setup.waves.clone());
            self.enter(tasks, &waves);
        }
        self.start();
    }

    /// Starts the run's hooks and projects.
    fn start(&mut self) {
        self.stage = Stage::Started;
        self.start_pre();
    }

    /// Ends the run without a change: every project that has not ended is skipped.
    pub(super) fn refuse(&mut self, reason: Reason, details: Vec<String>, exit_code: Option<u8>) {
        let previewed = self.previewed();
        let refusal = Refusal {
            reason,
            details,
            exit_code,
        };
        self.emit(None, Event::RunRefused(refusal.clone()));
        let mut outcome = Outcome::new(match reason {
            Reason::Interrupted => ProjectResult::Interrupted,
            Reason::RunTimeout => ProjectResult::TimedOut,
            _ => ProjectResult::Skipped,
        })
        .because(reason);
        if !refusal.details.is_empty() {
            outcome.cause = Some(refusal.details.join("; "));
        }
        for project in (0..self.nodes.len()).map(ProjectIx) {
            if !self.is_ended(project)
                && let Some(row) = self.row(project, &outcome)
            {
                self.node(project).standing = Standing::Ended;
                self.emit(Some(project), Event::Finished(Box::new(row)));
            }
        }
        self.stage = Stage::Started;
        self.unfinished = 0;
        self.finish(Some(Refused { refusal, previewed }));
    }

    /// What the preview found, as rows of a report; empty without a complete preview.
    fn previewed(&self) -> Vec<ProjectReport> {
        let rows = self.nodes.iter().enumerate().map(|(ix, node)| {
            let outcome = node.previewed.clone()?;
            self.row(ProjectIx(ix), &outcome)
        });
        rows.collect::<Option<Vec<_>>>().unwrap_or_default()
    }
}
