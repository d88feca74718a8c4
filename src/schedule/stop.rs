//! What stops a project early: failures of others, time limits, and signals.

use super::node::Standing;
use super::timers::Timer;
use super::{CANCEL_GRACE, InterruptStep, Order, Schedule};
use crate::model::{CancelCause, ProjectIx};
use std::time::Duration;

impl Schedule {
    /// Starts nothing new; what is on the server is followed to its end.
    pub(super) fn close(&mut self, cause: &CancelCause, now: Duration, orders: &mut Vec<Order>) {
        self.closed = Some(cause.clone());
        for ix in 0..self.nodes.len() {
            if self.nodes[ix].is_startable() {
                self.cancel(ProjectIx(ix), cause.clone(), false, now, orders);
            }
        }
    }

    pub(super) fn interrupt(&mut self, now: Duration, orders: &mut Vec<Order>) {
        let step = self.ladder.climb();
        orders.push(Order::ReportInterrupt { step });
        self.close(&CancelCause::Interrupt, now, orders);
        match step {
            InterruptStep::Drain => {}
            InterruptStep::Cancel => self.cancel_all(&CancelCause::Interrupt, false, now, orders),
            InterruptStep::Detach => self.cancel_all(&CancelCause::Interrupt, true, now, orders),
        }
    }

    fn cancel_all(
        &mut self,
        cause: &CancelCause,
        force: bool,
        now: Duration,
        orders: &mut Vec<Order>,
    ) {
        for ix in 0..self.nodes.len() {
            if self.nodes[ix].standing != Standing::Ended {
                self.cancel(ProjectIx(ix), cause.clone(), force, now, orders);
            }
        }
    }

    pub(super) fn cancel(
        &mut self,
        project: ProjectIx,
        cause: CancelCause,
        force: bool,
        now: Duration,
        orders: &mut Vec<Order>,
    ) {
        self.ready.remove(&self.nodes[project.0], project);
        self.bundling.withdraw(project);
        let node = self.node(project);
        if node.cancelled.is_some() && !force {
            // A hook may still be running, and time limits do not wait for it.
            if node.hook {
                orders.push(Order::Cancel {
                    project,
                    cause,
                    force,
                });
            }
            return;
        }
        node.cancelled = Some(cause.clone());
        if !force {
            self.timers
                .add(now.saturating_add(CANCEL_GRACE), Timer::Grace(project));
        }
        orders.push(Order::Cancel {
            project,
            cause,
            force,
        });
    }

    pub(super) fn fire_timers(&mut self, now: Duration, orders: &mut Vec<Order>) {
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::Pause(project) => {
                    if self.node(project).pause_is_over(now) {
                        self.make_ready(project);
                    }
                }
                Timer::Deadline(project) => {
                    let node = self.node(project);
                    if node.standing == Standing::Waiting && node.deadline_is_over(now) {
                        self.cancel(project, CancelCause::ConflictDeadline, false, now, orders);
                    }
                }
                Timer::Project(project) => {
                    if self.node(project).standing != Standing::Ended {
                        self.cancel(project, CancelCause::ProjectTimeout, false, now, orders);
                    }
                }
                Timer::Grace(project) => {
                    let node = self.node(project);
                    // The grace period is for the server. A hook has its own time limit and comes last.
                    let is_awaited = node.standing != Standing::Ended && !node.hook;
                    if let (Some(cause), true) = (node.cancelled.clone(), is_awaited) {
                        self.cancel(project, cause, true, now, orders);
                    }
                }
                Timer::Wave => self.turn(orders),
                Timer::Run => {
                    self.closed = Some(CancelCause::RunTimeout);
                    self.timed_out = true;
                    self.cancel_all(&CancelCause::RunTimeout, false, now, orders);
                }
            }
        }
    }
}
