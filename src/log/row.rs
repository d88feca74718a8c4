//! The row of a project during the run: its state and where its time went.

use super::timeline::{Activity, Lane, Segment};
use crate::model::{
    BundleFacts, ConflictRecord, DeploymentId, DiffCounts, Durations, Event, HookRecord, Operation,
    OriginKind, Outcome, PlannedProject, ProjectReport, ProjectResult, Reason, Resumption,
    Timestamp,
};

/// An open row.
#[derive(Clone, Debug)]
pub(super) struct Row {
    project: PlannedProject,
    activity: Activity,
    /// The activity that an unavailable API has stopped.
    stopped: Activity,
    /// Since when.
    since: Timestamp,
    /// The activities before it.
    segments: Vec<Segment>,
    delays: Vec<(Timestamp, Event)>,
    /// It is bundled in this run, before it has a slot.
    is_directory: bool,
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
            activity: Activity::Queued,
            stopped: Activity::Queued,
            since: run_started,
            segments: Vec::new(),
            delays: Vec::new(),
            is_directory: false,
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

    pub(super) fn account_id(&self) -> &str {
        &self.project.account_id
    }

    /// The hooks that have ended.
    pub(super) fn hooks(&self) -> &[HookRecord] {
        &self.hooks
    }

    /// The preview is over: what follows is the deployment.
    pub(super) fn restart(&mut self, at: Timestamp) {
        self.turn_to(Activity::Queued, at);
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
                self.activity = Activity::Queued;
                self.started_at = None;
                (self.deployment_id, self.hooks) = (None, vec![]);
            }
            Resumption::Follow { deployment_id } => {
                self.end_conflict(at);
                self.since = at;
                self.activity = Activity::Deploying;
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
            // Its `post` hook was stopped, and has not failed: it is deployed.
            Some((ProjectResult::Failed, Some(Reason::PostHook)))
                if ended.is_some_and(|row| row.cause.is_some()) =>
            {
                self.left.clone()
            }
            Some((ProjectResult::Unavailable, Some(Reason::DeploymentNotFound))) => {
                Resumption::default()
            }
            // The server knows how it ended, or the response to an upload was lost. If it was not, nothing is left to ask for.
            Some((ProjectResult::Unavailable | ProjectResult::Rejected, _))
                if matches!(self.left, Resumption::Start { .. })
                    && ended.is_some_and(|row| row.cause.is_none()) =>
            {
                Resumption::default()
            }
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
        if is_delay(event) {
            self.delays.push((at, event.clone()));
        }
        match event {
            Event::Bundled(bundled) => {
                self.project.logical_id = Some(bundled.logical_id.clone());
                self.project.notes.clone_from(&bundled.notes);
                // A deletion does not send the bundle.
                self.project.bundle = (operation != Operation::Destroy).then(|| BundleFacts {
                    sha256: bundled.sha256.clone(),
                    resources: bundled.resources,
                    bytes: bundled.bytes,
                    gzip_bytes: None,
                });
                self.turn_to(Activity::Queued, at);
            }
            Event::Previewed { .. } => self.turn_to(Activity::Queued, at),
            Event::Identified { logical_id } => {
                self.project.logical_id = Some(logical_id.clone());
            }
            Event::Deferred { .. } => self.turn_to(Activity::Queued, at),
            Event::Bundling { origin } => {
                self.is_directory |= *origin == OriginKind::Directory;
                self.started_at.get_or_insert(at);
                // Bundling again for another upload is part of a wait that is under way.
                if self.activity != Activity::Waiting {
                    self.turn_to(Activity::Bundling, at);
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
                let activity = if is_dry_run {
                    Activity::Previewing
                } else {
                    Activity::Deploying
                };
                self.turn_to(activity, at);
            }
            Event::Submitted { deployment_id, .. } => {
                self.deployment_id = Some(deployment_id.clone());
                self.left = Resumption::Follow {
                    deployment_id: deployment_id.clone(),
                };
                // It was in the way of its own upload, whose response was lost.
                self.end_conflict(at);
                (self.conflicts).retain(|it| it.deployment_id != *deployment_id);
                self.turn_to(Activity::Deploying, at);
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
                self.turn_to(Activity::Waiting, at);
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
            Event::Retrying { .. } if self.activity != Activity::Waiting => {
                self.turn_to(Activity::Backoff, at);
            }
            Event::Throttled { .. }
                if matches!(
                    self.activity,
                    Activity::Bundling
                        | Activity::Queued
                        | Activity::Backoff
                        | Activity::Unavailable
                ) =>
            {
                self.turn_to(Activity::RateLimited, at);
            }
            Event::Hook { .. } => {
                self.started_at.get_or_insert(at);
                self.end_conflict(at);
                self.turn_to(Activity::Hook, at);
            }
            Event::HookEnded(record) => self.hooks.push(record.clone()),
            Event::Reconnecting { .. } => self.reconnects += 1,
            _ => {}
        }
    }

    /// Its API is unavailable since this time. What runs on this machine, or on the server, goes on.
    pub(super) fn stop(&mut self, since: Timestamp) {
        let is_stopped = match self.activity {
            Activity::Bundling => !self.is_directory,
            Activity::Deploying => self.deployment_id.is_none(),
            Activity::Previewing | Activity::RateLimited | Activity::Backoff => true,
            Activity::Queued
            | Activity::Waiting
            | Activity::Unavailable
            | Activity::Hook
            | Activity::Ended => false,
        };
        if is_stopped {
            self.stopped = self.activity;
            self.turn_to(Activity::Unavailable, since.max(self.since));
        }
    }

    /// Its API is available again. An upload waits for its turn, which is an event; that of a dry run is none.
    pub(super) fn go_on(&mut self, at: Timestamp) {
        if self.activity == Activity::Unavailable && self.stopped == Activity::Previewing {
            self.turn_to(Activity::Previewing, at);
        }
    }

    /// The row of a project that ends at this time.
    pub(super) fn close(&self, at: Timestamp, outcome: &Outcome) -> ProjectReport {
        let mut row = self.clone();
        row.end_conflict(at);
        row.turn_to(Activity::Ended, at);
        let durations_ms = row.durations();
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
            durations_ms,
            diff: outcome.changes.as_deref().map(DiffCounts::of),
            changes: outcome.changes.clone().unwrap_or_default(),
            bundle: row.project.bundle,
            hooks: row.hooks,
            notes: row.project.notes,
        }
    }

    /// Where its time went, in a run that ends at this time.
    pub(super) fn lane(&self, at: Timestamp, ended: Option<&ProjectReport>) -> Lane {
        let mut row = self.clone();
        row.turn_to(Activity::Ended, ended.map_or(at, |it| it.finished_at));
        Lane {
            project: row.project,
            is_directory: row.is_directory,
            segments: row.segments,
            delays: row.delays,
        }
    }

    fn turn_to(&mut self, next: Activity, at: Timestamp) {
        let segment = Segment {
            activity: self.activity,
            from: self.since,
            to: at,
        };
        match self.segments.last_mut() {
            _ if segment.millis() == 0 || self.activity == Activity::Ended => {}
            Some(last) if last.activity == self.activity && last.to == self.since => last.to = at,
            _ => self.segments.push(segment),
        }
        self.activity = next;
        self.since = at;
    }

    fn durations(&self) -> Durations {
        let sum = |activity| {
            let all = self.segments.iter().filter(|it| it.activity == activity);
            all.map(Segment::millis).sum()
        };
        Durations {
            queued: sum(Activity::Queued),
            bundling: sum(Activity::Bundling),
            waiting: sum(Activity::Waiting),
            deploying: sum(Activity::Previewing) + sum(Activity::Deploying),
        }
    }

    fn end_conflict(&mut self, at: Timestamp) {
        if let (Some(since), Some(last)) = (self.conflict_since.take(), self.conflicts.last_mut()) {
            last.waited_ms += at.millis_since(since);
        }
    }
}

/// Whether the timeline marks the event.
fn is_delay(event: &Event) -> bool {
    matches!(
        event,
        Event::Conflict { .. }
            | Event::Retrying { .. }
            | Event::Reconnecting { .. }
            | Event::Cancelling { .. }
            | Event::Throttled { delay_ms: 1000.. }
    )
}
