//! Projects that wait for a blocker or a delay.

use super::Run;
use super::node::Standing;
use super::timers::Timer;
use crate::backoff;
use crate::machine::deployment::{Input, Rng};
use crate::model::{CancelCause, DeploymentId, Event, Failure, OnConflict, ProjectIx, millis};
use std::time::Duration;

impl Run {
    /// Decides what a conflict leads to. The conflict deadline runs from the first conflict to the next acceptance.
    pub(super) fn conflict(
        &mut self,
        project: ProjectIx,
        blocker: Option<&DeploymentId>,
        rng: Rng<'_>,
    ) {
        self.free_slot(project);
        let now = self.now;
        let node = self.node(project);
        node.standing = Standing::Waiting;
        if node.cancelled.is_some() {
            return;
        }
        node.conflicts += 1;
        let policy = node.policy.on_conflict;
        let until = *node
            .deadline
            .get_or_insert(now.saturating_add(node.policy.conflict_deadline));
        let conflict = Event::Conflict {
            deployment_id: blocker.cloned(),
            policy,
        };
        self.emit(Some(project), conflict);
        if let Some(cause) = self.closed.clone() {
            self.cancel(project, cause);
        } else if policy == OnConflict::Fail {
            self.cancel(project, CancelCause::ConflictPolicy);
        } else if until <= now {
            self.cancel(project, CancelCause::ConflictDeadline);
        } else if blocker.is_some() {
            self.timers.add(until, Timer::Deadline(project));
            let decision = match policy {
                OnConflict::Cancel => Input::CancelBlocker { until },
                OnConflict::Wait | OnConflict::Fail => Input::AwaitCompletion { until },
            };
            self.send(project, decision);
        } else {
            // No blocker is named: retry after a delay.
            self.retry_after_conflict(project, rng);
        }
    }

    pub(super) fn retry_after_conflict(&mut self, project: ProjectIx, rng: Rng<'_>) {
        let now = self.now;
        let node = self.node(project);
        let delay = backoff::after_conflict(node.conflicts, rng());
        // The last upload is sent at the deadline, not up to a delay later.
        let left = node.deadline.map(|deadline| deadline.saturating_sub(now));
        let delay = left.map_or(delay, |left| delay.min(left));
        self.retry(
            project,
            delay,
            "the blocking deployment has finished".to_owned(),
        );
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
        let retries = &node.policy.retries;
        let delay = backoff::after_failure(retries, failures, failure.retry_after, rng());
        self.retry(project, delay, failure.error.message);
    }

    fn retry(&mut self, project: ProjectIx, delay: Duration, cause: String) {
        self.free_slot(project);
        let until = self.now.saturating_add(delay);
        let closed = self.closed.clone();
        let node = self.node(project);
        node.standing = Standing::Waiting;
        if node.cancelled.is_some() {
            return;
        }
        if let Some(cause) = closed {
            return self.cancel(project, cause);
        }
        node.standing = Standing::Pausing { until };
        let retrying = Event::Retrying {
            attempt: node.attempts + 1,
            delay_ms: millis(delay),
            cause,
        };
        self.timers.add(until, Timer::Pause(project));
        self.emit(Some(project), retrying);
    }
}
