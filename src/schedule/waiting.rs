//! Projects that wait for a blocker or a delay.

use super::node::Standing;
use super::timers::Timer;
use super::{Order, Schedule};
use crate::backoff;
use crate::model::{CancelCause, DeploymentId, OnConflict, ProjectIx, RetryAfter};
use std::time::Duration;

impl Schedule {
    pub(super) fn conflict(
        &mut self,
        project: ProjectIx,
        blocker: Option<DeploymentId>,
        now: Duration,
        dice: &mut dyn FnMut() -> f64,
        orders: &mut Vec<Order>,
    ) {
        self.free_slot(project);
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
        orders.push(Order::ReportConflict {
            project,
            blocker: blocker.clone(),
            policy,
        });
        if let Some(cause) = self.closed.clone() {
            self.cancel(project, cause, false, now, orders);
        } else if policy == OnConflict::Fail {
            self.cancel(project, CancelCause::ConflictPolicy, false, now, orders);
        } else if until <= now {
            self.cancel(project, CancelCause::ConflictDeadline, false, now, orders);
        } else if let Some(blocker) = blocker {
            self.timers.add(until, Timer::Deadline(project));
            orders.push(match policy {
                OnConflict::Cancel => Order::CancelBlocker {
                    project,
                    blocker,
                    until,
                },
                _ => Order::AwaitCompletion {
                    project,
                    blocker,
                    until,
                },
            });
        } else {
            // No blocker is named: retry after a delay.
            self.retrying(project, RetryAfter::Conflict, now, dice, orders);
        }
    }

    pub(super) fn retrying(
        &mut self,
        project: ProjectIx,
        after: RetryAfter,
        now: Duration,
        dice: &mut dyn FnMut() -> f64,
        orders: &mut Vec<Order>,
    ) {
        self.free_slot(project);
        let closed = self.closed.clone();
        let node = self.node(project);
        node.standing = Standing::Waiting;
        if node.cancelled.is_some() {
            return;
        }
        if let Some(cause) = closed {
            return self.cancel(project, cause, false, now, orders);
        }
        let (delay, cause) = match after {
            RetryAfter::Conflict => {
                let pause = backoff::after_conflict(node.conflicts, dice());
                // The last upload is sent at the deadline, not up to a delay later.
                let left = node.deadline.map(|deadline| deadline.saturating_sub(now));
                (
                    left.map_or(pause, |left| pause.min(left)),
                    "the blocking deployment has finished".to_owned(),
                )
            }
            RetryAfter::Failure { failure, failures } => (
                backoff::after_failure(&node.policy.retries, failures, failure.retry_after, dice()),
                failure.error.message,
            ),
        };
        let until = now.saturating_add(delay);
        node.standing = Standing::Pausing { until };
        self.timers.add(until, Timer::Pause(project));
        orders.push(Order::ReportRetry {
            project,
            delay,
            cause,
        });
    }
}
