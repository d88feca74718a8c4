//! The event log of a run: numbers and dates every event, and folds it into the rows of the report.

use super::node::Node;
use super::{Output, Run, Task};
use crate::model::{
    Event, Operation, Outcome, PlannedProject, ProjectIx, ProjectReport, ResumedProject,
    Resumption, RunAccount, RunEvent, Timestamp,
};

impl Run {
    /// The current time.
    pub(super) fn at(&self) -> Timestamp {
        self.setup.started_at.plus(self.now)
    }

    pub(super) fn emit(&mut self, project: Option<ProjectIx>, event: Event) {
        self.seq += 1;
        let event = RunEvent {
            v: 2,
            seq: self.seq,
            ts: self.at(),
            run: self.setup.run.clone(),
            project: project.map(|project| self.name(project).to_owned()),
            event,
        };
        self.ledger.apply(&event);
        self.outputs.push(Output::Emit(event));
    }

    /// The row of a project that ends now.
    pub(super) fn row(&self, project: ProjectIx, outcome: &Outcome) -> Option<ProjectReport> {
        self.ledger.close(self.name(project), self.at(), outcome)
    }

    /// Reports an outage with the number of projects that wait, or its end.
    pub(super) fn account(&mut self, mut event: Event) {
        if let Event::AccountUnavailable {
            account_id,
            waiting,
            ..
        } = &mut event
        {
            let is_waiting =
                |node: &&Node| node.task.planned.account_id == *account_id && node.is_under_way();
            *waiting = self.nodes.iter().filter(is_waiting).count();
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
}

fn resumed(task: &Task) -> ResumedProject {
    ResumedProject {
        name: task.planned.name.clone(),
        resumption: task.resumption.clone(),
    }
}

/// The accounts of projects, each once.
pub fn accounts<'p>(projects: impl IntoIterator<Item = &'p PlannedProject>) -> Vec<RunAccount> {
    let mut accounts: Vec<RunAccount> = vec![];
    for project in projects {
        if !accounts.iter().any(|known| known.name == project.account) {
            accounts.push(RunAccount {
                name: project.account.clone(),
                account_id: project.account_id.clone(),
            });
        }
    }
    accounts
}
