//! The rules of a run: which projects may start, and what a conflict, a failure, a time limit, or a signal means for the
//! others.
//!
//! [`Schedule::on`] takes an event and returns the orders for the Supervisor. Pure: time is a [`Duration`] since the start
//! of the run and is passed in, as is the random number for jitter.
//!
//! A project holds a *slot* from the start of an upload to the end of its deployment. Projects that wait for another
//! deployment or for a delay hold none, so a busy project never blocks the others. Bundling has its own places, before and
//! beside the slots.

mod bundling;
mod hooks;
mod interrupt;
mod node;
mod orders;
mod ready;
mod stop;
mod timers;
mod waiting;
mod waves;

pub use hooks::next_hook;
pub use orders::{Happening, InterruptStep, Order};

use crate::model::{CancelCause, Limits, OnInterrupt, ProjectIx, ProjectPolicy, Wave};
use bundling::Bundling;
use interrupt::Ladder;
use node::{Node, Standing};
use ready::Ready;
use std::sync::Arc;
use std::time::Duration;
use timers::{Timer, Timers};
use waves::{Turn, Waves};

/// How long the server may take to confirm a cancelled deployment before it is left running.
pub const CANCEL_GRACE: Duration = Duration::from_secs(30);

/// What the Schedule needs to know of a project.
#[derive(Clone, Debug)]
pub struct Task {
    /// The project's name, for messages about its dependents.
    pub name: Arc<str>,
    /// The projects that must succeed first.
    pub depends_on: Vec<ProjectIx>,
    /// Dependencies that are not awaited, since the run deploys nothing.
    pub undeployed: Vec<ProjectIx>,
    /// Higher priority starts earlier.
    pub priority: i64,
    /// The project's settings.
    pub policy: ProjectPolicy,
    /// The id of its account.
    pub account_id: Arc<str>,
    /// Its logical id, unknown until it is bundled unless the manifest has it.
    pub logical_id: Option<Arc<str>>,
    /// Whether it must be bundled first.
    pub to_bundle: bool,
    /// Whether it may be bundled before its dependencies have succeeded.
    pub ahead: bool,
    /// Its wave, from 0.
    pub wave: usize,
}

/// The order in which tasks would start with one slot if all of them succeeded.
pub fn start_order(mut tasks: Vec<Task>) -> Vec<ProjectIx> {
    for (ix, task) in tasks.iter_mut().enumerate() {
        task.to_bundle = false;
        task.logical_id = Some(ix.to_string().into());
    }
    let last = tasks.iter().map(|task| task.wave).max().unwrap_or_default();
    let limits = Limits {
        concurrency: 1,
        bundle_concurrency: 1,
        max_fail: None,
        fail_fast: false,
        timeout: None,
        on_interrupt: OnInterrupt::Drain,
    };
    let mut schedule = Schedule::new(tasks, vec![Wave::LENIENT; last + 1], limits);
    let mut order = vec![];
    let mut happening = Happening::Began;
    while let [.., Order::Start { project }] =
        schedule.on(happening, Duration::ZERO, &mut || 0.0)[..]
    {
        order.push(project);
        happening = Happening::Ended {
            project,
            success: true,
        };
    }
    order
}

/// The state of a run.
#[derive(Debug)]
pub struct Schedule {
    limits: Limits,
    nodes: Vec<Node>,
    bundling: Bundling,
    waves: Waves,
    ready: Ready,
    timers: Timers,
    slots_taken: usize,
    unfinished: usize,
    failed: usize,
    /// Set once nothing new may start, with the cause.
    closed: Option<CancelCause>,
    timed_out: bool,
    ladder: Ladder,
}

impl Schedule {
    /// A run of these tasks, in the manifest's order. Dependencies must be free of cycles, and none may be in a later wave.
    pub fn new(tasks: Vec<Task>, waves: Vec<Wave>, limits: Limits) -> Self {
        let waves = Waves::new(&tasks, waves);
        let bundling = Bundling::new(&tasks, limits.bundle_concurrency);
        let nodes = node::build(tasks);
        let mut timers = Timers::default();
        if let Some(timeout) = limits.timeout {
            timers.add(timeout, Timer::Run);
        }
        Self {
            limits,
            unfinished: nodes.len(),
            nodes,
            bundling,
            waves,
            ready: Ready::default(),
            timers,
            slots_taken: 0,
            failed: 0,
            closed: None,
            timed_out: false,
            ladder: Ladder::new(limits.on_interrupt),
        }
    }

    /// Handles an event. `now` is the time since the start of the run and never decreases; `dice` draws from `0.0..=1.0`.
    pub fn on(
        &mut self,
        happening: Happening,
        now: Duration,
        dice: &mut dyn FnMut() -> f64,
    ) -> Vec<Order> {
        let mut orders = vec![];
        match happening {
            Happening::Began => self.began(&mut orders),
            Happening::Bundled {
                project,
                logical_id,
            } => self.bundled(project, &logical_id, now, &mut orders),
            Happening::Unbundled {
                project,
                logical_id,
                cause,
            } => self.unbundled(project, &logical_id, cause, now, &mut orders),
            Happening::Submitting(project) => self.node(project).standing = Standing::Sent,
            Happening::Accepted(project) => self.node(project).forget_conflicts(),
            Happening::Conflict { project, blocker } => {
                self.conflict(project, blocker, now, dice, &mut orders);
            }
            Happening::Retrying { project, after } => {
                self.retrying(project, after, now, dice, &mut orders);
            }
            Happening::Ended { project, success } => self.ended(project, success, now, &mut orders),
            Happening::Hook { project, runs } => self.node(project).hook = runs,
            Happening::PreHookFailed => self.close(&CancelCause::RunPreHook, now, &mut orders),
            Happening::Interrupt => self.interrupt(now, &mut orders),
            Happening::Tick => {}
        }
        self.fire_timers(now, &mut orders);
        self.grant_places(&mut orders);
        self.grant_slots(now, &mut orders);
        orders
    }

    /// When [`Happening::Tick`] is due if no other event comes first.
    pub fn next_wake(&self) -> Option<Duration> {
        self.timers.next()
    }

    /// Whether every project has ended.
    pub fn is_finished(&self) -> bool {
        self.unfinished == 0
    }

    /// Whether the run's time limit has expired.
    pub fn is_timed_out(&self) -> bool {
        self.timed_out
    }

    /// Projects with an upload or a deployment of ours on the server.
    pub fn in_flight(&self) -> impl Iterator<Item = ProjectIx> {
        self.nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.standing == Standing::Sent && !node.hook)
            .map(|(ix, _)| ProjectIx(ix))
    }

    fn node(&mut self, project: ProjectIx) -> &mut Node {
        &mut self.nodes[project.0]
    }

    fn began(&mut self, orders: &mut Vec<Order>) {
        self.report_wave(orders);
        for ix in 0..self.nodes.len() {
            self.ready_if_free(ProjectIx(ix));
        }
    }

    /// Opens the next wave.
    fn turn(&mut self, orders: &mut Vec<Order>) {
        if self.closed.is_some() {
            return;
        }
        let projects = self.waves.open_next();
        self.report_wave(orders);
        self.ready_all(projects);
    }

    fn report_wave(&self, orders: &mut Vec<Order>) {
        let (wave, of) = self.waves.position();
        if of > 1 {
            let projects = self.waves.projects().to_vec();
            orders.push(Order::ReportWave { wave, of, projects });
        }
    }

    fn ready_all(&mut self, projects: Vec<ProjectIx>) {
        for project in projects {
            self.ready_if_free(project);
        }
    }

    fn ready_if_free(&mut self, project: ProjectIx) {
        let node = &self.nodes[project.0];
        let is_free = node.standing == Standing::Blocked
            && node.cancelled.is_none()
            && node.blocked_by == 0
            && self.waves.is_open(project)
            && self.bundling.is_over(project);
        if is_free {
            self.make_ready(project);
        }
    }

    fn ended(&mut self, project: ProjectIx, success: bool, now: Duration, orders: &mut Vec<Order>) {
        if self.node(project).standing == Standing::Ended {
            return;
        }
        self.free_slot(project);
        self.ready.remove(&self.nodes[project.0], project);
        let freed = self.bundling.ended(project);
        let node = self.node(project);
        node.standing = Standing::Ended;
        // A skipped project passes on the name of the project that caused it.
        let culprit = node.culprit.clone().unwrap_or_else(|| node.name.clone());
        let failed = !success && node.is_own_fault();
        let dependents = std::mem::take(&mut node.dependents);
        self.unfinished -= 1;
        for dependent in dependents {
            let node = self.node(dependent);
            if success {
                node.blocked_by -= 1;
                if node.blocked_by == 0 {
                    self.bundling.release(dependent);
                }
                self.ready_if_free(dependent);
            } else if node.cancelled.is_none() {
                node.culprit = Some(culprit.clone());
                let cause = CancelCause::DependencyFailed(culprit.to_string());
                self.cancel(dependent, cause, false, now, orders);
            }
        }
        self.ready_all(freed);
        match self.waves.ended(project, success) {
            Turn::None => {}
            Turn::Failed if self.closed.is_none() => {
                self.close(&CancelCause::WaveFailed, now, orders);
            }
            Turn::Failed => {}
            Turn::Over {
                soak: Duration::ZERO,
            } => self.turn(orders),
            Turn::Over { .. } if self.closed.is_some() => {}
            Turn::Over { soak } => {
                let until = now.saturating_add(soak);
                self.timers.add(until, Timer::Wave);
                orders.push(Order::ReportSoak { soak });
            }
        }
        if failed {
            self.failed += 1;
            let is_reached = self.limits.max_fail.is_some_and(|max| self.failed >= max);
            let cause = match self.limits.fail_fast {
                true => Some(CancelCause::FailFast),
                false => is_reached.then_some(CancelCause::MaxFail),
            };
            if let (None, Some(cause)) = (&self.closed, cause) {
                self.close(&cause, now, orders);
            }
        }
    }

    fn make_ready(&mut self, project: ProjectIx) {
        self.node(project).standing = Standing::Ready;
        self.ready.add(&self.nodes[project.0], project);
    }

    fn grant_slots(&mut self, now: Duration, orders: &mut Vec<Order>) {
        while self.slots_taken < self.limits.concurrency.max(1) {
            let Some(project) = self.ready.take() else {
                return;
            };
            self.slots_taken += 1;
            let node = self.node(project);
            node.standing = Standing::Started;
            if std::mem::replace(&mut node.started, true) {
                orders.push(Order::Retry { project });
            } else {
                let until = now.saturating_add(node.policy.timeout);
                self.timers.add(until, Timer::Project(project));
                orders.push(Order::Start { project });
            }
        }
    }

    fn free_slot(&mut self, project: ProjectIx) {
        if matches!(
            self.node(project).standing,
            Standing::Started | Standing::Sent
        ) {
            self.slots_taken -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
