//! Emits events to the reporters and the ledger.

use super::Supervisor;
use crate::actors::events;
use crate::model::{Event, ProjectIx, RunEvent};
use crate::schedule::InterruptStep;

impl Supervisor {
    pub(super) fn announce(&mut self) {
        self.emit(None, events::run_started(&self.setup));
        let jobs = self.setup.jobs.clone();
        self.emit(None, events::run_planned(&jobs));
        for (ix, job) in jobs.iter().enumerate() {
            let depends_on = events::dependencies(&jobs, job);
            self.emit(Some(ProjectIx(ix)), Event::Queued { depends_on });
        }
    }

    pub(super) fn report_interrupt(&mut self, step: InterruptStep) {
        let name = |project: ProjectIx| self.setup.jobs[project.0].name.to_string();
        let event = Event::RunInterrupted {
            signal: self
                .signals
                .last()
                .map_or("", |signal| events::signal(*signal))
                .to_owned(),
            nth: u32::try_from(self.signals.len()).unwrap_or(u32::MAX),
            step: step.as_str().to_owned(),
            awaiting: self.schedule.in_flight().map(name).collect(),
            hooks: self.awaited_hooks(),
        };
        self.emit(None, event);
    }

    pub(super) fn emit(&mut self, project: Option<ProjectIx>, event: Event) {
        let ts = self.setup.clock.now();
        if let Some(project) = project {
            self.ledger.record(ts, project, &event);
        }
        self.seq += 1;
        let event = RunEvent {
            v: 2,
            seq: self.seq,
            ts,
            run: self.setup.run.clone(),
            project: project.map(|project| self.setup.jobs[project.0].name.to_string()),
            event,
        };
        for reporter in &mut self.setup.reporters {
            reporter.event(&event);
        }
    }
}
