//! The loop in place of the actors: delivers due events and performs effects.

#[path = "perform.rs"]
mod perform;

use super::server::Server;
use orchestrate::backoff;
use orchestrate::deployment::{Effect, Event, Life, Pause, Rules, State, live};
use orchestrate::model::{
    Bundled, DeploymentId, ErrorInfo, Hook, HookRecord, HookSet, Limits, OnConflict, OnInterrupt,
    Operation, Outcome, Phase, ProjectIx, ProjectPolicy, Reason, Remedy, Retries, Unbundled, Wave,
};
use orchestrate::schedule::{Happening, Order, Schedule, Task};
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) const CONFLICT_DEADLINE: Duration = Duration::from_secs(600);

/// The result of a run.
pub(crate) struct Ended {
    pub(crate) outcomes: Vec<Option<Outcome>>,
    pub(crate) server: Server,
    pub(crate) most_slots: usize,
    pub(crate) concurrency: usize,
    /// Uploads before a dependency succeeded or before there was a bundle.
    pub(crate) too_early: Vec<usize>,
    pub(crate) most_bundlings: usize,
    pub(crate) bundle_concurrency: usize,
    /// The dependency that a project needs for bundling.
    pub(crate) needs: Vec<Option<usize>>,
    /// How often each project was bundled.
    pub(crate) bundlings: Vec<usize>,
    /// Uploads without the required `pre` hook and test.
    pub(crate) uploads_without_hook: usize,
    /// Finished hooks, by project.
    pub(crate) hooks: Vec<Vec<Hook>>,
    pub(crate) has_hooks: HookSet,
    /// Uploads of projects whose logical id another one has.
    pub(crate) uploads_of_twins: usize,
    /// The longest wait of a project for one blocker.
    pub(crate) longest_wait: Duration,
    pub(crate) duration: Duration,
}

enum Delivery {
    Event(usize, Event),
    /// Performed when its delay is over.
    Effect(usize, Effect),
    /// Unless that hook has finished before.
    HookEnded(usize, HookRecord),
    Signal,
    Tick,
}

struct Run {
    operation: Operation,
    dice: fastrand::Rng,
    now: Duration,
    queue: BTreeMap<(Duration, u64), Delivery>,
    sent: u64,
    schedule: Schedule,
    lives: Vec<Life>,
    /// Projects whose last hook before the upload has succeeded.
    is_prepared: Vec<bool>,
    depends_on: Vec<Vec<usize>>,
    logical_ids: Vec<String>,
    bundled: Vec<bool>,
    policy: ProjectPolicy,
    waiting_since: Vec<Option<Duration>>,
    ended: Ended,
}

pub(crate) fn simulate(seed: u64, operation: Operation) -> Ended {
    let mut dice = fastrand::Rng::with_seed(seed);
    let projects = dice.usize(1..25);
    let concurrency = dice.usize(1..8);
    let bundle_concurrency = dice.usize(1..4);
    let policy = ProjectPolicy {
        on_conflict: [OnConflict::Wait, OnConflict::Cancel, OnConflict::Fail][dice.usize(0..3)],
        conflict_deadline: CONFLICT_DEADLINE,
        retries: Retries {
            count: 3,
            delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
            jitter: true,
        },
        timeout: Duration::from_secs(2_700),
        schedule_on_deploy: true,
        preserve_resources: false,
    };
    let policy = match operation {
        Operation::Preview => policy.of_preview(),
        Operation::Deploy | Operation::Destroy => policy,
    };
    let depends_on: Vec<Vec<usize>> = (0..projects)
        .map(|ix| (0..ix).filter(|_| dice.u8(0..8) == 0).collect())
        .collect();
    // A project to delete is already deployed.
    let needs: Vec<Option<usize>> = depends_on
        .iter()
        .map(|before: &Vec<usize>| before.first().copied().filter(|_| dice.u8(0..3) == 0))
        .map(|needed| needed.filter(|_| operation != Operation::Destroy))
        .collect();
    let (depends_on, undeployed) = match operation {
        Operation::Deploy | Operation::Destroy => (depends_on, vec![vec![]; projects]),
        Operation::Preview => (vec![vec![]; projects], depends_on),
    };
    // In some runs, two projects have the same logical id, at most one of them declared.
    let mut logical_ids: Vec<String> = (0..projects).map(|ix| format!("p{ix}")).collect();
    let twins = (dice.u8(0..4) == 0).then(|| [dice.usize(0..projects), dice.usize(0..projects)]);
    if let Some([one, other]) = twins {
        logical_ids[other] = logical_ids[one].clone();
    }
    let number_of_waves = dice.usize(1..4);
    let tasks = depends_on
        .iter()
        .enumerate()
        .map(|(ix, depends_on)| Task {
            name: format!("p{ix}").into(),
            depends_on: depends_on.iter().copied().map(ProjectIx).collect(),
            undeployed: undeployed[ix].iter().copied().map(ProjectIx).collect(),
            priority: dice.i64(-1..=1),
            policy,
            account_id: "acme".into(),
            logical_id: (dice.bool() && twins.is_none_or(|twins| twins[0] != ix))
                .then(|| logical_ids[ix].as_str().into()),
            to_bundle: true,
            ahead: true,
            wave: ix * number_of_waves / projects,
        })
        .collect();
    let wave = |_| Wave {
        soak: Duration::from_secs(dice.u64(0..30)),
        max_fail_percentage: dice.u8(20..=100),
    };
    let waves: Vec<Wave> = (0..number_of_waves).map(wave).collect();
    let limits = Limits {
        concurrency,
        bundle_concurrency,
        max_fail: (dice.u8(0..4) == 0).then(|| dice.usize(1..4)),
        fail_fast: false,
        timeout: (dice.u8(0..4) == 0).then(|| Duration::from_secs(dice.u64(10..600))),
        on_interrupt: [OnInterrupt::Drain, OnInterrupt::Cancel, OnInterrupt::Detach]
            [dice.usize(0..3)],
    };
    let has_hooks = match operation {
        Operation::Deploy => HookSet {
            pre: dice.u8(0..4) == 0,
            test: dice.u8(0..4) == 0,
            post: dice.u8(0..4) == 0,
            on_failure: dice.u8(0..4) == 0,
        },
        Operation::Preview | Operation::Destroy => HookSet::default(),
    };
    let mut run = Run {
        operation,
        now: Duration::ZERO,
        queue: BTreeMap::new(),
        sent: 0,
        schedule: Schedule::new(tasks, waves, limits),
        lives: vec![Life::PENDING; projects],
        is_prepared: vec![false; projects],
        depends_on,
        logical_ids,
        bundled: vec![false; projects],
        policy,
        waiting_since: vec![None; projects],
        ended: Ended {
            outcomes: vec![None; projects],
            server: Server::new(projects),
            most_slots: 0,
            concurrency,
            too_early: vec![],
            most_bundlings: 0,
            bundle_concurrency,
            needs,
            bundlings: vec![0; projects],
            uploads_without_hook: 0,
            hooks: vec![vec![]; projects],
            has_hooks,
            uploads_of_twins: 0,
            longest_wait: Duration::ZERO,
            duration: Duration::ZERO,
        },
        dice,
    };
    for _ in 0..run.dice.usize(0..8).saturating_sub(4) {
        let at = Duration::from_secs(run.dice.u64(1..200));
        run.deliver(at, Delivery::Signal);
    }
    run.happen(Happening::Began);
    run.go();
    run.ended
}

impl Run {
    fn go(&mut self) {
        let mut deliveries = 0;
        while !self.schedule.is_finished() {
            deliveries += 1;
            assert!(deliveries < 200_000, "the run does not end");
            if let Some(wake) = self.schedule.next_wake() {
                self.deliver(wake.saturating_sub(self.now), Delivery::Tick);
            }
            let Some(((at, _), delivery)) = self.queue.pop_first() else {
                panic!("nothing is awaited");
            };
            self.now = at;
            match delivery {
                Delivery::Event(project, event) => self.event(project, event),
                Delivery::Effect(project, effect) => self.request(project, effect),
                Delivery::HookEnded(project, record) => self.hook_ended(project, record),
                Delivery::Signal => self.happen(Happening::Interrupt),
                Delivery::Tick => self.happen(Happening::Tick),
            }
        }
        self.ended.duration = self.now;
        self.ended.server.stop(self.now);
    }

    fn deliver(&mut self, after: Duration, delivery: Delivery) {
        self.sent += 1;
        self.queue.insert((self.now + after, self.sent), delivery);
    }

    fn happen(&mut self, happening: Happening) {
        let dice = &mut self.dice;
        let orders = self.schedule.on(happening, self.now, &mut || dice.f64());
        for order in orders {
            if let Order::ReportInterrupt { step } = order
                && step.ends_hooks()
            {
                for project in 0..self.lives.len() {
                    self.deliver(Duration::ZERO, Delivery::Event(project, Event::EndHooks));
                }
            }
            let (project, event) = match order {
                Order::Bundle { project, ahead } => {
                    self.ended.bundlings[project.0] += 1;
                    (project, Event::Bundle { ahead })
                }
                Order::Start { project } | Order::Retry { project } => (project, Event::Granted),
                Order::AwaitCompletion { project, .. } => (project, Event::AwaitCompletion),
                Order::CancelBlocker { project, .. } => (project, Event::CancelBlocker),
                Order::Cancel {
                    project,
                    cause,
                    force,
                } => (project, Event::Cancel { cause, force }),
                Order::ReportConflict { .. }
                | Order::ReportDeferred { .. }
                | Order::ReportWave { .. }
                | Order::ReportSoak { .. }
                | Order::ReportRetry { .. }
                | Order::ReportInterrupt { .. } => continue,
            };
            // A message takes time, and may cross another one.
            let after = Duration::from_micros(self.dice.u64(1..50));
            self.deliver(after, Delivery::Event(project.0, event));
        }
    }

    fn event(&mut self, project: usize, event: Event) {
        let Some(event) = self.as_it_turned_out(project, event) else {
            return;
        };
        if let (Event::Accepted(id), State::Submitting { .. }) =
            (&event, self.lives[project].state())
        {
            self.ended.server.told(id);
        }
        let before = std::mem::replace(&mut self.lives[project], Life::PENDING);
        let rules = Rules {
            operation: self.operation,
            retries: self.policy.retries.count,
            hooks: self.ended.has_hooks,
        };
        let (life, effects) = live(rules, before, event);
        self.lives[project] = life;
        self.watch(project);
        for effect in effects {
            self.perform(project, effect);
        }
    }

    /// An ending was drawn at the request; a cancel may have overtaken it. If the deployment is no longer followed, it is
    /// not reported: an actor drops responses that it no longer needs.
    fn as_it_turned_out(&self, project: usize, event: Event) -> Option<Event> {
        if !matches!(event, Event::Ended(_)) {
            return Some(event);
        }
        match self.lives[project].state() {
            State::Following { id, .. }
            | State::Cancelling { id, .. }
            | State::Waiting { blocker: id, .. } => {
                self.ended.server.truth(id, self.now).map(Event::Ended)
            }
            _ => None,
        }
    }

    fn told(&mut self, project: usize, phase: Phase) {
        let ix = ProjectIx(project);
        match phase {
            Phase::Bundled(bundled) => {
                self.bundled[project] = true;
                self.happen(Happening::Bundled {
                    project: ix,
                    logical_id: bundled.logical_id,
                });
            }
            Phase::Unbundled { logical_id, error } => self.happen(Happening::Unbundled {
                project: ix,
                logical_id,
                cause: error.message,
            }),
            Phase::Submitting { .. } => self.happen(Happening::Submitting(ix)),
            Phase::Following { .. } => self.happen(Happening::Accepted(ix)),
            Phase::Retrying(after) => {
                self.happen(Happening::Retrying { project: ix, after });
            }
            Phase::Done(outcome) => {
                let success = outcome.result.is_success();
                assert!(self.ended.outcomes[project].replace(*outcome).is_none());
                self.happen(Happening::Ended {
                    project: ix,
                    success,
                });
            }
            Phase::Hook(_) => self.happen(Happening::Hook {
                project: ix,
                runs: true,
            }),
            Phase::HookEnded(_)
            | Phase::Bundling
            | Phase::Warning(_)
            | Phase::Preparing
            | Phase::Prepared(_)
            | Phase::Previewing { .. }
            | Phase::Progress { .. }
            | Phase::Reconnecting { .. }
            | Phase::Throttled { .. }
            | Phase::CancelFailed { .. }
            | Phase::Cancelling { .. } => {}
        }
    }

    fn pause(&mut self, pause: Pause) -> Duration {
        match pause {
            Pause::None => Duration::ZERO,
            Pause::Floor(retry_after) => backoff::between_polls(Duration::ZERO, retry_after),
            Pause::Backoff {
                failures,
                retry_after,
            } => {
                backoff::after_failure(&self.policy.retries, failures, retry_after, self.dice.f64())
            }
        }
    }

    fn watch(&mut self, project: usize) {
        let holds_slot = |life: &&Life| {
            let state = life.state();
            life.hook() == Some(Hook::Post)
                || matches!(
                    state,
                    State::Identifying
                        | State::Preparing(_)
                        | State::Submitting { .. }
                        | State::Previewing(_)
                        | State::Following { .. }
                        | State::Cancelling { .. }
                )
        };
        let bundling = |life: &&Life| matches!(life.state(), State::Bundling { .. });
        let bundlings = self.lives.iter().filter(bundling).count();
        self.ended.most_bundlings = self.ended.most_bundlings.max(bundlings);
        let slots = self.lives.iter().filter(holds_slot).count();
        self.ended.most_slots = self.ended.most_slots.max(slots);
        let waits = matches!(self.lives[project].state(), State::Waiting { .. });
        let since = self.waiting_since[project].take();
        if let Some(since) = since {
            self.ended.longest_wait = self.ended.longest_wait.max(self.now - since);
        }
        self.waiting_since[project] = waits.then(|| since.unwrap_or(self.now));
    }
}
