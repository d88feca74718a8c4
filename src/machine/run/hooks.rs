//! The hooks of the run itself: `pre` before anything starts, `post` or `on_failure` once every project has ended. And the
//! hooks, also of projects, that were killed or due but not run.

use super::timers::Timers;
use super::{Output, Refused, Run, Stage};
use crate::machine::deployment::Input;
use crate::model::{
    AwaitedHook, Event, Hook, HookRecord, HookSet, OnInterrupt, Outcome, ProjectIx, Reason, Report,
    Resumption, RunResult, millis,
};
use std::time::Duration;

const KILLED: &str = "was killed";
const NOT_RUN: &str = "was not run because the run was interrupted";

/// The state of the run's own hooks.
#[derive(Debug, Default)]
pub(super) struct RunHooks {
    /// The running hook, and when it started.
    running: Option<(Hook, Duration)>,
    /// The latest one that was started.
    last: Option<Hook>,
    /// No more hooks are started.
    closed: bool,
}

impl Run {
    /// Starts the projects, after the run's `pre` if there is one. Without projects, no hook runs.
    pub(super) fn start_pre(&mut self) {
        if !self.nodes.is_empty() && self.setup.hooks.pre.is_some() {
            self.start_hook(Hook::Pre, None);
        } else {
            self.start_projects();
        }
    }

    pub(super) fn start_projects(&mut self) {
        self.has_started = true;
        self.announce_wave();
        let projects = (0..self.nodes.len()).map(ProjectIx);
        for project in projects.clone() {
            match self.setup.tasks[project.0].resumption {
                // What is on the server waits for nothing.
                Resumption::Follow { .. } => self.make_ready(project),
                Resumption::Leave => self.cancel(project, Reason::NotSelected),
                Resumption::Skip | Resumption::Start { .. } => {}
            }
        }
        self.ready_all(projects);
        self.grant_places();
        self.grant_slots();
    }

    fn start_hook(&mut self, hook: Hook, report: Option<Box<Report>>) {
        self.hooks.running = Some((hook, self.now));
        self.hooks.last = Some(hook);
        self.emit(None, Event::RunHook { hook });
        self.outputs.push(Output::RunHook(hook, report));
    }

    /// Its hook has ended. One that was killed has been reported.
    pub(super) fn hook_ended(&mut self, record: &HookRecord) {
        if self.hooks.running.take().is_none() {
            return;
        }
        self.emit(None, Event::RunHookEnded(record.clone()));
        // A signal or a time limit may have ended all projects.
        if record.hook == Hook::Pre && self.unfinished > 0 {
            match record.error {
                Some(_) => self.close(Reason::RunPreHook),
                None => self.start_projects(),
            }
        }
    }

    /// Once every project has ended: the next hook of the run, or its end.
    pub(super) fn conclude(&mut self) {
        match self.stage {
            _ if self.unfinished > 0 || self.is_finished => return,
            Stage::Previewing => return self.preview_ended(),
            Stage::Beginning | Stage::Asking => return,
            Stage::Started => {}
        }
        if let Some((hook, _)) = self.hooks.running {
            // The run's time limit does not apply to what follows the projects.
            if hook == Hook::Pre && self.timed_out {
                self.outputs.push(Output::StopHook);
            }
            return;
        }
        let report = self.ledger.report(self.at());
        let next = next_hook(self.setup.hooks.set(), report.result, self.hooks.last);
        let next = next.filter(|_| !self.nodes.is_empty());
        match next {
            Some(hook) if self.hooks.closed => self.emit_hook(None, hook, NOT_RUN, Duration::ZERO),
            Some(hook) => return self.start_hook(hook, Some(Box::new(report))),
            None => {}
        }
        self.finish(None);
    }

    pub(super) fn finish(&mut self, refused: Option<Refused>) {
        self.is_finished = true;
        self.timers = Timers::default();
        let report = Box::new(self.ledger.report(self.at()));
        self.emit(None, Event::RunFinished(report.clone()));
        self.outputs
            .push(Output::Finish(report, refused.map(Box::new)));
    }

    /// The running hooks.
    pub(super) fn awaited_hooks(&self) -> Vec<AwaitedHook> {
        let own = self.hooks.running.map(|(hook, _)| AwaitedHook {
            project: None,
            hook,
        });
        let of_projects = self.nodes.iter().filter_map(|node| {
            Some(AwaitedHook {
                project: Some(node.task.planned.name.clone()),
                hook: node.hook?.0,
            })
        });
        own.into_iter().chain(of_projects).collect()
    }

    /// Handles a signal.
    pub(super) fn stop_hooks(&mut self, level: OnInterrupt) {
        if !level.stops_hooks() {
            return;
        }
        for project in 0..self.nodes.len() {
            self.send(ProjectIx(project), Input::StopHooks);
        }
        self.hooks.closed = true;
        match self.hooks.running {
            Some((hook, since)) if level == OnInterrupt::Detach => {
                self.hooks.running = None;
                self.outputs.push(Output::KillHook);
                self.emit_hook(None, hook, KILLED, self.now.saturating_sub(since));
            }
            Some(_) => self.outputs.push(Output::StopHook),
            None => {}
        }
    }

    /// Reports the hooks of a project that ends: the running one is killed, and after a signal, `on_failure` is not run.
    pub(super) fn emit_skipped_hooks(&mut self, project: ProjectIx, outcome: &Outcome) {
        let now = self.now;
        if let Some((hook, since)) = self.node(project).hook.take() {
            self.emit_hook(Some(project), hook, KILLED, now.saturating_sub(since));
        }
        let ran = self.ledger.hooks(self.name(project));
        let has_started = !ran.is_empty() || self.nodes[project.0].attempts > 0;
        let is_due = has_started
            && !outcome.result.is_success()
            && ran.iter().all(|record| record.hook != Hook::OnFailure);
        if self.hooks.closed && is_due {
            self.emit_hook(Some(project), Hook::OnFailure, NOT_RUN, Duration::ZERO);
        }
    }

    /// Reports a hook of a project, or of the run, that did not end by itself.
    fn emit_hook(&mut self, project: Option<ProjectIx>, hook: Hook, fault: &str, time: Duration) {
        let called = match project {
            Some(project) => self.nodes[project.0].task.hooks.called(hook, "its"),
            None => self.setup.hooks.called(hook, "the run's"),
        };
        let Some(called) = called else {
            return;
        };
        let record = HookRecord {
            hook,
            exit_code: None,
            duration_ms: millis(time),
            error: Some(format!("{called} {fault}")),
            output: None,
            report: None,
        };
        let event = match project {
            Some(_) => Event::HookEnded(record),
            None => Event::RunHookEnded(record),
        };
        self.emit(project, event);
    }
}

/// The hook to run once every project has ended with this result, which includes earlier hooks. `last` is the most recent
/// hook.
fn next_hook(hooks: HookSet, result: RunResult, last: Option<Hook>) -> Option<Hook> {
    match (result, last) {
        (_, Some(Hook::OnFailure)) => None,
        (RunResult::Succeeded, Some(Hook::Post)) => None,
        (RunResult::Succeeded, _) => hooks.post.then_some(Hook::Post),
        _ => hooks.on_failure.then_some(Hook::OnFailure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: HookSet = HookSet {
        pre: true,
        test: false,
        post: true,
        on_failure: true,
    };

    #[test]
    fn post_follows_success_and_on_failure_follows_anything_else() {
        for before in [None, Some(Hook::Pre)] {
            let next = |result| next_hook(ALL, result, before);
            assert_eq!(next(RunResult::Succeeded), Some(Hook::Post));
            for result in [
                RunResult::Failed,
                RunResult::Interrupted,
                RunResult::TimedOut,
            ] {
                assert_eq!(next(result), Some(Hook::OnFailure));
            }
        }
    }

    #[test]
    fn a_failed_post_is_followed_by_on_failure_and_no_other_hook() {
        let next = |result, last| next_hook(ALL, result, Some(last));
        assert_eq!(next(RunResult::Succeeded, Hook::Post), None);
        assert_eq!(next(RunResult::Failed, Hook::Post), Some(Hook::OnFailure));
        assert_eq!(next(RunResult::Failed, Hook::OnFailure), None);
    }

    #[test]
    fn missing_hooks_are_skipped() {
        for result in [RunResult::Succeeded, RunResult::Failed] {
            assert_eq!(next_hook(HookSet::default(), result, None), None);
        }
    }
}
