//! The report of a run that did not begin, so a later reader does not take an older report for it.

use super::{Plan, new_name, now};
use crate::actors::tasks;
use crate::log::Ledger;
use crate::machine::deployment::Update;
use crate::machine::run::{Input, Output, Run, Setup};
use crate::model::{Hooks, Outcome, ProjectIx, ProjectResult, Reason, Report, RunResult};
use std::time::Duration;

/// What remains for such a report when the plan itself is gone.
#[derive(Clone, Debug)]
pub struct NotBegun {
    setup: Setup,
}

impl NotBegun {
    /// From a plan that may or may not be executed.
    pub fn of(plan: &Plan) -> Self {
        Self {
            setup: Setup {
                run: new_name(),
                started_at: now(),
                operation: plan.operation,
                manifest: plan.manifest.clone(),
                api_url: plan.api_url.clone(),
                tasks: tasks(&plan.jobs),
                limits: plan.limits,
                waves: vec![],
                hooks: Hooks::default(),
            },
        }
    }

    /// The report: no project was touched, for this reason, with this cause and exit code.
    pub fn report(self, reason: Reason, cause: Option<String>, exit_code: u8) -> Report {
        let (row, run) = if reason == Reason::Interrupted {
            (ProjectResult::Interrupted, RunResult::Interrupted)
        } else {
            (ProjectResult::Skipped, RunResult::Failed)
        };
        let (at, mut outcome) = (now(), Outcome::new(row).because(reason));
        outcome.cause = cause;
        let projects = self.setup.tasks.len();
        let time = Duration::from_millis(at.millis_since(self.setup.started_at));
        let mut machine = Run::new(self.setup);
        let ended = (0..projects)
            .map(|ix| Input::Project(ProjectIx(ix), Update::Finished(Box::new(outcome.clone()))));
        let outputs = [Input::Began]
            .into_iter()
            .chain(ended)
            .flat_map(|input| machine.handle(input, time, &mut || 0.0));
        let events: Vec<_> = outputs
            .filter_map(|output| match output {
                Output::Emit(event) => Some(event),
                _ => None,
            })
            .collect();
        Report {
            result: run,
            exit_code,
            ..Ledger::of(&events).report(at)
        }
    }
}
