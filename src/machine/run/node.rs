//! The state of one project in the run.

use super::Task;
use crate::model::{
    CancelCause, DeploymentId, ErrorInfo, ExpectedDurations, Hook, Outcome, ProjectIx, Reason,
    Resumption,
};
use std::time::Duration;

/// A project's stage in the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// A dependency has not ended.
    Blocked,
    /// Starts as soon as a slot is free.
    Ready,
    /// Holds a slot; nothing has been sent in this attempt.
    Started,
    /// Holds a slot; the server may have a deployment of it.
    Sent,
    /// Waits for another deployment, or for the end of its own. No slot.
    Waiting,
    /// Waits until then to submit again. No slot.
    Pausing { until: Duration },
    /// Needs nothing more from the preview before the deployment.
    Previewed,
    /// Has ended.
    Ended,
}

#[derive(Debug)]
pub(super) struct Node {
    /// With the project's name in the account, once it is known.
    pub(super) task: Task,
    pub(super) rank: Rank,
    /// Dependencies that have not succeeded yet.
    pub(super) blocked_by: usize,
    pub(super) dependents: Vec<ProjectIx>,
    pub(super) standing: Standing,
    /// Its deployment, once the server has accepted one, also in an earlier process of the run.
    pub(super) accepted: Option<DeploymentId>,
    /// Its actor has panicked.
    pub(super) is_crashed: bool,
    /// Its running hook, and when it started; nothing is expected of the server meanwhile.
    pub(super) hook: Option<(Hook, Duration)>,
    /// Uploads so far.
    pub(super) attempts: u32,
    /// What the preview before the deployment found.
    pub(super) previewed: Option<Outcome>,
    /// It could not be bundled for the preview, since its dependencies are not deployed.
    pub(super) is_deferred: bool,
    /// Why the last bundling or upload failed; cleared when one succeeds.
    pub(super) failure: Option<ErrorInfo>,
    /// It had a slot before: the next one is a retry.
    pub(super) started: bool,
    /// Conflicts in a row, for the delay after them.
    pub(super) conflicts: u32,
    /// When waiting for other deployments ends; set by the first conflict.
    pub(super) deadline: Option<Duration>,
    /// It was cancelled, with the cause.
    pub(super) cancelled: Option<CancelCause>,
    /// Until when the server may confirm that.
    pub(super) grace: Duration,
    /// The project that caused this one to be skipped.
    pub(super) culprit: Option<String>,
}

impl Node {
    /// Not on the server and not cancelled.
    pub(super) fn is_startable(&self) -> bool {
        self.cancelled.is_none()
            && !matches!(
                self.standing,
                Standing::Sent | Standing::Previewed | Standing::Ended
            )
    }

    /// It has begun, and has not ended.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(
            self.standing,
            Standing::Started | Standing::Sent | Standing::Waiting | Standing::Pausing { .. }
        )
    }

    /// Not merely cancelled by a signal, a limit of the run, or another project.
    pub(super) fn is_own_fault(&self) -> bool {
        let is_own = |cause: &CancelCause| {
            !matches!(
                cause.reason,
                Reason::Interrupted
                    | Reason::FailFast
                    | Reason::MaxFail
                    | Reason::WaveFailed
                    | Reason::RunPreHook
                    | Reason::DependencyFailed
                    | Reason::KeyRefused
                    | Reason::NotSelected
                    | Reason::DependencyNotDeployed
                    | Reason::RunTimeout
            )
        };
        self.cancelled.as_ref().is_none_or(is_own)
    }

    pub(super) fn forget_conflicts(&mut self) {
        self.conflicts = 0;
        self.deadline = None;
    }

    pub(super) fn pause_is_over(&self, now: Duration) -> bool {
        self.cancelled.is_none()
            && matches!(self.standing, Standing::Pausing { until } if until <= now)
    }

    pub(super) fn deadline_is_over(&self, now: Duration) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }
}

pub(super) fn build(tasks: Vec<Task>) -> Vec<Node> {
    let mut dependents = vec![vec![]; tasks.len()];
    for (ix, task) in tasks.iter().enumerate() {
        for dependency in &task.depends_on {
            dependents[dependency.0].push(ProjectIx(ix));
        }
    }
    let ranks = ranks(&tasks);
    let is_over: Vec<bool> = tasks.iter().map(Task::is_over).collect();
    let node = |((task, rank), dependents): ((Task, Rank), Vec<ProjectIx>)| Node {
        rank,
        blocked_by: task.depends_on.iter().filter(|it| !is_over[it.0]).count(),
        dependents,
        standing: match task.resumption {
            Resumption::Skip => Standing::Ended,
            _ => Standing::Blocked,
        },
        accepted: match &task.resumption {
            Resumption::Follow { deployment_id } => Some(deployment_id.clone()),
            _ => None,
        },
        task,
        is_crashed: false,
        hook: None,
        attempts: 0,
        failure: None,
        previewed: None,
        is_deferred: false,
        started: false,
        conflicts: 0,
        deadline: None,
        cancelled: None,
        grace: Duration::ZERO,
        culprit: None,
    };
    tasks
        .into_iter()
        .zip(ranks)
        .zip(dependents)
        .map(node)
        .collect()
}

/// What decides when a project is started, beside its priority: what ends the run earlier comes first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rank {
    /// The number of projects in the longest chain of dependents.
    pub(super) height: usize,
    /// The highest priority of the project and its dependents.
    pub(super) urgency: i64,
    /// How long it is expected to take, in milliseconds.
    pub(super) expected: ExpectedDurations,
}

/// Repeatedly removes the projects without remaining dependents: dependencies come before dependents.
fn ranks(tasks: &[Task]) -> Vec<Rank> {
    let mut open = vec![0; tasks.len()];
    for dependency in tasks.iter().flat_map(|task| &task.depends_on) {
        open[dependency.0] += 1;
    }
    let known: Vec<_> = tasks.iter().map(|task| task.planned.expected_ms).collect();
    let expected = or_average(&known).into_iter();
    let rank = |(task, expected): (&Task, ExpectedDurations)| Rank {
        height: 0,
        urgency: task.planned.priority,
        expected,
    };
    let mut ranks: Vec<Rank> = tasks.iter().zip(expected).map(rank).collect();
    let mut leaves: Vec<usize> = (0..tasks.len()).filter(|ix| open[*ix] == 0).collect();
    while let Some(ix) = leaves.pop() {
        for dependency in &tasks[ix].depends_on {
            let (above, below) = (dependency.0, ranks[ix]);
            ranks[above].height = ranks[above].height.max(below.height + 1);
            ranks[above].urgency = ranks[above].urgency.max(below.urgency);
            open[above] -= 1;
            if open[above] == 0 {
                leaves.push(above);
            }
        }
    }
    ranks
}

/// What each project is expected to take; those of which nothing is known, as long as the average of the others.
pub fn or_average(known: &[Option<ExpectedDurations>]) -> Vec<ExpectedDurations> {
    let count = known.iter().flatten().count().max(1) as u64;
    let average = |of: fn(&ExpectedDurations) -> u64| {
        let sum: u64 = known.iter().flatten().map(of).sum();
        sum / count
    };
    let average = ExpectedDurations {
        bundling: average(|it| it.bundling),
        deploying: average(|it| it.deploying),
    };
    known.iter().map(|it| it.unwrap_or(average)).collect()
}
