//! The report of a run that did not begin, so a later reader does not take an older report for it.

use super::{Job, Plan, new_name, now};
use crate::model::{Outcome, ProjectIx, ProjectResult, Reason, Report, RunResult};
use crate::report::{Header, Ledger, RunEnd};

/// What remains for such a report when the plan itself is gone.
#[derive(Clone, Debug)]
pub struct NotBegun {
    ledger: Ledger,
    projects: usize,
}

impl NotBegun {
    /// From a plan that may or may not be executed.
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

    /// The report: no project was touched, for this reason, with this cause and exit code.
    pub fn report(mut self, reason: Reason, cause: Option<String>, exit_code: u8) -> Report {
        let (row, run) = match reason == Reason::Interrupted {
            true => (ProjectResult::Interrupted, RunResult::Interrupted),
            false => (ProjectResult::Skipped, RunResult::Failed),
        };
        let (at, mut outcome) = (now(), Outcome::new(row).because(reason));
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
