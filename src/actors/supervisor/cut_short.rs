//! Reports hooks that were killed, and hooks that were due and not run.

use super::Supervisor;
use crate::hooks::called;
use crate::model::{Event, Hook, HookRecord, Hooks, Outcome, ProjectIx, Report};
use crate::schedule::next_hook;
use std::time::Duration;
use tokio::time::Instant;

const BY_FORCE: &str = "was killed";
const NOT_RUN: &str = "was not run because the run was interrupted";

impl Supervisor {
    /// Reports the hooks of a project that has ended.
    pub(super) fn tell_cut_short(&mut self, project: ProjectIx, outcome: &Outcome) {
        let job = self.setup.jobs[project.0].clone();
        let tell = |this: &mut Self, hook, what, time| {
            if let Some(record) = record((&job.hooks, false), hook, what, time) {
                this.emit(Some(project), Event::HookEnded(record));
            }
        };
        if let Some((hook, begun)) = self.projects[project.0].hook.take() {
            tell(self, hook, BY_FORCE, begun.elapsed());
        }
        let ran = self.ledger.hooks(project);
        let has_begun = !ran.is_empty() || self.projects[project.0].attempts > 0;
        let is_due = has_begun
            && !outcome.result.is_success()
            && ran.iter().all(|record| record.hook != Hook::OnFailure);
        if self.own_hooks.closed && is_due {
            tell(self, Hook::OnFailure, NOT_RUN, Duration::ZERO);
        }
    }

    /// Reports the run's own hook that is killed.
    pub(super) fn tell_run_forced(&mut self, hook: Hook, begun: Instant) {
        self.tell_of_run(hook, BY_FORCE, begun.elapsed());
    }

    /// Reports the run's own hook that would have been next without the signal.
    pub(super) fn tell_run_not_run(&mut self, report: &Report) {
        if !self.own_hooks.closed || self.setup.jobs.is_empty() {
            return;
        }
        let hooks = self.setup.hooks.set();
        if let Some(hook) = next_hook(hooks, report.result, self.own_hooks.last, false) {
            self.tell_of_run(hook, NOT_RUN, Duration::ZERO);
        }
    }

    fn tell_of_run(&mut self, hook: Hook, what: &str, time: Duration) {
        if let Some(record) = record((&self.setup.hooks, true), hook, what, time) {
            self.emit(None, Event::RunHookEnded(record.clone()));
            self.ledger.run_hook(record);
        }
    }
}

fn record(
    (hooks, is_of_run): (&Hooks, bool),
    hook: Hook,
    what: &str,
    time: Duration,
) -> Option<HookRecord> {
    let called = called(is_of_run, hook, hooks)?;
    Some(HookRecord {
        hook,
        exit_code: None,
        duration_ms: crate::actors::events::millis(time),
        error: Some(format!("{called} {what}")),
        output: None,
        report: None,
    })
}
