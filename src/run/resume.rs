//! An earlier run that continues in this process, with its id and its journal. The remaining work is a fold over its events.

use super::{Plan, Session};
use crate::guard::{Difference, EarlierProject, Effect, resumed_differences};
use crate::journal::{Earlier, Journal, OpenError};
use crate::log::Ledger;
use crate::machine::deployment::ended;
use crate::model::{
    DeploymentId, Ending, Event, PlannedProject, ProjectResult, Reason, ResumedProject, Resumption,
    RunEvent, Timestamp,
};
use std::collections::HashSet;
use std::io;
use std::path::Path;

/// An earlier run.
#[derive(Debug)]
pub struct EarlierRun {
    journal: Journal,
    earlier: Earlier,
    projects: Vec<EarlierProject>,
}

impl EarlierRun {
    /// Opens its journal to continue it.
    ///
    /// # Errors
    /// The run is under way in another process, or its journal cannot be read or is damaged.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (journal, events) = Journal::resume(path)?;
        let earlier = Earlier {
            path: path.to_owned(),
            events,
            is_running: false,
        };
        let ledger = earlier.ledger();
        let mut events = earlier.events.iter();
        let is_previewed = events.any(|it| matches!(it.event, Event::RunPreviewed));
        let project = |(planned, left, row): crate::log::Left<'_>| EarlierProject {
            planned: planned.clone(),
            left,
            result: row.map(|row| row.result),
            is_confirmed: is_previewed && ledger.is_approved(),
        };
        let projects = ledger.left().map(project).collect();
        Ok(Self {
            journal,
            earlier,
            projects,
        })
    }

    /// What its journal says.
    pub fn earlier(&self) -> &Earlier {
        &self.earlier
    }

    /// Whether nothing is left to do: it has finished, and so has every project that it would start. If all of them have
    /// succeeded and the run has not, it has yet to end well: a signal came late, or its last hook failed.
    pub fn is_over(&self) -> bool {
        let is = |left| self.projects.iter().any(|it| it.left == left);
        let mut projects = self.projects.iter();
        self.earlier.has_ended()
            && projects.all(|it| matches!(it.left, Resumption::Skip | Resumption::Leave))
            && (is(Resumption::Leave) || self.earlier.report().exit_code == 0)
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
        let has_ended = self.earlier.has_ended();
        let mut latest = self
            .earlier
            .events
            .iter()
            .rev()
            .filter_map(|it| match &it.event {
                Event::RunStarted { limits, .. } | Event::RunResumed { limits, .. } => Some(limits),
                _ => None,
            });
        let Some(limits) = latest.next().copied() else {
            return Ok(()); // every run has them
        };
        let mut ledger = self.earlier.ledger();
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
            let outcome = ended(id.clone(), Ending::Cancelled, Some(Reason::Interrupted));
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
        let last = &self.earlier.events[self.earlier.events.len() - 1];
        let event = RunEvent {
            v: last.v,
            seq: last.seq + 1,
            // The clock may have been set back since then.
            ts: ts.max(last.ts),
            run: last.run.clone(),
            project,
            event,
        };
        self.journal.append(&event)?;
        ledger.apply(&event);
        self.earlier.events.push(event);
        Ok(())
    }

    /// The names of its projects.
    pub fn names(&self) -> HashSet<String> {
        let projects = self.projects.iter();
        projects.map(|it| it.planned.name.clone()).collect()
    }

    /// Reduces a plan of its projects to the remaining work, and returns what has changed and is deployed as it is now.
    ///
    /// # Errors
    /// What has changed: this would not finish the same run.
    pub fn apply(&self, plan: &mut Plan) -> Result<Vec<Difference>, Vec<Difference>> {
        let now = plan.jobs.iter().map(|job| job.planned.clone());
        let now: Vec<PlannedProject> = now.collect();
        let mut details = vec![];
        let (then, plans) = (self.earlier.api_url(), &plan.api_url);
        if then != plans {
            let text = format!("the API changed from {then} to {plans}");
            let effect = Effect::Another;
            details.push(Difference { text, effect });
        }
        details.extend(resumed_differences(&self.projects, &now));
        let is_deployed = |it: &Difference| it.effect == Effect::Deployed;
        if !details.iter().all(is_deployed) {
            details.retain(|it| !is_deployed(it));
            return Err(details);
        }
        for job in &mut plan.jobs {
            let mut projects = self.projects.iter();
            let Some(earlier) = projects.find(|it| *it.planned.name == *job.planned.name) else {
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
                    let logical_id = earlier.planned.logical_id.clone();
                    job.planned.logical_id = logical_id.or(job.planned.logical_id.take());
                }
            }
        }
        Ok(details)
    }

    /// The run, to continue.
    pub fn session(self) -> Session {
        Session {
            run: self.earlier.run().clone(),
            journal: Some(self.journal),
            invocation: self.earlier.invocation().clone(),
            earlier: self.earlier.events,
            ..Session::default()
        }
    }
}
