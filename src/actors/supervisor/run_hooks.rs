//! The hooks of the run itself: `pre` before anything starts, `post` or `on_failure` once every project has ended.

use super::Supervisor;
use crate::actors::hooks::UnderWay;
use crate::hooks::{Variables, of_run};
use crate::messages::EndHooks;
use crate::model::{AwaitedHook, Event, Hook, HookRecord, ProjectIx, Report};
use crate::schedule::{Happening, InterruptStep, next_hook};
use actix::prelude::*;
use tokio::time::Instant;

/// The state of the run's own hooks.
#[derive(Default)]
pub(super) struct RunHooks {
    /// The running hook, and when it started.
    under_way: Option<(Hook, UnderWay, Instant)>,
    /// The latest finished hook.
    pub(super) last: Option<Hook>,
    /// No more hooks are started.
    pub(super) closed: bool,
}

impl Supervisor {
    /// Starts the projects, after the run's `pre` if there is one.
    pub(super) fn begin(&mut self, ctx: &mut Context<Self>) {
        // Without selected projects, no hook runs.
        if !self.setup.jobs.is_empty() && self.start_hook(Hook::Pre, None, ctx) {
            self.set_wake(ctx);
        } else {
            self.happen(Happening::Began, ctx);
        }
    }

    /// Whether the report must wait for a hook of the run.
    pub(super) fn follow_up(&mut self, report: &Report, ctx: &mut Context<Self>) -> bool {
        if let Some((hook, under_way, _)) = &self.own_hooks.under_way {
            // The run's time limit does not apply to what follows the projects.
            if *hook == Hook::Pre && self.schedule.is_timed_out() {
                under_way.stop();
            }
            return true;
        }
        let RunHooks { last, closed, .. } = self.own_hooks;
        let hooks = self.setup.hooks.set();
        let next = next_hook(
            hooks,
            report.result,
            last,
            closed || self.setup.jobs.is_empty(),
        );
        next.is_some_and(|hook| self.start_hook(hook, Some(report), ctx))
    }

    /// Reports the running hook.
    pub(super) fn awaited_hooks(&self) -> Vec<AwaitedHook> {
        let own = self
            .own_hooks
            .under_way
            .iter()
            .map(|(hook, _, _)| AwaitedHook {
                project: None,
                hook: *hook,
            });
        let jobs = self.setup.jobs.iter().zip(&self.projects);
        let of_projects = jobs.filter_map(|(job, project)| {
            Some(AwaitedHook {
                project: Some(job.name.to_string()),
                hook: project.hook?.0,
            })
        });
        own.chain(of_projects).collect()
    }

    /// Handles a signal.
    pub(super) fn interrupt_hooks(&mut self, step: InterruptStep) {
        if !step.ends_hooks() {
            return;
        }
        for project in 0..self.projects.len() {
            self.order(ProjectIx(project), EndHooks);
        }
        self.own_hooks.closed = true;
        if step == InterruptStep::Detach {
            // Killed.
            if let Some((hook, _, begun)) = self.own_hooks.under_way.take() {
                self.tell_run_forced(hook, begun);
            }
        }
        if let Some((_, under_way, _)) = &self.own_hooks.under_way {
            under_way.stop();
        }
    }

    fn start_hook(&mut self, hook: Hook, report: Option<&Report>, ctx: &mut Context<Self>) -> bool {
        let told = of_run(hook, &self.room.run, self.setup.jobs.len(), report);
        let Some((under_way, ended)) =
            self.room
                .start((&self.setup.hooks, true), hook, told, Variables::new())
        else {
            return false;
        };
        self.own_hooks.under_way = Some((hook, under_way, Instant::now()));
        self.own_hooks.last = Some(hook);
        self.emit(None, Event::RunHook { hook });
        ctx.spawn(ended.into_actor(self).map(Self::hook_ended));
        true
    }

    fn hook_ended(record: HookRecord, this: &mut Self, ctx: &mut Context<Self>) {
        // A killed hook has been reported.
        if this.own_hooks.under_way.take().is_none() {
            return;
        }
        this.emit(None, Event::RunHookEnded(record.clone()));
        let (hook, has_failed) = (record.hook, record.error.is_some());
        this.ledger.run_hook(record);
        match hook {
            // A signal or a time limit has ended all projects.
            Hook::Pre if this.schedule.is_finished() => this.finish(ctx),
            Hook::Pre if has_failed => this.happen(Happening::PreHookFailed, ctx),
            Hook::Pre => this.happen(Happening::Began, ctx),
            Hook::Test | Hook::Post | Hook::OnFailure => this.finish(ctx),
        }
    }
}
