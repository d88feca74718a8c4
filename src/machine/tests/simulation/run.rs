//! The loop in place of the actors: delivers messages between the two machines, and performs effects.

mod perform;

use super::server::Server;
use crate::backoff;
use crate::machine::deployment::{Delay, Deployment, Input, Output, Poll, Rules, State, Update};
use crate::machine::run::{self, Answer, Approval, Ask, Run, Setup, Task};
use crate::model::{
    Budget, Bundled, DeploymentId, ErrorInfo, Event, Hook, HookCommand, HookRecord, HookSet, Hooks,
    Invocation, Limits, OnConflict, OnInterrupt, Operation, OriginKind, Outcome, PlannedProject,
    ProjectIx, ProjectPolicy, Reason, Remedy, Report, Resumption, Retries, RunEvent, RunId, Signal,
    Timestamp, Unbundled, Wave,
};
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
    /// The log of the run, and its report.
    pub(crate) events: Vec<RunEvent>,
    pub(crate) report: Option<Report>,
    /// Hooks of the run that were started.
    pub(crate) run_hooks: Vec<Hook>,
}

enum Delivery {
    Input(usize, Input),
    /// Performed when its delay is over.
    Effect(usize, Output),
    /// Unless that hook has finished before.
    HookEnded(usize, HookRecord),
    /// The same for a hook of the run.
    RunHookEnded(HookRecord),
    /// The answer to a question of the run.
    Answer(run::Input),
    Signal,
    Tick,
}

struct Simulation {
    operation: Operation,
    rng: fastrand::Rng,
    now: Duration,
    queue: BTreeMap<(Duration, u64), Delivery>,
    sent: u64,
    run: Run,
    machines: Vec<Deployment>,
    /// Projects whose last hook before the upload has succeeded.
    is_prepared: Vec<bool>,
    depends_on: Vec<Vec<usize>>,
    logical_ids: Vec<String>,
    bundled: Vec<bool>,
    waiting_since: Vec<Option<Duration>>,
    ended: Ended,
}

pub(crate) fn simulate(seed: u64, operation: Operation) -> Ended {
    let mut rng = fastrand::Rng::with_seed(seed);
    let projects = rng.usize(1..25);
    let concurrency = rng.usize(1..8);
    let bundle_concurrency = rng.usize(1..4);
    let policy = ProjectPolicy {
        on_conflict: [OnConflict::Wait, OnConflict::Cancel, OnConflict::Fail][rng.usize(0..3)],
        conflict_deadline: CONFLICT_DEADLINE,
        retries: Retries {
            jitter: true,
            ..ProjectPolicy::bare().retries
        },
        ..ProjectPolicy::bare()
    };
    let policy = match operation {
        Operation::Preview => policy.of_preview(),
        Operation::Deploy | Operation::Destroy => policy,
    };
    let depends_on: Vec<Vec<usize>> = (0..projects)
        .map(|ix| (0..ix).filter(|_| rng.u8(0..8) == 0).collect())
        .collect();
    // A project to delete is already deployed.
    let needs: Vec<Option<usize>> = depends_on
        .iter()
        .map(|before: &Vec<usize>| before.first().copied().filter(|_| rng.u8(0..3) == 0))
        .map(|needed| needed.filter(|_| operation != Operation::Destroy))
        .collect();
    // In some runs, two projects have the same logical id, at most one of them declared.
    let mut logical_ids: Vec<String> = (0..projects).map(|ix| format!("p{ix}")).collect();
    let twins = (rng.u8(0..4) == 0).then(|| [rng.usize(0..projects), rng.usize(0..projects)]);
    if let Some([one, other]) = twins {
        logical_ids[other] = logical_ids[one].clone();
    }
    let has_hooks = match operation {
        Operation::Deploy => HookSet {
            pre: rng.u8(0..4) == 0,
            test: rng.u8(0..4) == 0,
            post: rng.u8(0..4) == 0,
            on_failure: rng.u8(0..4) == 0,
        },
        Operation::Preview | Operation::Destroy => HookSet::default(),
    };
    let run_hooks = match operation {
        Operation::Deploy => HookSet {
            pre: rng.u8(0..6) == 0,
            test: false,
            post: rng.u8(0..6) == 0,
            on_failure: rng.u8(0..6) == 0,
        },
        Operation::Preview | Operation::Destroy => HookSet::default(),
    };
    // Some deployments begin with a preview, and some of them with a question.
    let is_previewed = operation == Operation::Deploy && rng.u8(0..3) == 0;
    let ask = if rng.bool() { Ask::Never } else { Ask::Always };
    let number_of_waves = rng.usize(1..4);
    let tasks = depends_on
        .iter()
        .enumerate()
        .map(|(ix, depends_on)| Task {
            planned: PlannedProject {
                logical_id: (rng.bool() && twins.is_none_or(|twins| twins[0] != ix))
                    .then(|| logical_ids[ix].clone()),
                // A refused key would end most runs.
                account: format!("a{ix}"),
                account_id: "acme".into(),
                wave: 1 + ix * number_of_waves / projects,
                priority: rng.i64(-1..=1),
                policy,
                ..PlannedProject::bare(&format!("p{ix}"))
            },
            depends_on: depends_on.iter().copied().map(ProjectIx).collect(),
            undeployed: vec![],
            to_bundle: true,
            ahead: true,
            hooks: hooks(has_hooks),
            max_deletes: None,
            resumption: Resumption::default(),
        })
        .collect();
    let wave = |_| Wave {
        soak: Duration::from_secs(rng.u64(0..30)),
        max_fail_percentage: rng.u8(20..=100),
    };
    let waves: Vec<Wave> = (0..number_of_waves).map(wave).collect();
    let limits = Limits {
        concurrency,
        bundle_concurrency,
        max_fail: (rng.u8(0..4) == 0).then(|| rng.usize(1..4)),
        fail_fast: false,
        timeout: (rng.u8(0..4) == 0).then(|| Duration::from_secs(rng.u64(10..600))),
        on_interrupt: [OnInterrupt::Drain, OnInterrupt::Cancel, OnInterrupt::Detach]
            [rng.usize(0..3)],
    };
    let rules = Rules {
        operation,
        origin: OriginKind::Directory,
        retries: policy.retries,
        hooks: has_hooks,
        maybe_sent: false,
    };
    let mut simulation = Simulation {
        operation,
        now: Duration::ZERO,
        queue: BTreeMap::new(),
        sent: 0,
        run: Run::new(Setup {
            run: RunId("run".into()),
            started_at: Timestamp(0),
            operation,
            manifest: "projects.toml".into(),
            api_url: String::new(),
            tasks,
            limits,
            budget: Budget::default(),
            waves,
            hooks: hooks(run_hooks),
            approval: Approval {
                preview: is_previewed,
                ask,
                ..Approval::default()
            },
            invocation: Invocation::default(),
            shard: None,
            earlier: vec![],
        }),
        machines: vec![Deployment::new(rules); projects],
        is_prepared: vec![false; projects],
        depends_on,
        logical_ids,
        bundled: vec![false; projects],
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
            events: vec![],
            report: None,
            run_hooks: vec![],
        },
        rng,
    };
    for _ in 0..simulation.rng.usize(0..8).saturating_sub(4) {
        let at = Duration::from_secs(simulation.rng.u64(1..200));
        simulation.deliver(at, Delivery::Signal);
    }
    simulation.supervise(run::Input::Began);
    simulation.go();
    simulation.ended
}

impl Simulation {
    fn go(&mut self) {
        let mut deliveries = 0;
        while !self.run.is_finished() {
            deliveries += 1;
            assert!(deliveries < 200_000, "the run does not end");
            if let Some(wake) = self.run.next_wake() {
                self.deliver(wake.saturating_sub(self.now), Delivery::Tick);
            }
            let Some(((at, _), delivery)) = self.queue.pop_first() else {
                panic!("nothing is awaited");
            };
            self.now = at;
            match delivery {
                Delivery::Input(project, input) => self.input(project, input),
                Delivery::Effect(project, output) => self.request(project, output),
                Delivery::HookEnded(project, record) => self.hook_ended(project, record),
                Delivery::RunHookEnded(record) => {
                    self.supervise(run::Input::HookEnded(record));
                }
                Delivery::Answer(input) => self.supervise(input),
                Delivery::Signal => self.supervise(run::Input::Interrupt(Signal::Sigint)),
                Delivery::Tick => self.supervise(run::Input::Tick),
            }
        }
        self.ended.duration = self.now;
        self.ended.server.stop(self.now);
    }

    fn deliver(&mut self, after: Duration, delivery: Delivery) {
        self.sent += 1;
        self.queue.insert((self.now + after, self.sent), delivery);
    }

    fn supervise(&mut self, input: run::Input) {
        let rng = &mut self.rng;
        let outputs = self.run.handle(input, self.now, &mut || rng.f64());
        for output in outputs {
            match output {
                run::Output::Emit(event) => {
                    if let (Some(name), Event::Finished(row)) = (&event.project, &event.event) {
                        let project: usize = name[1..].parse().unwrap();
                        let before = self.ended.outcomes[project].replace(row.outcome());
                        assert!(before.is_none());
                    }
                    self.ended.events.push(event);
                }
                run::Output::Send(project, input) => {
                    let project = project.0;
                    if matches!(input, Input::BuildBundle { .. }) {
                        self.ended.bundlings[project] += 1;
                    }
                    // A message takes time, and may cross another one.
                    let after = Duration::from_micros(self.rng.u64(1..50));
                    self.deliver(after, Delivery::Input(project, input));
                }
                run::Output::Restart(project) => panic!("{project:?}: no actor has panicked"),
                run::Output::RunHook(hook, _) => {
                    self.ended.run_hooks.push(hook);
                    let error = (self.rng.u8(0..6) == 0).then(|| "it failed".to_owned());
                    let after = Duration::from_millis(self.rng.u64(1..60_000));
                    let ended = Delivery::RunHookEnded(perform::record(hook, error));
                    self.deliver(after, ended);
                }
                run::Output::StopHook | run::Output::KillHook => {}
                run::Output::Finish(report, _) => self.ended.report = Some(*report),
                run::Output::ListProjects(_) => {
                    let existing = run::Input::Listed(Ok(vec![]));
                    self.answer(existing);
                }
                run::Output::Ask(_) => {
                    let answer = [Answer::Yes, Answer::Yes, Answer::No][self.rng.usize(0..3)];
                    self.answer(run::Input::Answered(answer));
                }
                run::Output::StopAsking => {}
            }
        }
    }

    fn answer(&mut self, input: run::Input) {
        let after = Duration::from_millis(self.rng.u64(1..60_000));
        self.deliver(after, Delivery::Answer(input));
    }

    fn input(&mut self, project: usize, input: Input) {
        let Some(input) = self.as_it_turned_out(project, input) else {
            return;
        };
        if let (Input::Accepted(id), State::Submitting(_)) =
            (&input, self.machines[project].state())
        {
            self.ended.server.told(id);
        }
        let rng = &mut self.rng;
        let outputs = self.machines[project].handle(input, &mut || rng.f64());
        self.watch(project);
        for output in outputs {
            self.perform(project, output);
        }
    }

    /// An ending was drawn at the request; a cancel may have overtaken it. If the deployment is no longer followed, it is
    /// not reported: an actor drops responses that it no longer needs.
    fn as_it_turned_out(&self, project: usize, input: Input) -> Option<Input> {
        if !matches!(input, Input::Ended(_)) {
            return Some(input);
        }
        let id = match self.machines[project].state() {
            State::Following(following) => Some(&following.id),
            State::Cancelling(cancelling) => Some(&cancelling.id),
            State::Waiting(waiting) => Some(&waiting.blocker),
            _ => None,
        }?;
        self.ended.server.truth(id, self.now).map(Input::Ended)
    }

    fn watch(&mut self, project: usize) {
        let holds_slot = |machine: &&Deployment| {
            let state = machine.state();
            machine.hook() == Some(Hook::Post)
                || matches!(
                    state,
                    State::Identifying { .. }
                        | State::Preparing(_)
                        | State::Submitting(_)
                        | State::Previewing(_)
                        | State::Following(_)
                        | State::Cancelling(_)
                )
        };
        let bundling = |machine: &&Deployment| matches!(machine.state(), State::Bundling { .. });
        let bundlings = self.machines.iter().filter(bundling).count();
        self.ended.most_bundlings = self.ended.most_bundlings.max(bundlings);
        let slots = self.machines.iter().filter(holds_slot).count();
        self.ended.most_slots = self.ended.most_slots.max(slots);
        let waits = matches!(self.machines[project].state(), State::Waiting(_));
        let since = self.waiting_since[project].take();
        if let Some(since) = since {
            self.ended.longest_wait = self.ended.longest_wait.max(self.now - since);
        }
        self.waiting_since[project] = waits.then(|| since.unwrap_or(self.now));
    }
}

/// Hooks with these commands.
fn hooks(set: HookSet) -> Hooks {
    let command = |is_set: bool| {
        is_set.then(|| HookCommand {
            command: vec!["./hook".into()],
            dir: "/".into(),
        })
    };
    Hooks {
        pre: command(set.pre),
        test: set.test.then(Vec::new),
        post: command(set.post),
        on_failure: command(set.on_failure),
        ..Hooks::default()
    }
}
