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
    pub(super) fn conflict(&mut self, project: ProjectIx, blocker: DeploymentId) {
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
            deployment_id: Some(blocker),
            policy,
        };
        self.emit(Some(project), conflict);
        if let Some(cause) = self.closed.clone() {
            self.cancel(project, cause);
        } else if policy == OnConflict::Fail {
            self.cancel(project, CancelCause::ConflictPolicy);
        } else if until <= now {
            self.cancel(project, CancelCause::ConflictDeadline);
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
        self.retry(
            project,
            delay,
            "the blocking deployment has finished".to_owned(),
            true,
        );
    }

    pub(super) fn retry_after_failure(
        &mut self,
        project: ProjectIx,
        failure: Failure,
        failures: u32,
        rng: Rng<'_>,
    ) {
        let now = self.now;
        let run_timeout = self.limits.timeout;
        let node = self.node(project);
        node.failure = Some(failure.error.clone());
        let retries = &node.policy.retries;
        let delay = match failure.error.http_status {
            _ if failure.outage.is_some() => Duration::ZERO,
            Some(409) => backoff::after_refusal(failures, rng()),
            _ => backoff::after_failure(retries, failures, failure.retry_after, rng()),
        };
        // The next attempt must come while it still has time.
        let ends = [Some(node.ends), run_timeout].into_iter().flatten().min();
        let left = ends.map_or(delay, |ends| ends.saturating_sub(now));
        let is_too_late = failure.retry_after.is_some_and(|wait| {
            failure.outage.is_none() && (wait > left || wait > node.policy.outage_limit(false))
        });
        if is_too_late && node.cancelled.is_none() {
            self.free_slot(project);
            self.node(project).standing = Standing::Waiting;
            return self.send(project, Input::GiveUp(failure));
        }
        self.retry(
            project,
            delay,
            failure.error.message,
            failure.outage.is_none(),
        );
    }

    /// An outage has its own events.
    fn retry(&mut self, project: ProjectIx, delay: Duration, cause: String, is_told: bool) {
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
        if is_told {
            self.emit(Some(project), retrying);
        }
    }
}
