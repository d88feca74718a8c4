//! The event log of a run: numbers and dates every event, and folds it into the rows of the report.

use super::node::Node;
use super::{Run, Setup, Stage, Task};
use crate::log::Ledger;
use crate::model::{
    Event, Hook, Operation, Outcome, PlannedProject, ProjectIx, ProjectReport, Report,
    ResumedProject, Resumption, RunAccount, RunEvent, RunId, Timestamp,
};
use std::time::Duration;

/// The log so far.
#[derive(Debug)]
pub(super) struct Log {
    run: RunId,
    started_at: Timestamp,
    seq: u64,
    ledger: Ledger,
    /// The names of the projects.
    names: Vec<String>,
}

impl Log {
    /// A log that goes on where the earlier processes of the run ended.
    pub(super) fn new(setup: &Setup) -> Self {
        let names = setup.tasks.iter().map(|it| it.planned.name.clone());
        Self {
            run: setup.run.clone(),
            started_at: setup.started_at,
            seq: setup.earlier.last().map_or(0, |last| last.seq),
            ledger: Ledger::of(&setup.earlier),
            names: names.collect(),
        }
    }

    /// Whether the run has been allowed to change accounts.
    pub(super) fn is_approved(&self) -> bool {
        self.ledger.is_approved()
    }

    /// Whether a hook of the run has succeeded in an earlier process of it.
    pub(super) fn has_succeeded(&self, hook: Hook) -> bool {
        self.ledger.has_succeeded(hook)
    }

    /// The event with its envelope.
    pub(super) fn record(
        &mut self,
        now: Duration,
        project: Option<ProjectIx>,
        event: Event,
    ) -> RunEvent {
        self.seq += 1;
        let event = RunEvent {
            v: 2,
            seq: self.seq,
            ts: self.started_at.plus(now),
            run: self.run.clone(),
            project: project.map(|project| self.names[project.0].clone()),
            event,
        };
        self.ledger.apply(&event);
        event
    }

    /// The row of a project that ends now.
    pub(super) fn close(
        &self,
        now: Duration,
        project: ProjectIx,
        outcome: &Outcome,
    ) -> Option<ProjectReport> {
        let at = self.started_at.plus(now);
        self.ledger.close(&self.names[project.0], at, outcome)
    }

    /// The report of a run that ends now.
    pub(super) fn report(&self, now: Duration) -> Report {
        self.ledger.report(self.started_at.plus(now))
    }

    /// Whether a hook of the project has ended, and whether one of them was `on_failure`.
    pub(super) fn hooks(&self, project: ProjectIx) -> &[crate::model::HookRecord] {
        self.ledger.hooks(&self.names[project.0])
    }

    pub(super) fn name(&self, project: ProjectIx) -> &str {
        &self.names[project.0]
    }

    pub(super) fn names(&self, projects: &[ProjectIx]) -> Vec<String> {
        projects.iter().map(|ix| self.names[ix.0].clone()).collect()
    }
}

impl Run {
    /// Reports an outage with the number of projects that wait, or its end.
    pub(super) fn account(&mut self, mut event: Event) {
        if let Event::AccountUnavailable {
            account_id,
            waiting,
            ..
        } = &mut event
        {
            let nodes = self.nodes.iter().zip(&self.setup.tasks);
            let is_waiting = |(node, task): &(&Node, &Task)| {
                task.planned.account_id == *account_id && node.is_under_way()
            };
            *waiting = nodes.filter(is_waiting).count();
        }
        self.emit(None, event);
    }

    /// Emits the first events.
    pub(super) fn open_log(&mut self) {
        let setup = &self.setup;
        let tasks = setup.tasks.iter();
        let projects: Vec<PlannedProject> = tasks.map(|task| task.planned.clone()).collect();
        let started = Event::RunStarted {
            operation: setup.operation,
            manifest: setup.manifest.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            api_url: setup.api_url.clone(),
            concurrency: setup.limits.concurrency,
            accounts: accounts(&projects),
            projects: projects.len(),
            limits: setup.limits,
            preview: setup.operation == Operation::Deploy && setup.approval.preview,
            invocation: setup.invocation.clone(),
            partition: setup.shard.clone().map(Box::new),
        };
        let resumed = Event::RunResumed {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            limits: setup.limits,
            projects: setup.tasks.iter().map(resumed).collect(),
        };
        let is_queued = |task: &Task| matches!(task.resumption, Resumption::Start { .. });
        let queued = setup.tasks.iter().enumerate();
        let queued = queued.filter(|(_, task)| is_queued(task));
        let queued: Vec<_> = queued
            .map(|(ix, task)| (ProjectIx(ix), task.planned.depends_on.clone()))
            .collect();
        if setup.earlier.is_empty() {
            self.emit(None, started);
            self.emit(None, Event::RunPlanned { projects });
        } else {
            self.emit(None, resumed);
        }
        for (project, depends_on) in queued {
            self.emit(Some(project), Event::Queued { depends_on });
        }
    }

    /// Whether an earlier process of the run has been allowed to change accounts.
    pub(super) fn was_approved(&self) -> bool {
        self.stage == Stage::Beginning && self.log.is_approved()
    }
}

fn resumed(task: &Task) -> ResumedProject {
    ResumedProject {
        name: task.planned.name.clone(),
        resumption: task.resumption.clone(),
    }
}

/// The accounts of projects, each once.
fn accounts(projects: &[PlannedProject]) -> Vec<RunAccount> {
    let mut accounts: Vec<RunAccount> = vec![];
    for PlannedProject {
        account: name,
        account_id,
        ..
    } in projects
    {
        if !accounts.iter().any(|known| known.name == *name) {
            let (name, account_id) = (name.clone(), account_id.clone());
            accounts.push(RunAccount { name, account_id });
        }
    }
    accounts
}
