//! One deployment (or deletion): its timeline, its effect, and its state at a moment.

use super::super::script::{OnCancel, Span};
use super::outcome::{End, Failure, Outcome};
use super::project::{Applied, Deployed, Submission, deploy, removal};
use super::resource::{Ids, Resource};
use super::timeline::{Status, Timeline};
use std::rc::Rc;
use std::time::Duration;

/// A deployment from its acceptance on.
#[derive(Debug)]
pub(super) struct Deployment {
    pub(super) id: String,
    life: Timeline,
    end: End,
    on_cancel: OnCancel,
    /// Its effect; `None` once applied or cancelled.
    work: Option<Work>,
    result: Option<Rc<Applied>>,
}

/// The effect of a deployment at its end.
#[derive(Debug)]
pub(super) enum Work {
    /// Deploys the submission.
    Deploy(Submission),
    /// Deletes the project.
    Delete {
        /// Preserves its resources.
        preserve: bool,
    },
}

/// It may not be cancelled.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Refused;

/// One deployment at one moment.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Snapshot {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) status: Status,
    /// Percent.
    pub(in crate::sandbox) progress: u32,
    /// Of a successful one.
    pub(in crate::sandbox) result: Option<Rc<Applied>>,
    /// Of a failed one.
    pub(in crate::sandbox) error: Option<Failure>,
    pub(in crate::sandbox) created: Duration,
    pub(in crate::sandbox) started: Option<Duration>,
    pub(in crate::sandbox) ended: Option<Duration>,
    pub(in crate::sandbox) cancel_requested: Option<Duration>,
    /// When status or progress next changes on its own.
    pub(in crate::sandbox) next_change: Option<Duration>,
}

impl Deployment {
    /// Accepted at `created`, not applied yet.
    pub(super) fn new(id: String, created: Duration, outcome: Outcome, work: Work) -> Self {
        Self {
            id,
            life: Timeline::new(created, &outcome),
            end: outcome.end,
            on_cancel: outcome.on_cancel,
            work: Some(work),
            result: None,
        }
    }

    /// Whether it still holds its project.
    pub(super) fn is_running(&self, now: Duration) -> bool {
        !self.life.status(now).is_final()
    }

    /// Cancels it after `grace`, unless its outcome says otherwise; a final one does not change.
    pub(super) fn cancel(&mut self, now: Duration, grace: Duration) -> Result<(), Refused> {
        let grace = match self.on_cancel {
            OnCancel::Obey => Some(grace),
            OnCancel::After(Span(grace)) => Some(grace),
            OnCancel::Ignore => None,
            OnCancel::Refuse => return Err(Refused),
        };
        self.life.cancel(now, grace);
        Ok(())
    }

    /// Whether it no longer exists.
    pub(super) fn is_forgotten(&self, now: Duration) -> bool {
        self.end == End::Vanish && self.life.ended_on_its_own(now)
    }

    /// When a newer one took its place, and the outcome of that: returned once.
    pub(super) fn successor(&mut self, now: Duration) -> Option<(Duration, Outcome)> {
        let at = self.life.ended_at(now)?;
        if !self.life.ended_on_its_own(now) {
            return None;
        }
        match std::mem::take(&mut self.end) {
            End::GiveWay { to, .. } => Some((at, *to)),
            other => {
                self.end = other;
                None
            }
        }
    }

    /// Applies its effect once, if it succeeded by `now`. Returns preserved resources.
    pub(super) fn settle(
        &mut self,
        slot: &mut Option<Deployed>,
        logical_id: &str,
        ids: &mut Ids,
        now: Duration,
    ) -> Vec<Resource> {
        let Some(end) = self.life.ended_at(now) else {
            return Vec::new();
        };
        let succeeded = self.life.status(now) == Status::Succeeded;
        let Some(work) = self.work.take().filter(|_| succeeded) else {
            return Vec::new();
        };
        let (applied, detached) = match work {
            Work::Deploy(submission) => deploy(slot, logical_id, &submission, ids, end),
            Work::Delete { preserve } => {
                let Some(gone) = slot.take() else {
                    return Vec::new();
                };
                let applied = removal(&gone, preserve);
                let left = gone.resources.into_values().filter(|_| preserve);
                (applied, left.collect())
            }
        };
        self.result = Some(Rc::new(applied));
        detached
    }

    /// Its state at `now`.
    pub(super) fn at(&self, now: Duration) -> Snapshot {
        Snapshot {
            id: self.id.clone(),
            status: self.life.status(now),
            progress: self.life.progress(now),
            result: self.result.clone(),
            error: self.error(now),
            created: self.life.created_at(),
            started: self.life.started_at(now),
            ended: self.life.ended_at(now),
            cancel_requested: self.life.cancel_requested_at(now),
            next_change: self.life.next_change(now),
        }
    }

    fn error(&self, now: Duration) -> Option<Failure> {
        match &self.end {
            _ if self.life.status(now) != Status::Failed => None,
            End::Fail { error, .. } => Some(error.clone()),
            End::Stall { .. } => Some(Failure::internal(
                "The deployment made no progress and was terminated.",
            )),
            End::Succeed | End::GiveWay { .. } | End::Vanish => None,
        }
    }
}
