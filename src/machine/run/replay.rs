//! The scheduler without a run: the order in which projects would start; how long the rest of a run takes; and a run that has
//! ended, again, with its recorded durations. That finds its critical path, and the effect of other limits.

use super::{Approval, Input, Output, Run, Setup, Task};
use crate::log::{Activity, Lane, Replay, Timeline};
use crate::machine::deployment::{self, Update};
use crate::model::{
    Budget, Bundled, Event, ExpectedDurations, Failure, FailureKind, Hooks, Invocation, Limits,
    OnConflict, OnInterrupt, Operation, Outage, Outcome, PlannedProject, ProjectIx, ProjectPolicy,
    ProjectReport, ProjectResult, Report, Resumption, Retries, RunId, RunResult, Timestamp, Wave,
    millis,
};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::time::Duration;

/// Longer than any run: a replay reaches no time limit.
const NEVER: Duration = Duration::from_secs(1 << 32);

/// Without a time limit.
const PATIENT: ProjectPolicy = ProjectPolicy {
    on_conflict: OnConflict::Wait,
    conflict_deadline: NEVER,
    retries: Retries {
        count: 0,
        delay: Duration::ZERO,
        max_delay: Duration::ZERO,
        jitter: false,
    },
    outage_limit: None,
    timeout: NEVER,
    schedule_on_deploy: true,
    preserve_resources: false,
};

/// The order in which tasks would start with one slot if all of them succeeded.
pub fn start_order(mut tasks: Vec<Task>) -> Vec<ProjectIx> {
    for (ix, task) in tasks.iter_mut().enumerate() {
        task.to_bundle = false;
        task.planned.logical_id = Some(ix.to_string());
    }
    let last = tasks.iter().map(|task| task.planned.wave).max();
    let waves = vec![Wave::LENIENT; last.unwrap_or_default()];
    let limits = Limits {
        concurrency: 1,
        bundle_concurrency: 1,
        max_fail: None,
        fail_fast: false,
        timeout: None,
        on_interrupt: OnInterrupt::Drain,
    };
    let work = |_: &Task| Work::of_success(ExpectedDurations::default());
    let works = tasks.iter().map(work).collect();
    let simulation = Simulation {
        tasks,
        works,
        waves,
    };
    // Each project waits for the one before it.
    let (_, path) = simulation.run(limits);
    path.into_iter().map(|(project, _)| project).collect()
}

/// What is left of a project that has not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remaining {
    /// How long that takes.
    pub takes: ExpectedDurations,
    /// It holds a slot.
    pub has_slot: bool,
    /// Nothing is uploaded before its logical id is known.
    pub is_unnamed: bool,
    /// The projects that must succeed first.
    pub depends_on: Vec<usize>,
}

/// The time until the last project ends, if each takes as long as expected and none fails. `None` is a project that has ended.
pub fn time_left(
    projects: impl IntoIterator<Item = Option<Remaining>>,
    limits: Limits,
) -> Duration {
    let projects = projects.into_iter().enumerate();
    let (tasks, works) = projects.map(|(ix, it)| simulated(ix, it)).unzip();
    let waves = vec![];
    let simulation = Simulation {
        tasks,
        works,
        waves,
    };
    Duration::from_millis(simulation.run(limits).0)
}

/// A project with what is left of it.
fn simulated(ix: usize, project: Option<Remaining>) -> (Task, Work) {
    let resumption = match &project {
        None => Resumption::Skip,
        Some(it) if it.has_slot => Resumption::Follow {
            deployment_id: "".into(),
        },
        Some(_) => Resumption::default(),
    };
    let Remaining {
        takes,
        is_unnamed,
        depends_on,
        ..
    } = project.unwrap_or_default();
    let planned = PlannedProject {
        name: ix.to_string(),
        logical_id: (!is_unnamed).then(|| ix.to_string()),
        account: String::new(),
        account_id: String::new(),
        path: None,
        location: None,
        bundle: None,
        notes: vec![],
        wave: 1,
        priority: 0,
        policy: PATIENT,
        depends_on: vec![],
        unselected_dependencies: vec![],
        expected_ms: Some(takes),
    };
    let task = Task {
        planned,
        depends_on: depends_on.into_iter().map(ProjectIx).collect(),
        undeployed: vec![],
        to_bundle: is_unnamed || takes.bundling > 0,
        ahead: true,
        hooks: Hooks::default(),
        max_deletes: None,
        resumption,
    };
    (task, Work::of_success(takes))
}

/// Replays a run. The result is empty for a run that did nothing, was stopped or resumed, or consists of shards.
pub fn replay(report: &Report, timeline: &Timeline) -> Replay {
    let is_whole = matches!(report.result, RunResult::Succeeded | RunResult::Failed);
    let ([limits], true) = (&*timeline.limits, is_whole) else {
        return Replay::default();
    };
    let recorded = Simulation::of(report, timeline);
    if recorded.works.iter().all(Work::is_none) {
        return Replay::default();
    }
    let (took, critical_path) = recorded.run(*limits);
    // The rest takes the same time with any limit: the preview, the question, hooks of the run.
    let rest = report.duration_ms.saturating_sub(took);
    let (now, all) = (limits.concurrency, recorded.tasks.len());
    let others = [now / 2, now * 2, now * 4, all].map(|n| n.clamp(1, all));
    let mut others = BTreeSet::from(others);
    others.remove(&now.min(all));
    let with = |concurrency| {
        let limits = Limits {
            concurrency,
            ..*limits
        };
        (concurrency, rest + recorded.run(limits).0)
    };
    let name = |(ix, ms): (ProjectIx, u64)| (recorded.tasks[ix.0].planned.name.clone(), ms);
    Replay {
        critical_path: critical_path.into_iter().map(name).collect(),
        with_concurrency: others.into_iter().map(with).collect(),
    }
}

/// A run whose durations are known.
struct Simulation {
    tasks: Vec<Task>,
    works: Vec<Work>,
    waves: Vec<Wave>,
}

/// How long a project was busy, in milliseconds.
struct Work {
    bundling: u64,
    /// With a slot, and then without one before it needs the next one.
    slots: Vec<(u64, u64)>,
    outcome: Outcome,
}

/// What ends after some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Step {
    Bundling,
    /// The turn with this number.
    Slot(usize),
    Pause(usize),
}

/// The end of a step.
type End = (ProjectIx, Step);

/// The end that each step waited for, and how long the step took.
type Causes = HashMap<End, (Option<End>, u64)>;

impl Simulation {
    fn of(report: &Report, timeline: &Timeline) -> Self {
        let lanes = timeline.lanes.iter().enumerate();
        let places: HashMap<&str, usize> = lanes.map(|(ix, it)| (&*it.project.name, ix)).collect();
        let is_preview = report.operation == Operation::Preview;
        let task = |(ix, lane): (usize, &Lane)| {
            let mut planned = lane.project.clone();
            planned.logical_id = (!lane.is_directory).then(|| ix.to_string());
            planned.policy = PATIENT;
            let depends_on = planned.depends_on.iter().filter(|_| !is_preview);
            let place = |name: &String| places.get(&**name).copied().map(ProjectIx);
            Task {
                depends_on: depends_on.filter_map(place).collect(),
                undeployed: vec![],
                to_bundle: lane.is_directory,
                ahead: true,
                hooks: Hooks::default(),
                max_deletes: None,
                resumption: Resumption::default(),
                planned,
            }
        };
        let last = timeline.lanes.iter().map(|it| it.project.wave).max();
        let soaks = timeline.soaks.iter().copied().chain(std::iter::repeat(0));
        let wave = |soak| Wave {
            soak: Duration::from_millis(soak),
            ..Wave::LENIENT
        };
        // Rows and lanes are in the manifest's order.
        let outcomes = report.projects.iter().map(ProjectReport::outcome);
        let works = timeline.lanes.iter().zip(outcomes);
        let works = works.map(|(lane, outcome)| Work::of(lane, outcome, timeline));
        Self {
            tasks: timeline.lanes.iter().enumerate().map(task).collect(),
            works: works.collect(),
            waves: soaks.take(last.unwrap_or(0)).map(wave).collect(),
        }
    }

    /// How long the projects take with these limits, and which of them decide that.
    fn run(&self, limits: Limits) -> (u64, Vec<(ProjectIx, u64)>) {
        let limits = Limits {
            timeout: None,
            ..limits
        };
        let mut run = Run::new(Setup {
            run: RunId("".into()),
            started_at: Timestamp(0),
            operation: Operation::Deploy,
            manifest: String::new(),
            api_url: String::new(),
            tasks: self.tasks.clone(),
            limits,
            budget: Budget::default(),
            waves: self.waves.clone(),
            hooks: Hooks::default(),
            approval: Approval::default(),
            invocation: Invocation::default(),
            shard: None,
            earlier: vec![],
        });
        let mut ends = BinaryHeap::new();
        let mut causes = Causes::new();
        let mut turns = vec![0; self.tasks.len()];
        let (mut now, mut last) = (0, None);
        let mut inputs = vec![Input::Began];
        loop {
            while let Some(input) = inputs.pop() {
                for output in run.handle(input, Duration::from_millis(now), &mut || 0.0) {
                    let Output::Send(project, command) = output else {
                        continue;
                    };
                    let (work, turn) = (&self.works[project.0], &mut turns[project.0]);
                    let (takes, step) = match command {
                        deployment::Input::BuildBundle { .. } => (work.bundling, Step::Bundling),
                        deployment::Input::AwaitCompletion { .. } => {
                            *turn += 1;
                            (work.slots[*turn - 1].1, Step::Pause(*turn))
                        }
                        deployment::Input::Cancel { .. } => {
                            let skipped = Box::new(Outcome::new(ProjectResult::Skipped));
                            inputs.push(Input::Project(project, Update::Finished(skipped)));
                            continue;
                        }
                        _ => (
                            work.slots.get(*turn).map_or(0, |it| it.0),
                            Step::Slot(*turn),
                        ),
                    };
                    causes.entry((project, step)).or_insert((last, takes));
                    ends.push(Reverse((now + takes, project, step)));
                }
            }
            let next_end = ends.peek().map(|Reverse((at, ..))| *at);
            let wake = run.next_wake().filter(|it| *it < NEVER).map(millis);
            if let Some(wake) = wake.filter(|wake| next_end.is_none_or(|at| *wake < at))
                && !run.is_finished
            {
                now = wake;
                inputs.push(Input::Tick);
            } else if let Some(Reverse((at, project, step))) = ends.pop()
                && !run.is_finished
            {
                (now, last) = (at, Some((project, step)));
                inputs.push(Input::Project(project, self.update(project, step)));
            } else {
                return (now, path(last, &causes));
            }
        }
    }

    /// What a project reports at the end of a step.
    fn update(&self, ProjectIx(ix): ProjectIx, step: Step) -> Update {
        let work = &self.works[ix];
        let is_failure = !work.outcome.result.is_success();
        match step {
            Step::Bundling if !work.slots.is_empty() || !is_failure => {
                Update::Event(Event::Bundled(Bundled {
                    logical_id: ix.to_string(),
                    ..Bundled::default()
                }))
            }
            Step::Slot(turn) if turn + 1 < work.slots.len() => {
                Update::Conflict { blocker: "".into() }
            }
            Step::Bundling | Step::Slot(_) => Update::Finished(Box::new(work.outcome.clone())),
            // The pause is over: the next upload needs no other delay.
            Step::Pause(_) => Update::SubmitFailed {
                failure: Failure {
                    outage: Some(Outage::Pause),
                    ..Failure::new(FailureKind::Busy, None)
                },
                failures: 1,
            },
        }
    }
}

impl Work {
    /// Nothing was done for the project.
    fn is_none(&self) -> bool {
        self.bundling == 0 && self.slots.is_empty()
    }

    fn of_success(takes: ExpectedDurations) -> Self {
        Self {
            bundling: takes.bundling,
            slots: vec![(takes.deploying, 0)],
            outcome: Outcome::new(ProjectResult::Succeeded),
        }
    }

    /// After the preview, if there was one.
    fn of(lane: &Lane, outcome: Outcome, timeline: &Timeline) -> Self {
        let mut work = Self {
            bundling: 0,
            slots: vec![],
            outcome,
        };
        let mut is_paused = true;
        let is_preview = |from| timeline.previewed_at.is_some_and(|at| from < at);
        let segments = lane.segments.iter();
        for segment in segments.filter(|it| !is_preview(it.from)) {
            match segment.activity {
                Activity::Queued | Activity::Ended => {}
                Activity::Bundling if lane.is_directory => work.bundling += segment.millis(),
                // Before the first slot, it is part of the queue.
                Activity::Waiting
                | Activity::Backoff
                | Activity::RateLimited
                | Activity::Unavailable => {
                    is_paused = true;
                    if let Some((_, pause)) = work.slots.last_mut() {
                        *pause += segment.millis();
                    }
                }
                Activity::Bundling
                | Activity::Previewing
                | Activity::Deploying
                | Activity::Hook => {
                    if std::mem::take(&mut is_paused) {
                        work.slots.push((0, 0));
                    }
                    if let Some((busy, _)) = work.slots.last_mut() {
                        *busy += segment.millis();
                    }
                }
            }
        }
        // It ended while it was waiting.
        if work.slots.last().is_some_and(|(_, pause)| *pause > 0) {
            work.slots.push((0, 0));
        }
        work
    }
}

/// The projects from the first one to the last, and how long each was busy; steps of one project in a row are one.
fn path(last: Option<End>, causes: &Causes) -> Vec<(ProjectIx, u64)> {
    let mut path: Vec<(ProjectIx, u64)> = vec![];
    let mut next = last;
    while let Some(end) = next
        && let Some((cause, takes)) = causes.get(&end)
    {
        match path.last_mut() {
            Some((project, busy)) if *project == end.0 => *busy += takes,
            _ => path.push((end.0, *takes)),
        }
        next = *cause;
    }
    path.reverse();
    path
}
