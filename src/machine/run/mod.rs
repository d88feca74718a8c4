//! The machine of a run: [`Run::handle`] takes what the Supervisor receives, and returns the events for the log, the messages
//! to the projects' actors, and the effects to perform.
//!
//! It decides which projects may start, and what a conflict, a failure, a time limit, or a signal means for the others. No
//! I/O and no clock: time is a [`Duration`] since the start of the run and is passed in, as are random numbers.
//!
//! A project holds a *slot* from the start of an upload to the end of its deployment. Projects that wait for another
//! deployment or for a delay hold none, so a busy project never blocks the others. Bundling has its own places, before and
//! beside the slots.

mod approval;
mod bundling;
mod hooks;
mod log;
mod node;
mod replay;
mod slots;
mod stop;
mod timers;
mod waiting;
mod waves;

use super::deployment::{self, Rng, Update, outcomes};
use crate::log::Ledger;
use crate::model::{
    Budget, CancelCause, Event, Failure, Hook, HookRecord, Hooks, Invocation, Limits, OnInterrupt,
    Operation, Outcome, PlannedProject, ProjectIx, ProjectResult, Reason, Report, Resumption,
    RunEvent, RunId, Shard, Signal, Timestamp, Wave,
};
pub use approval::{Answer, Approval, Ask, Question, Refused};
use bundling::Bundling;
use hooks::RunHooks;
pub use log::accounts;
pub use node::or_average;
use node::{Node, Standing};
pub use replay::{Remaining, replay, start_order, time_left};
use slots::Ready;
use std::time::Duration;
use timers::{Timer, Timers};
use waves::{Turn, Waves};

/// How long the server may take to confirm a cancelled deployment before it is left running.
pub const CANCEL_GRACE: Duration = Duration::from_secs(30);

/// Shells, package managers, and terminals may deliver one press of Ctrl-C twice: the same signal within this time is one.
const ONE_PRESS: Duration = Duration::from_secs(1);

/// What makes up a run.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Its id.
    pub run: RunId,
    /// When it begins.
    pub started_at: Timestamp,
    /// The operation on every project.
    pub operation: Operation,
    /// The manifest, as the user named it.
    pub manifest: String,
    /// The API's base URL.
    pub api_url: String,
    /// The projects, in the manifest's order. Dependencies must be free of cycles, and none may be in a later wave.
    pub tasks: Vec<Task>,
    /// The limits.
    pub limits: Limits,
    /// How many projects may be selected, and resources deleted.
    pub budget: Budget,
    /// The waves, in order; without any, everything may start at once.
    pub waves: Vec<Wave>,
    /// The hooks of the run itself.
    pub hooks: Hooks,
    /// What it needs before it may change anything.
    pub approval: Approval,
    /// How it was started.
    pub invocation: Invocation,
    /// The shard that its projects are, if they are split.
    pub shard: Option<Shard>,
    /// The events of its earlier processes, if it is resumed.
    pub earlier: Vec<RunEvent>,
}

/// One project of a run.
#[derive(Clone, Debug)]
pub struct Task {
    /// What the log has about it.
    pub planned: PlannedProject,
    /// The projects that must succeed first.
    pub depends_on: Vec<ProjectIx>,
    /// Dependencies that are not awaited, since the run deploys nothing.
    pub undeployed: Vec<ProjectIx>,
    /// Whether it must be bundled first.
    pub to_bundle: bool,
    /// Whether it may be bundled before its dependencies have succeeded.
    pub ahead: bool,
    /// Its hooks.
    pub hooks: Hooks,
    /// How many of its resources may be deleted.
    pub max_deletes: Option<usize>,
    /// What is left to do in a resumed run.
    pub resumption: Resumption,
}

impl Task {
    /// Whether an earlier process of the run has ended it.
    fn is_over(&self) -> bool {
        self.resumption == Resumption::Skip
    }
}

/// Everything that the Supervisor receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The run begins. The first input, once.
    Began,
    /// From a project's DeploymentActor.
    Project(ProjectIx, Update),
    /// Which of the projects of [`Output::ListProjects`] their accounts have.
    Listed(Result<Vec<ProjectIx>, Failure>),
    /// The answer to [`Output::Ask`].
    Answered(Answer),
    /// The run's own hook has ended.
    HookEnded(HookRecord),
    /// The API is unavailable to an account, or available again. How many projects wait for it is not filled in.
    Account(Event),
    /// The journal cannot be written any more, for this reason.
    JournalFailed(String),
    /// A signal was received.
    Interrupt(Signal),
    /// [`Run::next_wake`] has passed.
    Tick,
}

/// What the Supervisor does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Write an event to the log.
    Emit(RunEvent),
    /// Send a message to a project's DeploymentActor.
    Send(ProjectIx, deployment::Input),
    /// Start another DeploymentActor for a project: its own has panicked.
    Restart(ProjectIx),
    /// Find out which of these projects their accounts have.
    ListProjects(Vec<ProjectIx>),
    /// Ask the user.
    Ask(Box<Question>),
    /// A signal came instead of the answer.
    StopAsking,
    /// Start a hook of the run; all but `pre` receive the report so far.
    RunHook(Hook, Option<Box<Report>>),
    /// Ask the running hook of the run to stop.
    StopHook,
    /// Kill it.
    KillHook,
    /// The run is over; and why it changed nothing, if it was refused. The last output, once.
    Finish(Box<Report>, Option<Box<Refused>>),
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing has begun.
    Beginning,
    /// The projects are previewed, and nothing else.
    Previewing,
    /// The preview is over, or there is none; an answer is awaited.
    Asking,
    /// What the run is for.
    Started,
}

/// The state of a run.
#[derive(Debug)]
pub struct Run {
    setup: Setup,
    /// Every event so far.
    ledger: Ledger,
    /// The number of the last event.
    seq: u64,
    stage: Stage,
    nodes: Vec<Node>,
    bundling: Bundling,
    waves: Waves,
    ready: Ready,
    timers: Timers,
    hooks: RunHooks,
    slots_taken: usize,
    unfinished: usize,
    failed: usize,
    /// Set once nothing new may start, and why.
    closed: Option<Reason>,
    timed_out: bool,
    /// The number of signals so far, and what the next one does.
    signals: (u32, OnInterrupt),
    /// The last signal that counted, and when.
    last_signal: Option<(Signal, Duration)>,
    /// Set once projects may be bundled and started.
    has_started: bool,
    is_finished: bool,
    /// The time of the current input.
    now: Duration,
    /// The outputs for the current input.
    outputs: Vec<Output>,
}

impl Run {
    /// A run that has not begun.
    pub fn new(mut setup: Setup) -> Self {
        if setup.operation == Operation::Preview {
            setup.tasks = preview_tasks(setup.tasks);
            setup.waves.clear();
            setup.hooks = Hooks::default();
        }
        let (tasks, limits) = (setup.tasks.clone(), setup.limits);
        let ledger = Ledger::of(&setup.earlier);
        if ledger.has_succeeded(Hook::Pre) {
            setup.hooks.pre = None;
        }
        let mut run = Self {
            waves: Waves::new(&[], &[]),
            bundling: Bundling::new(&[], limits.bundle_concurrency),
            seq: setup.earlier.last().map_or(0, |last| last.seq),
            ledger,
            hooks: RunHooks::default(),
            stage: Stage::Beginning,
            unfinished: 0,
            nodes: vec![],
            ready: Ready::default(),
            timers: Timers::default(),
            slots_taken: 0,
            failed: 0,
            closed: None,
            timed_out: false,
            signals: (0, limits.on_interrupt),
            last_signal: None,
            has_started: false,
            is_finished: false,
            now: Duration::ZERO,
            outputs: vec![],
            setup,
        };
        let waves = run.setup.waves.clone();
        run.enter(tasks, &waves);
        run
    }

    /// Begins with these tasks: for the preview, and again for what follows it.
    fn enter(&mut self, tasks: Vec<Task>, waves: &[Wave]) {
        self.waves = Waves::new(&tasks, waves);
        self.unfinished = tasks.iter().filter(|task| !task.is_over()).count();
        self.nodes = node::build(tasks);
        self.bundling = Bundling::new(&self.nodes, self.setup.limits.bundle_concurrency);
        (self.ready, self.timers) = (Ready::default(), Timers::default());
        (self.slots_taken, self.failed, self.has_started) = (0, 0, false);
        if let Some(timeout) = self.setup.limits.timeout {
            self.timers
                .add(self.now.saturating_add(timeout), Timer::Run);
        }
    }

    /// Handles an input. `now` is the time since the start of the run and never decreases; `rng` draws from `0.0..=1.0`.
    pub fn handle(&mut self, input: Input, now: Duration, rng: Rng<'_>) -> Vec<Output> {
        self.now = now;
        if self.is_finished || self.is_same_press(&input) {
            return std::mem::take(&mut self.outputs);
        }
        match input {
            Input::Began => self.begin(),
            Input::Project(project, update) => self.update(project, update, rng),
            Input::Listed(existing) => self.listed(existing),
            Input::Answered(answer) => self.answered(answer),
            Input::HookEnded(record) => self.hook_ended(&record),
            Input::Account(event) => self.account(event),
            Input::JournalFailed(why) => self.emit(None, journal_failed(&why)),
            Input::Interrupt(signal) => self.interrupt(signal),
            Input::Tick => {}
        }
        self.fire_timers();
        if self.has_started {
            self.grant_places();
            self.grant_slots();
        }
        self.conclude();
        std::mem::take(&mut self.outputs)
    }

    /// When [`Input::Tick`] is due if no other input comes first.
    pub fn next_wake(&self) -> Option<Duration> {
        self.timers.next()
    }

    /// Whether the run is over.
    #[cfg(test)]
    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// A project's name in its account, if it is known.
    pub fn logical_id(&self, project: ProjectIx) -> Option<&str> {
        self.nodes[project.0].task.planned.logical_id.as_deref()
    }

    fn node(&mut self, project: ProjectIx) -> &mut Node {
        &mut self.nodes[project.0]
    }

    fn is_ended(&self, project: ProjectIx) -> bool {
        self.nodes[project.0].standing == Standing::Ended
    }

    fn send(&mut self, project: ProjectIx, input: deployment::Input) {
        self.outputs.push(Output::Send(project, input));
    }

    /// Its name in the manifest.
    fn name(&self, project: ProjectIx) -> &str {
        &self.nodes[project.0].task.planned.name
    }

    fn names(&self, projects: &[ProjectIx]) -> Vec<String> {
        projects
            .iter()
            .map(|ix| self.name(*ix).to_owned())
            .collect()
    }

    /// After a project has ended, nothing of it is reported any more.
    fn update(&mut self, project: ProjectIx, update: Update, rng: Rng<'_>) {
        if self.is_ended(project) {
            return;
        }
        match update {
            Update::Event(warning @ Event::RunWarning { .. }) => self.emit(None, warning),
            Update::Event(event) => {
                self.emit(Some(project), event.clone());
                self.observe(project, event);
            }
            Update::BundlingDeferred { logical_id, error } => {
                self.bundling_deferred(project, &logical_id, error);
            }
            Update::Conflict { blocker } => self.conflict(project, blocker),
            Update::Unblocked => self.retry_after_conflict(project, rng),
            Update::SubmitFailed { failure, failures } => {
                self.retry_after_failure(project, failure, failures, rng);
            }
            Update::Finished(outcome) => self.finished(project, *outcome),
            Update::Stopped => self.crashed(project),
        }
    }

    /// An actor has panicked. If the server has accepted a deployment, a successor follows it to its end, once.
    fn crashed(&mut self, project: ProjectIx) {
        let node = self.node(project);
        let is_first = !std::mem::replace(&mut node.is_crashed, true);
        node.hook = None;
        let (accepted, cancelled) = (node.accepted.clone(), node.cancelled.clone());
        let Some(id) = accepted.filter(|_| is_first) else {
            return self.finished(project, Outcome::new(ProjectResult::Crashed));
        };
        self.outputs.push(Output::Restart(project));
        self.send(project, deployment::Input::Follow(id));
        if let Some(cause) = cancelled {
            let force = false;
            self.send(project, deployment::Input::Cancel { cause, force });
        }
    }

    /// What an event of a project means for the run.
    fn observe(&mut self, project: ProjectIx, event: Event) {
        let now = self.now;
        let node = self.node(project);
        match event {
            Event::Bundled(bundled) => {
                node.failure = None;
                self.bundled(project, &bundled.logical_id);
            }
            Event::Submitting { attempt, .. } => {
                node.attempts = attempt;
                node.standing = Standing::Sent;
                node.accepted = None;
            }
            // The server will have nothing of it.
            Event::Previewing { attempt, .. } => node.attempts = attempt,
            Event::Previewed {
                changes,
                same_bundle,
            } => self.previewed_one(project, outcomes::previewed(changes, same_bundle)),
            Event::Submitted { deployment_id, .. } => {
                node.accepted = Some(deployment_id);
                node.failure = None;
                node.forget_conflicts();
            }
            // Of its own deployment, since a project that is cancelled cancels no blocker: the server has its time from the request.
            Event::Cancelling { .. } if node.cancelled.is_some() => self.set_grace(project),
            Event::Hook { hook } => node.hook = Some((hook, now)),
            Event::HookEnded(_) => node.hook = None,
            _ => {}
        }
    }

    /// A project needs nothing more from the preview before the deployment.
    fn previewed_one(&mut self, project: ProjectIx, outcome: Outcome) {
        self.free_slot(project);
        self.bundling.withdraw(project);
        let node = self.node(project);
        node.standing = Standing::Previewed;
        node.previewed = Some(outcome);
        self.unfinished -= 1;
    }

    /// Opens the next wave.
    fn turn(&mut self) {
        if self.closed.is_some() {
            return;
        }
        let projects = self.waves.open_next();
        self.announce_wave();
        self.ready_all(projects);
    }

    fn announce_wave(&mut self) {
        let (wave, of) = self.waves.position();
        if of > 1 {
            let projects = self.names(self.waves.projects());
            self.emit(None, Event::RunWave { wave, of, projects });
        }
    }

    fn finished(&mut self, project: ProjectIx, mut outcome: Outcome) {
        if self.node(project).is_crashed {
            let ended = outcome.result;
            if ended != ProjectResult::Crashed {
                outcome.cause = Some(format!("its deployment: {ended}"));
            }
            outcome.result = ProjectResult::Crashed;
            outcome.reason = Some(Reason::Panic);
        }
        self.emit_skipped_hooks(project, &outcome);
        // A time limit only ends what a failure has delayed.
        if outcome.result == ProjectResult::TimedOut && outcome.error.is_none() {
            outcome.error = self.node(project).failure.take();
        }
        if let Some(row) = self.row(project, &outcome) {
            self.emit(Some(project), Event::Finished(Box::new(row)));
        }
        self.ended(project, outcome.result.is_success());
        let is_refused = outcome.reason == Some(Reason::Http(401));
        if is_refused && outcome.result == ProjectResult::Rejected {
            self.close_account(project);
        }
    }

    fn ended(&mut self, project: ProjectIx, success: bool) {
        self.free_slot(project);
        self.ready.remove(&self.nodes[project.0], project);
        let freed = self.bundling.ended(project);
        let node = self.node(project);
        node.standing = Standing::Ended;
        // A skipped project passes on the name of the project that caused it.
        let culprit = node.culprit.clone();
        let culprit = culprit.unwrap_or_else(|| node.task.planned.name.clone());
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
                self.cancel(
                    dependent,
                    CancelCause::of(Reason::DependencyFailed, culprit.clone()),
                );
            }
        }
        self.ready_all(freed);
        match self.waves.ended(project, success) {
            Turn::None => {}
            Turn::Failed if self.closed.is_none() => self.close(Reason::WaveFailed),
            Turn::Failed => {}
            Turn::Over {
                soak: Duration::ZERO,
            } => self.turn(),
            Turn::Over { .. } if self.closed.is_some() => {}
            Turn::Over { soak } => {
                self.timers.add(self.now.saturating_add(soak), Timer::Wave);
                let delay_ms = crate::model::millis(soak);
                self.emit(None, Event::RunSoaking { delay_ms });
            }
        }
        if failed {
            self.failed += 1;
            let is_reached = self
                .setup
                .limits
                .max_fail
                .is_some_and(|max| self.failed >= max);
            let reason = if self.setup.limits.fail_fast {
                Some(Reason::FailFast)
            } else {
                is_reached.then_some(Reason::MaxFail)
            };
            if let (None, Some(reason)) = (self.closed, reason) {
                self.close(reason);
            }
        }
    }
}

fn journal_failed(why: &str) -> Event {
    let message = format!("this run cannot be resumed: its journal cannot be written: {why}");
    Event::RunWarning { message }
}

/// The tasks of a preview, which changes nothing: nothing has to be deployed first.
fn preview_tasks(mut tasks: Vec<Task>) -> Vec<Task> {
    for task in &mut tasks {
        task.undeployed.append(&mut task.depends_on);
        task.hooks = Hooks::default();
        task.planned.policy = task.planned.policy.of_preview();
        task.planned.depends_on.clear();
        task.planned.unselected_dependencies.clear();
    }
    tasks
}

#[cfg(test)]
mod tests;
