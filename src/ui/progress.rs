//! The current stage of every project: a fold over events, read by the bar and the lines.

use super::text;
use crate::log::{Remaining, or_average, time_left};
use crate::model::{
    DeploymentId, Event, ExpectedDurations, Hook, Limits, Operation, OriginKind, PlannedProject,
    ProjectResult, ResumedProject, Resumption, RunEvent, Timestamp,
};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// The stage of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Queued,
    Bundling(OriginKind),
    /// Bundled and waiting for its turn.
    Bundled,
    Uploading,
    /// A dry run is in progress.
    Previewing,
    Deploying,
    /// Its event stream broke.
    Reconnecting,
    /// Another deployment blocks the project.
    Waiting(DeploymentId),
    /// A delay before another upload.
    Pausing,
    /// A request waits for the rate limit.
    Throttled,
    /// It cannot go on before its account is available again.
    Unavailable,
    Cancelling,
    /// A hook runs.
    Hook(Hook),
    Ended(ProjectResult),
}

impl Stage {
    /// Whether the next step is a request that has not been sent. What runs on this machine, or on the server, goes on without
    /// the API.
    fn needs_api(&self) -> bool {
        match self {
            Self::Queued
            | Self::Bundling(OriginKind::Bundle)
            | Self::Bundled
            | Self::Reconnecting
            | Self::Pausing
            | Self::Throttled => true,
            Self::Bundling(OriginKind::Directory)
            | Self::Uploading
            | Self::Previewing
            | Self::Deploying
            | Self::Waiting(_)
            | Self::Unavailable
            | Self::Cancelling
            | Self::Hook(_)
            | Self::Ended(_) => false,
        }
    }

    /// The stage after an event; `None` if it does not change.
    fn after(&self, event: &Event) -> Option<Self> {
        Some(match (event, self) {
            (Event::Queued { .. }, Self::Bundled) => return None,
            (Event::Queued { .. } | Event::Deferred { .. }, _) => Self::Queued,
            (Event::Bundling { origin }, _) => Self::Bundling(*origin),
            (Event::Bundled { .. }, _) => Self::Bundled,
            (Event::Previewed { .. }, _) => Self::Queued,
            (Event::Submitting { .. }, _) => Self::Uploading,
            (Event::Previewing { .. }, _) => Self::Previewing,
            (Event::Submitted { .. }, _) => Self::Deploying,
            (Event::Progress { .. }, Self::Cancelling) => return None,
            (Event::Progress { .. }, _) => Self::Deploying,
            (Event::Reconnecting { .. }, _) => Self::Reconnecting,
            (Event::Conflict { deployment_id, .. }, _) => Self::Waiting(deployment_id.clone()),
            // Cancelling a blocker is part of waiting for it, and so is a delay after it.
            (
                Event::Cancelling { .. } | Event::Retrying { .. } | Event::Throttled { .. },
                Self::Waiting(_),
            ) => return None,
            (Event::Cancelling { .. }, _) => Self::Cancelling,
            // The deployment continues while a request about it is delayed.
            (Event::Throttled { .. }, Self::Deploying | Self::Cancelling) => return None,
            (Event::Throttled { .. }, _) => Self::Throttled,
            (Event::Retrying { .. }, _) => Self::Pausing,
            (Event::Hook { hook }, _) => Self::Hook(*hook),
            (Event::Finished(row), _) => Self::Ended(row.result),
            (
                Event::RunStarted { .. }
                | Event::RunPlanned { .. }
                | Event::RunResumed { .. }
                | Event::RunInterrupted { .. }
                | Event::RunPreviewed
                | Event::RunApproved { .. }
                | Event::RunRefused(_)
                | Event::RunTimedOut
                | Event::RunWave { .. }
                | Event::RunSoaking { .. }
                | Event::RunWarning { .. }
                | Event::RunHook { .. }
                | Event::RunHookEnded(_)
                | Event::AccountUnavailable { .. }
                | Event::AccountAvailable { .. }
                | Event::HookEnded(_)
                | Event::Identified { .. }
                | Event::CancelFailed { .. }
                | Event::RunFinished(_),
                _,
            ) => return None,
        })
    }
}

/// One project.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Its name, sanitized.
    pub(super) name: String,
    account_id: String,
    pub(super) stage: Stage,
    /// When the stage began, counted from the start of the run.
    pub(super) since: Duration,
    /// The highest reported percentage.
    pub(super) percent: u8,
    /// When its upload began, counted likewise.
    sent: Option<Duration>,
    is_bundled: bool,
    is_unnamed: bool,
    depends_on: Vec<usize>,
    expected: ExpectedDurations,
}

impl Row {
    /// What is left of it at a time; `None` if it has ended.
    fn remaining(&self, now: Duration) -> Option<Remaining> {
        let after = |expected: u64, since: Duration| {
            let passed = now.saturating_sub(since);
            Duration::from_millis(expected).saturating_sub(passed)
        };
        let bundling = match self.stage {
            Stage::Ended(_) => return None,
            _ if self.is_bundled => Duration::ZERO,
            Stage::Bundling(_) => after(self.expected.bundling, self.since),
            _ => after(self.expected.bundling, now),
        };
        Some(Remaining {
            bundling,
            deploying: after(self.expected.deploying, self.sent.unwrap_or(now)),
            has_slot: self.sent.is_some() || matches!(self.stage, Stage::Hook(_)),
            is_unnamed: self.is_unnamed,
            depends_on: self.depends_on.clone(),
        })
    }
}

/// All projects, and the time.
#[derive(Debug, Default)]
pub(super) struct ProgressState {
    /// The operation of the run.
    pub(super) operation: Operation,
    started: Option<Timestamp>,
    /// The time that the preview and the question took.
    before: Duration,
    /// The time since the start of the run, or of what follows its preview and question.
    pub(super) now: Duration,
    /// In the manifest's order.
    pub(super) rows: Vec<Row>,
    places: HashMap<String, usize>,
    /// The ids of the accounts that are unavailable.
    unavailable: HashSet<String>,
    /// The current wave and the number of waves, if there are any.
    pub(super) wave: Option<(usize, usize)>,
    /// When the next wave begins, counted from the start of the run; `None` if none is pending.
    pub(super) next_wave: Option<Duration>,
    /// Columns of the longest name.
    pub(super) longest_name: usize,
    limits: Option<Limits>,
    /// Nothing is deployed before an approval.
    is_previewing: bool,
    /// Whether the duration of any project is known.
    is_estimated: bool,
    /// The estimate, and when it was made.
    left: Option<(Duration, Duration)>,
}

/// The minimum time between two estimates.
const ESTIMATE: Duration = Duration::from_secs(1);

impl ProgressState {
    /// Advances the time since the start of the run, which never goes back.
    pub(super) fn at(&mut self, elapsed: Duration) {
        self.now = self.now.max(elapsed.saturating_sub(self.before));
        self.estimate();
    }

    /// The time until the last project ends, if it is known from earlier deployments, and no account is unavailable.
    pub(super) fn left(&self) -> Option<Duration> {
        let (left, _) = self.left.filter(|_| self.unavailable.is_empty())?;
        Some(left).filter(|left| !left.is_zero())
    }

    /// The pauses before later waves are not known.
    fn estimate(&mut self) {
        let is_last_wave = self.wave.is_none_or(|(wave, of)| wave == of);
        let is_due = self.left.is_none_or(|(_, at)| self.now >= at + ESTIMATE);
        let is_known = self.is_estimated && !self.is_previewing && is_last_wave;
        if let Some(limits) = self.limits.filter(|_| is_due && is_known) {
            let projects = self.rows.iter().map(|row| row.remaining(self.now));
            let left = time_left(&projects.collect::<Vec<_>>(), &limits);
            self.left = Some((left, self.now));
        }
    }

    /// What the estimate needs of the plan.
    fn plan(&mut self, projects: &[PlannedProject]) {
        let known: Vec<_> = projects.iter().map(|it| it.expected_ms).collect();
        self.is_estimated = known.iter().any(Option::is_some);
        for (project, expected) in projects.iter().zip(or_average(&known)) {
            let depends_on = project.depends_on.iter();
            let depends_on = depends_on.filter_map(|name| self.places.get(name).copied());
            let depends_on = depends_on.collect();
            let place = self.places.get(&project.name).copied();
            if let Some(row) = place.and_then(|place| self.rows.get_mut(place)) {
                row.is_unnamed = project.logical_id.is_none();
                (row.expected, row.depends_on) = (expected, depends_on);
            }
        }
    }

    /// What follows the preview and the question is shown from its own start.
    fn restart(&mut self, at: Timestamp) {
        let first = self.started.replace(at).unwrap_or(at);
        self.before += Duration::from_millis(at.millis_since(first));
        self.now = Duration::ZERO;
        (self.is_previewing, self.left) = (false, None);
        for row in &mut self.rows {
            row.stage = Stage::Queued;
            row.since = Duration::ZERO;
        }
    }

    /// Shows an earlier run from where it goes on.
    fn resume(&mut self, at: Timestamp, projects: &[ResumedProject]) {
        (self.started, self.before, self.now) = (Some(at), Duration::ZERO, Duration::ZERO);
        (self.wave, self.next_wave, self.left) = (None, None, None);
        for ResumedProject { name, resumption } in projects {
            let place = self.places.get(name).copied();
            let Some(row) = place.and_then(|place| self.rows.get_mut(place)) else {
                continue;
            };
            match resumption {
                Resumption::Skip => {}
                Resumption::Follow { .. } => row.stage = Stage::Deploying,
                Resumption::Start { .. } | Resumption::Leave => {
                    (row.stage, row.percent) = (Stage::Queued, 0);
                }
            }
            let is_followed = matches!(resumption, Resumption::Follow { .. });
            row.is_bundled = is_followed;
            row.sent = is_followed.then_some(Duration::ZERO);
            row.since = Duration::ZERO;
        }
    }

    /// Advances the time to an event and adds its projects. [`apply`](Self::apply) changes their stages; in between, the stage
    /// before the event is still available.
    pub(super) fn hear(&mut self, event: &RunEvent) {
        if matches!(event.event, Event::RunApproved { .. }) {
            self.restart(event.ts);
        }
        if let Event::RunResumed { projects, .. } = &event.event {
            self.resume(event.ts, projects);
        }
        let started = *self.started.get_or_insert(event.ts);
        let elapsed = Duration::from_millis(event.ts.millis_since(started));
        self.now = self.now.max(elapsed);
        match &event.event {
            Event::RunStarted {
                operation, limits, ..
            } => {
                (self.operation, self.limits) = (*operation, Some(*limits));
                self.is_previewing = true;
            }
            Event::RunResumed { limits, .. } => self.limits = Some(*limits),
            Event::RunWave { wave, of, .. } => {
                self.wave = Some((*wave, *of));
                self.next_wave = None;
            }
            Event::RunSoaking { delay_ms } => {
                self.next_wave = Some(self.now + Duration::from_millis(*delay_ms));
            }
            Event::RunPlanned { projects } => {
                for project in projects {
                    self.meet(&project.name, &project.account_id);
                }
                self.plan(projects);
            }
            Event::AccountUnavailable { account_id, .. } => {
                self.unavailable.insert(account_id.clone());
            }
            Event::AccountAvailable { account_id, .. } => {
                self.unavailable.remove(account_id);
            }
            _ => {}
        }
        if let Some(name) = &event.project {
            self.meet(name, "");
        }
    }

    /// A point in time, as [`now`](Self::now).
    pub(super) fn elapsed_at(&self, at: Timestamp) -> Duration {
        let started = self.started.unwrap_or(at);
        Duration::from_millis(at.millis_since(started))
    }

    fn meet(&mut self, name: &str, account_id: &str) {
        if self.places.contains_key(name) {
            return;
        }
        let shown = text::one_line(name);
        self.longest_name = self.longest_name.max(text::width(&shown));
        self.places.insert(name.into(), self.rows.len());
        self.rows.push(Row {
            name: shown,
            account_id: account_id.to_owned(),
            stage: Stage::Queued,
            since: self.now,
            percent: 0,
            sent: None,
            is_bundled: false,
            is_unnamed: false,
            depends_on: vec![],
            expected: ExpectedDurations::default(),
        });
    }

    /// The project of this name.
    pub(super) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.get(*self.places.get(name)?)
    }

    /// Updates the stage of the event's project.
    pub(super) fn apply(&mut self, event: &RunEvent) {
        let place = event
            .project
            .as_ref()
            .and_then(|name| self.places.get(name));
        let Some(row) = place.and_then(|place| self.rows.get_mut(*place)) else {
            return;
        };
        match event.event {
            Event::Progress { percent } => row.percent = row.percent.max(percent).min(100),
            Event::Bundled { .. } => (row.is_bundled, row.is_unnamed) = (true, false),
            Event::Identified { .. } => row.is_unnamed = false,
            Event::Submitting { .. } => (row.is_bundled, row.sent) = (true, Some(self.now)),
            Event::Conflict { .. } | Event::Retrying { .. } => row.sent = None,
            _ => {}
        }
        let Some(stage) = row.stage.after(&event.event) else {
            return;
        };
        if std::mem::discriminant(&row.stage) != std::mem::discriminant(&stage) {
            row.since = self.now;
        }
        row.stage = stage;
    }

    /// The stage that is shown for a project.
    pub(super) fn stage<'r>(&self, row: &'r Row) -> &'r Stage {
        if row.stage.needs_api() && self.unavailable.contains(&row.account_id) {
            return &Stage::Unavailable;
        }
        &row.stage
    }

    /// The number of projects in such a stage.
    pub(super) fn count(&self, is: impl Fn(&Stage) -> bool) -> usize {
        self.rows.iter().filter(|row| is(self.stage(row))).count()
    }

    /// Active projects, in the manifest's order.
    pub(super) fn active(&self) -> impl Iterator<Item = &Row> {
        let idle =
            |stage: &Stage| matches!(stage, Stage::Queued | Stage::Bundled | Stage::Ended(_));
        self.rows.iter().filter(move |row| !idle(&row.stage))
    }
}
