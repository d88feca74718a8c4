//! The row of a project during the run: its state and where its time went.

use crate::model::{
    BundleFacts, ConflictRecord, DeploymentId, DiffCounts, Durations, Event, HookRecord, Operation,
    Outcome, PlannedProject, ProjectReport, ProjectResult, Reason, Resumption, Timestamp,
};

/// The current use of the project's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spending {
    Queued,
    Bundling,
    Waiting,
    Deploying,
    /// Hooks, retry delays, and the rate limit, which no duration counts.
    Nothing,
}

/// An open row.
#[derive(Clone, Debug)]
pub(super) struct Row {
    project: PlannedProject,
    spending: Spending,
    /// Since when.
    since: Timestamp,
    durations: Durations,
    started_at: Option<Timestamp>,
    attempts: u32,
    reconnects: u32,
    conflicts: Vec<ConflictRecord>,
    /// Since when the project has been waiting for the last blocker.
    conflict_since: Option<Timestamp>,
    deployment_id: Option<DeploymentId>,
    hooks: Vec<HookRecord>,
    /// What is left to do if the run ends here.
    left: Resumption,
    /// When the first of the uploads before the current one was sent, if the response to one of them may have been lost.
    unanswered: Option<Timestamp>,
}

impl Row {
    pub(super) fn new(project: &PlannedProject, run_started: Timestamp) -> Self {
        Self {
            project: project.clone(),
            spending: Spending::Queued,
            since: run_started,
            durations: Durations::default(),
            started_at: None,
            attempts: 0,
            reconnects: 0,
            conflicts: Vec::new(),
            conflict_since: None,
            deployment_id: None,
            hooks: Vec::new(),
            left: Resumption::default(),
            unanswered: None,
        }
    }

    /// The project, with what has been found out about it.
    pub(super) fn project(&self) -> &PlannedProject {
        &self.project
    }

    /// The hooks that have ended.
    pub(super) fn hooks(&self) -> &[HookRecord] {
        &self.hooks
    }

    /// The preview is over: what follows is the deployment.
    pub(super) fn restart(&mut self, at: Timestamp) {
        self.turn_to(Spending::Queued, at);
        self.started_at = None;
        (self.attempts, self.reconnects) = (0, 0);
        (self.conflicts, self.conflict_since) = (vec![], None);
        self.left = Resumption::default();
    }

    /// Its run is resumed. Its uploads and conflicts are those of the whole run.
    pub(super) fn resume(&mut self, at: Timestamp, left: &Resumption) {
        match left {
            Resumption::Skip => {}
            Resumption::Start { .. } | Resumption::Leave => {
                self.end_conflict(at);
                self.since = at;
                self.spending = Spending::Queued;
                (self.deployment_id, self.hooks) = (None, vec![]);
            }
            Resumption::Follow { deployment_id } => {
                self.end_conflict(at);
                self.since = at;
                self.spending = Spending::Deploying;
                self.deployment_id = Some(deployment_id.clone());
                // Those after the deployment run again.
                self.hooks.retain(|record| record.hook.is_before());
            }
        }
        self.left = match left {
            Resumption::Leave => Resumption::default(),
            left => left.clone(),
        };
    }

    /// What is left to do for the project: if it has ended, with this row.
    pub(super) fn left(&self, ended: Option<&ProjectReport>) -> Resumption {
        match ended.map(|row| (row.result, row.reason)) {
            Some((ProjectResult::Succeeded | ProjectResult::Unchanged, _)) => Resumption::Skip,
            Some((ProjectResult::Unavailable, Some(Reason::DeploymentNotFound))) => {
                Resumption::default()
            }
            // The server knows how it ended, or the response to an upload was lost.
            Some((
                ProjectResult::Detached
                | ProjectResult::Unavailable
                | ProjectResult::Rejected
                | ProjectResult::Crashed,
                _,
            ))
            | None => self.left.clone(),
            Some(_) => Resumption::default(),
        }
    }

    pub(super) fn apply(&mut self, at: Timestamp, operation: Operation, event: &Event) {
        match event {
            Event::Bundled {
                logical_id,
                sha256,
                resources,
                bytes,
                notes,
                ..
            } => {
                self.project.logical_id = Some(logical_id.clone());
                self.project.notes.clone_from(notes);
                // A deletion does not send the bundle.
                self.project.bundle = (operation != Operation::Destroy).then(|| BundleFacts {
                    sha256: sha256.clone(),
                    resources: *resources,
                    bytes: *bytes,
                    gzip_bytes: None,
                });
                self.turn_to(Spending::Queued, at);
            }
            Event::Previewed { .. } => self.turn_to(Spending::Queued, at),
            Event::Identified { logical_id } => {
                self.project.logical_id = Some(logical_id.clone());
            }
            Event::Deferred { .. } => self.turn_to(Spending::Queued, at),
            Event::Bundling { .. } => {
                self.started_at.get_or_insert(at);
                // Bundling again for another upload is part of a wait that is under way.
                if self.spending != Spending::Waiting {
                    self.turn_to(Spending::Bundling, at);
                }
            }
            Event::Submitting { gzip_bytes, .. } | Event::Previewing { gzip_bytes, .. } => {
                self.started_at.get_or_insert(at);
                if let (Some(bundle), Some(_)) = (&mut self.project.bundle, gzip_bytes) {
                    bundle.gzip_bytes = *gzip_bytes;
                }
                // The dry run before an upload is none.
                let is_dry_run = matches!(event, Event::Previewing { .. });
                if !is_dry_run || operation == Operation::Preview {
                    self.attempts += 1;
                }
                // This upload creates another deployment.
                self.deployment_id = None;
                if !is_dry_run {
                    self.unanswered = match self.left {
                        Resumption::Start { maybe_sent_at } => maybe_sent_at,
                        _ => None,
                    };
                    self.left = Resumption::Start {
                        maybe_sent_at: self.unanswered.or(Some(at)),
                    };
                }
                self.end_conflict(at);
                self.turn_to(Spending::Deploying, at);
            }
            Event::Submitted { deployment_id, .. } => {
                self.deployment_id = Some(deployment_id.clone());
                self.left = Resumption::Follow {
                    deployment_id: deployment_id.clone(),
                };
                // It was in the way of its own upload, whose response was lost.
                self.end_conflict(at);
                (self.conflicts).retain(|it| it.deployment_id != *deployment_id);
                self.turn_to(Spending::Deploying, at);
            }
            Event::Conflict {
                deployment_id,
                policy,
            } => {
                self.end_conflict(at);
                self.left = Resumption::Start {
                    maybe_sent_at: self.unanswered,
                };
                // A resumed run meets the same one again.
                let is_it = |last: &ConflictRecord| last.deployment_id == *deployment_id;
                if !self.conflicts.last().is_some_and(is_it) {
                    self.conflicts.push(ConflictRecord {
                        deployment_id: deployment_id.clone(),
                        policy: *policy,
                        waited_ms: 0,
                        cancel_error: None,
                    });
                }
                self.conflict_since = Some(at);
                self.turn_to(Spending::Waiting, at);
            }
            Event::CancelFailed {
                deployment_id,
                error,
            } => {
                let is_it = |last: &&mut ConflictRecord| last.deployment_id == *deployment_id;
                if let Some(last) = self.conflicts.last_mut().filter(is_it) {
                    last.cancel_error = Some(error.clone());
                }
            }
            Event::Retrying { .. } if self.spending != Spending::Waiting => {
                self.turn_to(Spending::Nothing, at);
            }
            Event::Throttled { .. }
                if matches!(self.spending, Spending::Bundling | Spending::Queued) =>
            {
                self.turn_to(Spending::Nothing, at);
            }
            Event::Hook { .. } => {
                self.started_at.get_or_insert(at);
                self.end_conflict(at);
                self.turn_to(Spending::Nothing, at);
            }
            Event::HookEnded(record) => self.hooks.push(record.clone()),
            Event::Reconnecting { .. } => self.reconnects += 1,
            _ => {}
        }
    }

    /// The row of a project that ends at this time.
    pub(super) fn close(&self, at: Timestamp, outcome: &Outcome) -> ProjectReport {
        let mut row = self.clone();
        row.end_conflict(at);
        row.turn_to(Spending::Nothing, at);
        ProjectReport {
            name: row.project.name,
            logical_id: row.project.logical_id,
            account: row.project.account,
            account_id: Some(row.project.account_id),
            result: outcome.result,
            reason: outcome.reason,
            cause: outcome.cause.clone(),
            error: outcome.error.clone(),
            // A crashed outcome has no deployment id; the events do.
            deployment_id: outcome.deployment_id.clone().or(row.deployment_id),
            attempts: row.attempts,
            reconnects: row.reconnects,
            conflicts: row.conflicts,
            started_at: row.started_at,
            finished_at: at,
            durations_ms: row.durations,
            diff: outcome.changes.as_deref().map(DiffCounts::of),
            changes: outcome.changes.clone().unwrap_or_default(),
            bundle: row.project.bundle,
            hooks: row.hooks,
            notes: row.project.notes,
        }
    }

    fn turn_to(&mut self, next: Spending, at: Timestamp) {
        let spent = at.millis_since(self.since);
        match self.spending {
            Spending::Queued => self.durations.queued += spent,
            Spending::Bundling => self.durations.bundling += spent,
            Spending::Waiting => self.durations.waiting += spent,
            Spending::Deploying => self.durations.deploying += spent,
            Spending::Nothing => {}
        }
        self.spending = next;
        self.since = at;
    }

    fn end_conflict(&mut self, at: Timestamp) {
        if let (Some(since), Some(last)) = (self.conflict_since.take(), self.conflicts.last_mut()) {
            last.waited_ms += at.millis_since(since);
        }
    }
}
