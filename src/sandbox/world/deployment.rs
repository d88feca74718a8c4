//! One deployment (or deletion): its life, what it does at its end, and how it looks at a moment.

use super::project::{Applied, Deployed, Submission, deploy, removal};
use super::resource::{Held, Ids, Key};
use super::timeline::{Status, Timeline};
use std::rc::Rc;
use std::time::Duration;

/// A deployment from its acceptance on.
#[derive(Debug)]
pub(super) struct Deployment {
    pub(super) id: String,
    pub(super) life: Timeline,
    /// What to do at its end; none once done, or once cancelled.
    work: Option<Work>,
    result: Option<Rc<Applied>>,
}

/// What a deployment does at its end.
#[derive(Debug)]
pub(super) enum Work {
    /// Makes the project what was submitted.
    Deploy(Submission),
    /// Takes the project away.
    Delete {
        /// Its resources stay in the account.
        preserve: bool,
    },
}

/// One deployment at one moment. Times are since the sandbox's start.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Snapshot {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) status: Status,
    /// Percent.
    pub(in crate::sandbox) progress: u32,
    /// Of a successful one.
    pub(in crate::sandbox) result: Option<Rc<Applied>>,
    pub(in crate::sandbox) created: Duration,
    pub(in crate::sandbox) started: Option<Duration>,
    pub(in crate::sandbox) ended: Option<Duration>,
    pub(in crate::sandbox) cancel_requested: Option<Duration>,
    /// When status or progress will next differ, if nobody interferes.
    pub(in crate::sandbox) next_change: Option<Duration>,
}

impl Deployment {
    /// Accepted, with nothing done yet.
    pub(super) fn new(id: String, life: Timeline, work: Work) -> Self {
        Self {
            id,
            life,
            work: Some(work),
            result: None,
        }
    }

    /// Does its work, once, if it succeeded by `now`. Returns what left the project and stays in the account.
    pub(super) fn settle(
        &mut self,
        slot: &mut Option<Deployed>,
        logical_id: &str,
        ids: &mut Ids,
        now: Duration,
    ) -> Vec<(Key, Held)> {
        let Some(end) = self.life.ended_at(now) else {
            return Vec::new();
        };
        let succeeded = self.life.status(now) == Status::Succeeded;
        let Some(work) = self.work.take().filter(|_| succeeded) else {
            return Vec::new();
        };
        let (applied, detached) = match work {
            Work::Deploy(submission) => deploy(slot, logical_id, submission, ids, end),
            Work::Delete { preserve } => {
                let Some(gone) = slot.take() else {
                    return Vec::new();
                };
                let applied = removal(&gone, preserve);
                let left = gone.resources.into_iter().filter(|_| preserve);
                (applied, left.collect())
            }
        };
        self.result = Some(Rc::new(applied));
        detached
    }

    /// How it looks at `now`.
    pub(super) fn at(&self, now: Duration) -> Snapshot {
        Snapshot {
            id: self.id.clone(),
            status: self.life.status(now),
            progress: self.life.progress(now),
            result: self.result.clone(),
            created: self.life.created_at(),
            started: self.life.started_at(now),
            ended: self.life.ended_at(now),
            cancel_requested: self.life.cancel_requested_at(),
            next_change: self.life.next_change(now),
        }
    }
}
