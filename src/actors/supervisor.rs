//! The Supervisor: the run's `Schedule`, its ledger, its reporters, and the orders that it sends.

mod cut_short;
mod run_hooks;
mod telling;

use super::deployment::{DeploymentActor, Equipment, Superior};
use super::hooks::HookRoom;
use super::{Clock, Gates, Job, Listings, Workshop, events, keys};
use crate::api::Client;
use crate::hooks::{self, OfRun};
use crate::messages::{
    AwaitCompletion, Cancel, Conflict, Gone, Interrupt, MakeBundle, Retry, Start, Target, Update,
};
use crate::model::{
    DeploymentId, ErrorInfo, Event, Hook, Hooks, Limits, Operation, Outcome, Phase, ProjectIx,
    ProjectResult, Reason, Report, Reporter, RetryAfter, RunId, Wave,
};
use crate::report::{Ledger, RunEnd, Signal};
use crate::schedule::{Happening, Order, Schedule};
use actix::prelude::*;
use futures::channel::oneshot;
use run_hooks::RunHooks;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often reporters receive a tick.
const TICK: Duration = Duration::from_secs(1);

/// Everything that makes up a run.
pub(crate) struct Setup {
    pub(crate) run: RunId,
    pub(crate) clock: Clock,
    /// The operation on every job.
    pub(crate) operation: Operation,
    /// The manifest, as the user named it.
    pub(crate) manifest: String,
    pub(crate) api_url: String,
    pub(crate) jobs: Vec<Arc<Job>>,
    pub(crate) limits: Limits,
    pub(crate) waves: Vec<Wave>,
    /// The run's own hooks.
    pub(crate) hooks: Hooks,
    pub(crate) workshop: Workshop,
    pub(crate) gates: Gates,
    pub(crate) listings: Listings,
    pub(crate) api: Client,
    pub(crate) reporters: Vec<Box<dyn Reporter>>,
    /// Receives the report when the run is over.
    pub(crate) finished: oneshot::Sender<Report>,
}

pub(crate) struct Supervisor {
    setup: Setup,
    schedule: Schedule,
    ledger: Ledger,
    projects: Vec<Project>,
    room: HookRoom,
    own_hooks: RunHooks,
    /// Every signal so far: the first decides the exit code.
    signals: Vec<Signal>,
    seq: u64,
    /// The timer for the Schedule's next wake, and its time.
    wake: Option<(Duration, SpawnHandle)>,
    /// Taken when it is sent.
    finished: Option<oneshot::Sender<Report>>,
}

/// The Supervisor's state of one project, besides its ledger row.
#[derive(Default)]
struct Project {
    actor: Option<Addr<DeploymentActor>>,
    /// Uploads so far.
    attempts: u32,
    deployment: Option<DeploymentId>,
    /// Its running hook, and when it started.
    hook: Option<(Hook, Instant)>,
    /// Why the last bundling or upload failed; cleared when one is accepted.
    failure: Option<ErrorInfo>,
}

impl Supervisor {
    pub(crate) fn new(mut setup: Setup) -> Self {
        let (finished, _) = oneshot::channel();
        let finished = std::mem::replace(&mut setup.finished, finished);
        Self {
            schedule: Schedule::new(
                setup.jobs.iter().map(|job| job.task()).collect(),
                setup.waves.clone(),
                setup.limits,
            ),
            ledger: Ledger::new(events::header(&setup)),
            projects: setup.jobs.iter().map(|_| Project::default()).collect(),
            room: HookRoom::new(
                (setup.limits.concurrency, setup.limits.bundle_concurrency),
                OfRun {
                    run: setup.run.0.to_string(),
                    manifest: hooks::absolute(&setup.manifest),
                },
                keys(setup.jobs.iter().map(Arc::as_ref)),
            ),
            own_hooks: RunHooks::default(),
            signals: vec![],
            seq: 0,
            wake: None,
            finished: Some(finished),
            setup,
        }
    }

    /// Lets the Schedule decide, executes its orders, and checks whether the run is over.
    fn happen(&mut self, happening: Happening, ctx: &mut Context<Self>) {
        let now = self.setup.clock.elapsed();
        for order in self.schedule.on(happening, now, &mut fastrand::f64) {
            self.carry_out(order);
        }
        self.set_wake(ctx);
        if self.schedule.is_finished() {
            self.finish(ctx);
        }
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Bundle { project, ahead } => self.order(project, MakeBundle { ahead }),
            Order::Start { project } => self.order(project, Start),
            Order::Retry { project } => self.order(project, Retry),
            Order::AwaitCompletion { project, until, .. } => {
                let until = self.setup.clock.instant(until);
                self.order(project, AwaitCompletion { until });
            }
            Order::CancelBlocker { project, until, .. } => {
                let until = self.setup.clock.instant(until);
                let target = Target::Blocker { until };
                self.order(project, Cancel { target });
            }
            Order::Cancel {
                project,
                cause,
                force,
            } => {
                let target = Target::Own { cause, force };
                self.order(project, Cancel { target });
            }
            Order::ReportDeferred {
                project,
                after,
                cause,
            } => {
                let after = events::names(&self.setup.jobs, &after);
                self.emit(Some(project), Event::Deferred { after, cause });
            }
            Order::ReportConflict {
                project,
                blocker,
                policy,
            } => {
                let event = Event::Conflict {
                    deployment_id: blocker,
                    policy,
                };
                self.emit(Some(project), event);
            }
            Order::ReportRetry {
                project,
                delay,
                cause,
            } => {
                let event = Event::Retrying {
                    attempt: self.projects[project.0].attempts + 1,
                    delay_ms: events::millis(delay),
                    cause,
                };
                self.emit(Some(project), event);
            }
            Order::ReportWave { wave, of, projects } => {
                let projects = events::names(&self.setup.jobs, &projects);
                self.emit(None, Event::RunWave { wave, of, projects });
            }
            Order::ReportSoak { soak } => {
                let delay_ms = events::millis(soak);
                self.emit(None, Event::RunSoaking { delay_ms });
            }
            Order::ReportInterrupt { step } => {
                self.report_interrupt(step);
                self.interrupt_hooks(step);
            }
        }
    }

    fn order<M>(&self, project: ProjectIx, message: M)
    where
        M: Message<Result = ()> + Send + 'static,
        DeploymentActor: Handler<M>,
    {
        if let Some(actor) = &self.projects[project.0].actor {
            actor.do_send(message);
        }
    }

    fn heard(&mut self, project: ProjectIx, phase: Phase, ctx: &mut Context<Self>) {
        if let Some(event) = events::of_phase(&phase, &self.setup.jobs[project.0]) {
            self.emit(Some(project), event);
        }
        match phase {
            Phase::Bundled(bundled) => {
                self.projects[project.0].failure = None;
                let logical_id = bundled.logical_id.clone();
                self.ledger.bundled(project, bundled);
                let happening = Happening::Bundled {
                    project,
                    logical_id,
                };
                self.happen(happening, ctx);
            }
            Phase::Unbundled { logical_id, error } => {
                self.ledger.named(project, &logical_id);
                let cause = error.message.clone();
                self.projects[project.0].failure = Some(error);
                let happening = Happening::Unbundled {
                    project,
                    logical_id,
                    cause,
                };
                self.happen(happening, ctx);
            }
            Phase::Warning(message) => self.emit(None, Event::RunWarning { message }),
            Phase::Prepared(facts) => {
                if let Some(bytes) = facts.gzip_bytes {
                    self.ledger.bundle_prepared(project, bytes);
                }
            }
            Phase::Submitting { attempt } => {
                self.projects[project.0].attempts = attempt;
                self.happen(Happening::Submitting(project), ctx);
            }
            // The server will have nothing of it.
            Phase::Previewing { attempt } => self.projects[project.0].attempts = attempt,
            Phase::Following { id, .. } => {
                self.projects[project.0].deployment = Some(id);
                self.projects[project.0].failure = None;
                self.happen(Happening::Accepted(project), ctx);
            }
            Phase::Hook(hook) => {
                self.projects[project.0].hook = Some((hook, Instant::now()));
                let runs = true;
                self.happen(Happening::Hook { project, runs }, ctx);
            }
            Phase::HookEnded(_) => {
                self.projects[project.0].hook = None;
                let runs = false;
                self.happen(Happening::Hook { project, runs }, ctx);
            }
            Phase::Retrying(after) => {
                if let RetryAfter::Failure { failure, .. } = &after {
                    self.projects[project.0].failure = Some(failure.error.clone());
                }
                self.happen(Happening::Retrying { project, after }, ctx);
            }
            Phase::Done(mut outcome) => {
                // A time limit only ends what a failure has delayed.
                if outcome.result == ProjectResult::TimedOut && outcome.error.is_none() {
                    outcome.error = self.projects[project.0].failure.take();
                }
                self.ended(project, &outcome, ctx);
            }
            Phase::Bundling
            | Phase::Preparing
            | Phase::Progress { .. }
            | Phase::Reconnecting { .. }
            | Phase::Throttled { .. }
            | Phase::CancelFailed { .. }
            | Phase::Cancelling { .. } => {}
        }
    }

    fn ended(&mut self, project: ProjectIx, outcome: &Outcome, ctx: &mut Context<Self>) {
        if self.ledger.is_finished(project) {
            return;
        }
        self.projects[project.0].actor = None;
        self.tell_cut_short(project, outcome);
        let row = self.ledger.finish(self.setup.clock.now(), project, outcome);
        self.emit(Some(project), Event::Finished(Box::new(row)));
        let success = outcome.result.is_success();
        self.happen(Happening::Ended { project, success }, ctx);
    }

    fn finish(&mut self, ctx: &mut Context<Self>) {
        let end = RunEnd {
            interrupted: self.signals.first().copied(),
            timed_out: self.schedule.is_timed_out(),
        };
        let report = self.ledger.report(self.setup.clock.now(), end);
        if self.follow_up(&report, ctx) {
            return;
        }
        let Some(finished) = self.finished.take() else {
            return;
        };
        self.tell_run_not_run(&report);
        let report = self.ledger.report(self.setup.clock.now(), end);
        self.emit(None, Event::RunFinished(Box::new(report.clone())));
        // The receiver is dropped only when the whole program exits.
        let _ = finished.send(report);
        ctx.stop();
    }

    fn set_wake(&mut self, ctx: &mut Context<Self>) {
        let next = self.schedule.next_wake();
        if self.wake.as_ref().map(|(at, _)| *at) == next {
            return;
        }
        if let Some((_, timer)) = self.wake.take() {
            ctx.cancel_future(timer);
        }
        if let Some(at) = next {
            let after = at.saturating_sub(self.setup.clock.elapsed());
            let timer = ctx.run_later(after, |this, ctx| {
                this.wake = None;
                this.happen(Happening::Tick, ctx);
            });
            self.wake = Some((at, timer));
        }
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.announce();
        let superior = Superior {
            conflict: ctx.address().recipient(),
            update: ctx.address().recipient(),
            gone: ctx.address().recipient(),
        };
        for (ix, job) in self.setup.jobs.iter().enumerate() {
            let account_id = &job.credentials.account_id;
            let gate = self
                .setup
                .gates
                .gate(account_id, job.rate, self.setup.clock);
            let actor = DeploymentActor::new(
                ProjectIx(ix),
                job.clone(),
                self.setup.operation,
                self.setup.api.clone(),
                (gate, self.setup.listings.clone()),
                Equipment {
                    workshop: self.setup.workshop.clone(),
                    room: self.room.clone(),
                },
                superior.clone(),
            );
            self.projects[ix].actor = Some(actor.start());
        }
        ctx.run_interval(TICK, |this, _| {
            let elapsed = this.setup.clock.elapsed();
            for reporter in &mut this.setup.reporters {
                reporter.tick(elapsed);
            }
        });
        self.begin(ctx);
    }
}

impl Handler<Conflict> for Supervisor {
    type Result = ();

    fn handle(&mut self, Conflict { project, blocker }: Conflict, ctx: &mut Self::Context) {
        self.happen(Happening::Conflict { project, blocker }, ctx);
    }
}

impl Handler<Update> for Supervisor {
    type Result = ();

    fn handle(&mut self, Update { project, phase }: Update, ctx: &mut Self::Context) {
        self.heard(project, phase, ctx);
    }
}

impl Handler<Gone> for Supervisor {
    type Result = ();

    /// Without a preceding `Done`, the actor broke: its project is `crashed`, and the run continues.
    fn handle(&mut self, Gone { project }: Gone, ctx: &mut Self::Context) {
        let mut outcome = Outcome::new(ProjectResult::Crashed).because(Reason::Panic);
        outcome.deployment_id = self.projects[project.0].deployment.clone();
        self.ended(project, &outcome, ctx);
    }
}

impl Handler<Interrupt> for Supervisor {
    type Result = ();

    fn handle(&mut self, Interrupt { signal }: Interrupt, ctx: &mut Self::Context) {
        self.signals.push(signal);
        self.happen(Happening::Interrupt, ctx);
    }
}
