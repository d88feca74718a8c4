//! Projects that wait for a blocker or a delay.

use super::Run;
use super::node::Standing;
use super::timers::Timer;
use crate::backoff;
use crate::machine::deployment::{Input, Rng, delay_after};
use crate::model::{DeploymentId, Event, Failure, OnConflict, Outage, ProjectIx, Reason, millis};
use std::time::Duration;

impl Run {
    /// Decides what a conflict leads to. The conflict deadline runs from the first conflict to the next acceptance.
    pub(super) fn conflict(&mut self, project: ProjectIx, blocker: DeploymentId) {
        self.free_slot(project);
        let now = self.now;
        let node = self.node(project);
        node.standing = Standing::Waiting;
        if node.cancelled.is_some() {
            return;
        }
        node.conflicts += 1;
        let policy = node.task.planned.policy.on_conflict;
        let until = *node
            .deadline
            .get_or_insert(now.saturating_add(node.task.planned.policy.conflict_deadline));
        let conflict = Event::Conflict {
            deployment_id: blocker,
            policy,
        };
        self.emit(Some(project), conflict);
        if let Some(reason) = self.closed {
            self.cancel(project, reason);
        } else if policy == OnConflict::Fail {
            self.cancel(project, Reason::ConflictPolicy);
        } else if until <= now {
            self.cancel(project, Reason::ConflictDeadline);
        } else {
            self.timers.add(until, Timer::Deadline(project));
            let decision = match policy {
                OnConflict::Cancel => Input::CancelBlocker { until },
                OnConflict::Wait | OnConflict::Fail => Input::AwaitCompletion { until },
            };
            self.send(project, decision);
        }
    }

    pub(super) fn retry_after_conflict(&mut self, project: ProjectIx, rng: Rng<'_>) {
        let now = self.now;
        let node = self.node(project);
        let delay = backoff::after_conflict(node.conflicts, rng());
        // The last upload is sent at the deadline, not up to a delay later.
        let left = node.deadline.map(|deadline| deadline.saturating_sub(now));
        let delay = left.map_or(delay, |left| delay.min(left));
        let cause = "the blocking deployment has finished".to_owned();
        self.retry(project, delay, Some(cause));
    }

    pub(super) fn retry_after_failure(
        &mut self,
        project: ProjectIx,
        failure: Failure,
        failures: u32,
        rng: Rng<'_>,
    ) {
        let node = self.node(project);
        node.failure = Some(failure.error.clone());
        let delay = delay_after(&node.task.planned.policy.retries, &failure, failures, rng);
        let is_cancelled = node.cancelled.is_some();
        let is_pause = failure.outage == Some(Outage::Pause);
        if !is_pause && !is_cancelled && self.is_too_late(project, &failure) {
            self.free_slot(project);
            self.node(project).standing = Standing::Waiting;
            return self.send(project, Input::GiveUp(failure));
        }
        // An outage has its own events.
        let cause = (!is_pause).then_some(failure.error.message);
        self.retry(project, delay, cause);
    }

    /// Whether the server asks for a delay after which no time is left.
    fn is_too_late(&self, project: ProjectIx, failure: &Failure) -> bool {
        let Some(wait) = failure.retry_after else {
            return false;
        };
        let limits = [Timer::Project(project), Timer::Run];
        let mut ends = limits.into_iter().filter_map(|it| self.timers.when(it));
        let policy = &self.nodes[project.0].task.planned.policy;
        let limit = policy.outage_limit(false);
        wait > limit || ends.any(|end| self.now.saturating_add(wait) > end)
    }

    fn retry(&mut self, project: ProjectIx, delay: Duration, cause: Option<String>) {
        self.free_slot(project);
        let until = self.now.saturating_add(delay);
        let closed = self.closed;
        let node = self.node(project);
        node.standing = Standing::Waiting;
        if node.cancelled.is_some() {
            return;
        }
        if let Some(reason) = closed {
            return self.cancel(project, reason);
        }
        node.standing = Standing::Pausing { until };
        let attempt = node.attempts + 1;
        self.timers.add(until, Timer::Pause(project));
        if let Some(cause) = cause {
            let retrying = Event::Retrying {
                attempt,
                delay_ms: millis(delay),
                cause,
            };
            self.emit(Some(project), retrying);
        }
    }
}
