//! What stops a project early: failures of others, time limits, and signals.

use super::node::Standing;
use super::timers::Timer;
use super::{CANCEL_GRACE, Input, ONE_PRESS, Output, Run, Stage};
use crate::machine::deployment;
use crate::model::{CancelCause, Event, OnInterrupt, ProjectIx, Reason, Signal};

impl Run {
    /// Starts nothing new; what is on the server is followed to its end.
    pub(super) fn close(&mut self, reason: Reason) {
        self.closed = Some(reason);
        for ix in 0..self.nodes.len() {
            if self.nodes[ix].is_startable() {
                self.cancel(ProjectIx(ix), reason);
            }
        }
    }

    /// The API has refused the key of a project's account: it would refuse it for the others, too.
    pub(super) fn close_account(&mut self, refused: ProjectIx) {
        let cause = CancelCause::of(Reason::KeyRefused, self.name(refused));
        let account = self.nodes[refused.0].task.planned.account.clone();
        for ix in 0..self.nodes.len() {
            let node = &self.nodes[ix];
            if node.task.planned.account == account && node.is_startable() {
                self.cancel(ProjectIx(ix), cause.clone());
            }
        }
    }

    /// Whether the input is a signal that belongs to the previous one.
    pub(super) fn is_same_press(&mut self, input: &Input) -> bool {
        let Input::Interrupt(signal) = *input else {
            return false;
        };
        let is_same = self
            .last_signal
            .is_some_and(|(last, at)| last == signal && self.now.saturating_sub(at) < ONE_PRESS);
        if !is_same {
            self.last_signal = Some((signal, self.now));
        }
        is_same
    }

    /// Every further signal is handled more forcefully.
    pub(super) fn interrupt(&mut self, signal: Signal) {
        if self.stage == Stage::Asking {
            self.outputs.push(Output::StopAsking);
            return self.refuse(Reason::Interrupted, vec![], Some(signal.exit_code()));
        }
        let (nth, level) = self.signals;
        self.signals = (nth + 1, level.next_level());
        let in_flight = (0..self.nodes.len()).map(ProjectIx).filter(|ix| {
            let node = &self.nodes[ix.0];
            node.standing == Standing::Sent && node.hook.is_none()
        });
        let awaiting = in_flight.map(|ix| self.name(ix).to_owned()).collect();
        let interrupted = Event::RunInterrupted {
            signal,
            nth: nth + 1,
            step: level,
            awaiting,
            hooks: self.awaited_hooks(),
        };
        self.emit(None, interrupted);
        self.stop_hooks(level);
        self.close(Reason::Interrupted);
        match level {
            OnInterrupt::Drain => {}
            OnInterrupt::Cancel => self.cancel_all(Reason::Interrupted, false),
            OnInterrupt::Detach => self.cancel_all(Reason::Interrupted, true),
        }
    }

    fn cancel_all(&mut self, reason: Reason, force: bool) {
        for ix in 0..self.nodes.len() {
            let standing = self.nodes[ix].standing;
            if !matches!(standing, Standing::Previewed | Standing::Ended) {
                self.cancel_with(ProjectIx(ix), reason.into(), force);
            }
        }
    }

    pub(super) fn cancel(&mut self, project: ProjectIx, cause: impl Into<CancelCause>) {
        self.cancel_with(project, cause.into(), false);
    }

    fn cancel_with(&mut self, project: ProjectIx, cause: CancelCause, force: bool) {
        self.ready.remove(&self.nodes[project.0], project);
        self.bundling.withdraw(project);
        let node = self.node(project);
        if node.cancelled.is_some() && !force {
            // A hook may still be running, and time limits do not wait for it.
            if node.hook.is_some() {
                self.send(project, deployment::Input::Cancel { cause, force });
            }
            return;
        }
        node.cancelled = Some(cause.clone());
        if !force {
            self.set_grace(project);
        }
        self.send(project, deployment::Input::Cancel { cause, force });
    }

    /// Counts the time that the server has to confirm a cancel from now.
    pub(super) fn set_grace(&mut self, project: ProjectIx) {
        let until = self.now.saturating_add(CANCEL_GRACE);
        self.node(project).grace = until;
        self.timers.add(until, Timer::Grace(project));
    }

    pub(super) fn fire_timers(&mut self) {
        while let Some(timer) = self.timers.pop_due(self.now) {
            let now = self.now;
            match timer {
                Timer::Pause(project) => {
                    if self.node(project).pause_is_over(now) {
                        self.make_ready(project);
                    }
                }
                Timer::Deadline(project) => {
                    let node = self.node(project);
                    if node.standing == Standing::Waiting && node.deadline_is_over(now) {
                        self.cancel(project, Reason::ConflictDeadline);
                    }
                }
                Timer::Project(project) => {
                    let standing = self.node(project).standing;
                    if !matches!(standing, Standing::Previewed | Standing::Ended) {
                        self.cancel(project, Reason::ProjectTimeout);
                    }
                }
                Timer::Grace(project) => {
                    let node = self.node(project);
                    // The grace period is for the server. A hook has its own time limit and comes last.
                    let is_awaited = node.standing != Standing::Ended
                        && node.hook.is_none()
                        && node.grace <= now;
                    if let (Some(cause), true) = (node.cancelled.clone(), is_awaited) {
                        self.cancel_with(project, cause, true);
                    }
                }
                Timer::Wave => self.turn(),
                Timer::Run => {
                    self.closed = Some(Reason::RunTimeout);
                    self.timed_out = true;
                    self.emit(None, Event::RunTimedOut);
                    self.cancel_all(Reason::RunTimeout, false);
                }
            }
        }
    }
}
