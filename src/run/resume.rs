//! An earlier run that continues in this process, with its id and its journal. The remaining work is a fold over its events.

use super::{Plan, Session};
use crate::actors::tasks;
use crate::guard::{EarlierProject, resumed_differences};
use crate::journal::{Journal, OpenError};
use crate::log::Ledger;
use crate::machine::deployment::ended;
use crate::model::{
    CancelCause, DeploymentId, Ending, Event, Invocation, Operation, PlannedProject, ProjectResult,
    Report, ResumedProject, Resumption, RunEvent, RunId, Timestamp,
};
use std::collections::HashSet;
use std::io;
use std::path::Path;

/// An earlier run.
#[derive(Debug)]
pub struct EarlierRun {
    journal: Journal,
    events: Vec<RunEvent>,
    projects: Vec<EarlierProject>,
    operation: Operation,
    invocation: Invocation,
    api_url: String,
}

impl EarlierRun {
    /// Opens its journal to continue it.
    ///
    /// # Errors
    /// The run is under way in another process, or its journal cannot be read or is damaged.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (journal, events) = Journal::resume(path)?;
        let ledger = Ledger::of(&events);
        let mut run = Self {
            projects: vec![],
            operation: Operation::default(),
            invocation: Invocation::default(),
            api_url: String::new(),
            journal,
            events,
        };
        let mut is_previewed = false;
        for event in &run.events {
            match &event.event {
                Event::RunStarted {
                    operation,
                    invocation,
                    api_url,
                    ..
                } => {
                    run.operation = *operation;
                    run.invocation = invocation.clone();
                    run.api_url.clone_from(api_url);
                }
                Event::RunPreviewed => is_previewed = true,
                _ => {}
            }
        }
        let project = |(planned, left, row): crate::log::Left<'_>| EarlierProject {
            planned: planned.clone(),
            left,
            result: row.map(|row| row.result),
            is_confirmed: is_previewed && ledger.is_approved(),
        };
        run.projects = ledger.left().map(project).collect();
        Ok(run)
    }

    /// Its id.
    pub fn run(&self) -> &RunId {
        &self.events[0].run
    }

    /// What it does.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// How it was started.
    pub fn invocation(&self) -> &Invocation {
        &self.invocation
    }

    /// Whether nothing is left to do: it has finished, and so has every project that it would start.
    pub fn is_over(&self) -> bool {
        let mut projects = self.projects.iter();
        self.has_ended()
            && projects.all(|it| matches!(it.left, Resumption::Skip | Resumption::Leave))
    }

    /// Its report so far.
    pub fn report(&self) -> Report {
        Ledger::of(&self.events).report(self.events[self.events.len() - 1].ts)
    }

    /// Skips what has not failed and is not on the server.
    pub fn only_failed(&mut self) {
        for project in &mut self.projects {
            let never_began = matches!(
                project.result,
                None | Some(ProjectResult::Skipped | ProjectResult::Interrupted)
            );
            if never_began && project.left == Resumption::default() {
                project.left = Resumption::Leave;
            }
        }
    }

    /// Allows bundles that are not those of the confirmed preview.
    pub fn allow_changes(&mut self) {
        for project in &mut self.projects {
            project.is_confirmed = false;
        }
    }

    /// Records that deployments of projects were cancelled after its end: they are not in flight any more.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn cancelled(
        &mut self,
        at: Timestamp,
        deployments: &[(String, DeploymentId)],
    ) -> io::Result<()> {
        let has_ended = self.has_ended();
        let mut latest = self.events.iter().rev().filter_map(|it| match &it.event {
            Event::RunStarted { limits, .. } | Event::RunResumed { limits, .. } => Some(limits),
            _ => None,
        });
        let Some(limits) = latest.next().copied() else {
            return Ok(()); // every run has them
        };
        let mut ledger = Ledger::of(&self.events);
        let followed = |(name, id): &(String, DeploymentId)| ResumedProject {
            name: name.clone(),
            resumption: Resumption::Follow {
                deployment_id: id.clone(),
            },
        };
        let resumed = Event::RunResumed {
            version: env!("CARGO_PKG_VERSION").into(),
            limits,
            projects: deployments.iter().map(followed).collect(),
        };
        self.record(&mut ledger, at, None, resumed)?;
        for (name, id) in deployments {
            let outcome = ended(id.clone(), Ending::Cancelled, Some(CancelCause::Interrupt));
            if let Some(row) = ledger.close(name, at, &outcome) {
                let finished = Event::Finished(Box::new(row));
                self.record(&mut ledger, at, Some(name.clone()), finished)?;
            }
        }
        if has_ended {
            let report = Event::RunFinished(Box::new(ledger.report(at)));
            self.record(&mut ledger, at, None, report)?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        ledger: &mut Ledger,
        ts: Timestamp,
        project: Option<String>,
        event: Event,
    ) -> io::Result<()> {
        let last = &self.events[self.events.len() - 1];
        let event = RunEvent {
            v: last.v,
            seq: last.seq + 1,
            ts,
            run: last.run.clone(),
            project,
            event,
        };
        self.journal.append(&event)?;
        ledger.apply(&event);
        self.events.push(event);
        Ok(())
    }

    fn has_ended(&self) -> bool {
        let last = self.events.last();
        last.is_some_and(|it| matches!(it.event, Event::RunFinished(_)))
    }

    /// The names of its projects.
    pub fn names(&self) -> HashSet<String> {
        let projects = self.projects.iter();
        projects.map(|it| it.planned.name.clone()).collect()
    }

    /// Reduces a plan of its projects to the remaining work.
    ///
    /// # Errors
    /// What has changed, as sentences: this would not finish the same run.
    pub fn apply(&self, plan: &mut Plan) -> Result<(), Vec<String>> {
        let now = tasks(&plan.jobs).into_iter().map(|task| task.planned);
        let now: Vec<PlannedProject> = now.collect();
        let mut details = vec![];
        if self.api_url != plan.api_url {
            let (then, now) = (&self.api_url, &plan.api_url);
            details.push(format!("the API changed from {then} to {now}"));
        }
        let differences = resumed_differences(&self.projects, &now);
        details.extend(differences);
        if !details.is_empty() {
            return Err(details);
        }
        for job in &mut plan.jobs {
            let mut projects = self.projects.iter();
            let Some(earlier) = projects.find(|it| *it.planned.name == *job.name) else {
                continue;
            };
            job.resumption = earlier.left.clone();
            match earlier.left {
                Resumption::Start { .. } | Resumption::Leave => {
                    let bundle = earlier.planned.bundle.as_ref();
                    let confirmed = bundle.filter(|_| earlier.is_confirmed);
                    job.confirmed_sha256 = confirmed.map(|bundle| bundle.sha256.clone());
                }
                // It is not bundled, so its logical id is that of the earlier process.
                Resumption::Skip | Resumption::Follow { .. } => {
                    let logical_id = earlier.planned.logical_id.as_deref();
                    job.logical_id = logical_id.map(Into::into).or(job.logical_id.take());
                }
            }
        }
        Ok(())
    }

    /// The run, to continue.
    pub fn session(self) -> Session {
        Session {
            run: self.run().clone(),
            journal: Some(self.journal),
            invocation: self.invocation,
            earlier: self.events,
            ..Session::default()
        }
    }
}
