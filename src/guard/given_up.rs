//! A deployment that does not start because its preview failed. The preview's events and report are rewritten as those of the
//! deployment, so no previewed project looks deployed.

use crate::model::{
    Event, Operation, ProjectReport, ProjectResult, Reason, Report, RunEvent, RunResult,
};
use std::collections::BTreeMap;

/// Rewrites the events of such a preview as those of the deployment.
pub fn given_up(events: Vec<RunEvent>, result: RunResult) -> Vec<RunEvent> {
    let mut events = events;
    for event in &mut events {
        match &mut event.event {
            Event::RunStarted { operation, .. } => *operation = Operation::Deploy,
            Event::Finished(row) => give_up_row(row, result),
            Event::RunFinished(report) => give_up(report),
            _ => {}
        }
    }
    events
}

/// Rewrites the report of such a preview as that of the deployment.
pub fn give_up(report: &mut Report) {
    report.operation = Operation::Deploy;
    let mut counts = BTreeMap::new();
    for row in &mut report.projects {
        give_up_row(row, report.result);
        *counts.entry(row.result).or_insert(0) += 1;
    }
    report.counts = counts;
}

fn give_up_row(row: &mut ProjectReport, result: RunResult) {
    if !row.result.is_success() {
        return;
    }
    let (result, reason) = match result {
        RunResult::Interrupted => (ProjectResult::Interrupted, Reason::Interrupted),
        RunResult::TimedOut => (ProjectResult::TimedOut, Reason::RunTimeout),
        _ => (ProjectResult::Skipped, Reason::PreviewFailed),
    };
    (row.result, row.reason) = (result, Some(reason));
    (row.attempts, row.diff, row.changes) = (0, None, vec![]);
}
