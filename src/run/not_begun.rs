//! The report of a run that was not begun: whoever reads it later shall not take an older one for it.

use super::{Job, Plan, new_name, now};
use crate::model::{Outcome, ProjectIx, ProjectResult, Reason, Report, RunResult};
use crate::report::{Header, Ledger, RunEnd};

/// What such a report can be made of, when the plan itself is gone.
#[derive(Clone, Debug)]
pub struct NotBegun {
    ledger: Ledger,
    projects: usize,
}

impl NotBegun {
    /// Of a plan that is about to be executed, or not.
    pub fn of(plan: &Plan) -> Self {
        let header = Header {
            run: new_name(),
            operation: plan.operation,
            manifest: plan.manifest.clone(),
            started_at: now(),
            projects: plan.jobs.iter().map(Job::header).collect(),
        };
        Self {
            ledger: Ledger::new(header),
            projects: plan.jobs.len(),
        }
    }

    /// The report: no project was touched, for this reason, behind which is this cause, and the process exits with this code.
    pub fn report(mut self, reason: &Reason, cause: Option<String>, exit_code: u8) -> Report {
        let (row, run) = match *reason == Reason::INTERRUPTED {
            true => (ProjectResult::Interrupted, RunResult::Interrupted),
            false => (ProjectResult::Skipped, RunResult::Failed),
        };
        let (at, mut outcome) = (now(), Outcome::new(row).because(reason.clone()));
        outcome.cause = cause;
        for project in 0..self.projects {
            self.ledger.finish(at, ProjectIx(project), &outcome);
        }
        Report {
            result: run,
            exit_code,
            ..self.ledger.report(at, RunEnd::default())
        }
    }
}
