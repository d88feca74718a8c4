//! The current stage of every project: a fold over events, read by the block and the lines.

use super::stage::Stage;
use super::text;
use crate::machine::run::{Remaining, or_average, time_left};
use crate::model::{
    DeploymentId, Event, ExpectedDurations, Limits, Operation, PlannedProject, ProjectPolicy,
    ResumedProject, Resumption, RunEvent, Timestamp, millis,
};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

/// One project.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// Its name, sanitized.
    pub(super) name: String,
    account_id: String,
    pub(super) stage: Stage,
    /// When the stage began, counted from the start of the run.
    pub(super) since: Duration,
    /// The highest reported percentage.
    pub(super) percent: u8,
    /// The number of its last upload, from 1; 0 before the first.
    pub(super) attempt: u32,
    /// Its deployment on the server.
    pub(super) deployment_id: Option<DeploymentId>,
    /// The end of the last announced delay, counted from the start of the run.
    delayed_until: Option<Duration>,
    /// Its first conflict since it was accepted, counted likewise.
    conflict: Option<Duration>,
    /// Its first conflict since its last upload, counted likewise.
    pub(super) blocked: Option<Duration>,
    /// How long it has waited for the rate limit.
    pub(super) throttled: Duration,
    policy: Option<ProjectPolicy>,
    /// When its upload began, counted likewise.
    sent: Option<Duration>,
    is_bundled: bool,
    is_unnamed: bool,
    pub(super) depends_on: Vec<usize>,
    expected: ExpectedDurations,
}

impl Row {
    /// The maximum number of uploads, unless conflicts need more.
    pub(super) fn attempts(&self) -> Option<u32> {
        let most = self.policy?.retries.count.saturating_add(1);
        (self.attempt <= most).then_some(most)
    }

    /// Its first stage after the start of the run, or of its next part.
    fn begin(&mut self, stage: Stage) {
        (self.stage, self.since) = (stage, Duration::ZERO);
        (self.attempt, self.deployment_id, self.throttled) = (0, None, Duration::ZERO);
        (self.delayed_until, self.conflict, self.blocked) = (None, None, None);
    }

    /// What is left of it at a time; `None` if it has ended.
    fn remaining(&self, now: Duration) -> Option<Remaining> {
        let after = |expected: u64, since: Duration| {
            let passed = now.saturating_sub(since);
            expected.saturating_sub(millis(passed))
        };
        let bundling = match self.stage {
            Stage::Ended(_) => return None,
            _ if self.is_bundled => 0,
            Stage::Bundling(_) => after(self.expected.bundling, self.since),
            _ => self.expected.bundling,
        };
        let deploying = after(self.expected.deploying, self.sent.unwrap_or(now));
        Some(Remaining {
            takes: ExpectedDurations {
                bundling,
                deploying,
            },
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
    /// The ids of the accounts that are unavailable, and since when, counted from the start of the run.
    unavailable: HashMap<String, Duration>,
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
    /// The number of requests so far, at each of the last ticks.
    requests: VecDeque<(Duration, u64)>,
}

/// The minimum time between two estimates.
const ESTIMATE: Duration = Duration::from_secs(1);

/// The request rate is that of this time.
const RATE: Duration = Duration::from_secs(10);

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

    /// Notes the number of requests that have been sent so far.
    pub(super) fn requests(&mut self, sent: u64) {
        self.requests.push_back((self.now, sent));
        while let Some((at, _)) = self.requests.get(1)
            && self.now.saturating_sub(*at) >= RATE
        {
            self.requests.pop_front();
        }
    }

    /// Requests per minute; `None` if there are none.
    pub(super) fn request_rate(&self) -> Option<u128> {
        let ((since, first), (until, last)) = (self.requests.front()?, self.requests.back()?);
        let time = until.saturating_sub(*since).as_millis().max(1);
        let rate = u128::from(last.saturating_sub(*first)) * 60_000 / time;
        Some(rate).filter(|rate| *rate > 0)
    }

    /// The percentage of all work: each project counts the same.
    pub(super) fn percent(&self) -> u8 {
        let percent = |row: &Row| match row.stage {
            Stage::Ended(_) => 100,
            _ => usize::from(row.percent),
        };
        let sum: usize = self.rows.iter().map(percent).sum();
        u8::try_from(sum / self.rows.len().max(1)).unwrap_or(100)
    }

    /// The pauses before later waves are not known.
    fn estimate(&mut self) {
        let is_last_wave = self.wave.is_none_or(|(wave, of)| wave == of);
        let is_due = self.left.is_none_or(|(_, at)| self.now >= at + ESTIMATE);
        let is_known = self.is_estimated && !self.is_previewing && is_last_wave;
        if let Some(limits) = self.limits.filter(|_| is_due && is_known) {
            let projects = self.rows.iter().map(|row| row.remaining(self.now));
            let left = time_left(projects, limits);
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
                row.policy = Some(project.policy);
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
        self.requests.clear();
        for row in &mut self.rows {
            row.begin(Stage::Queued);
        }
    }

    /// Shows an earlier run from where it goes on.
    fn resume(&mut self, at: Timestamp, projects: &[ResumedProject]) {
        (self.started, self.before, self.now) = (Some(at), Duration::ZERO, Duration::ZERO);
        self.unavailable.clear();
        (self.wave, self.next_wave, self.left) = (None, None, None);
        for ResumedProject { name, resumption } in projects {
            let place = self.places.get(name).copied();
            let Some(row) = place.and_then(|place| self.rows.get_mut(place)) else {
                continue;
            };
            match resumption {
                Resumption::Skip => {}
                Resumption::Follow { deployment_id } => {
                    row.begin(Stage::Deploying);
                    row.deployment_id = Some(deployment_id.clone());
                }
                Resumption::Start { .. } | Resumption::Leave => {
                    row.begin(Stage::Queued);
                    row.percent = 0;
                }
            }
            let is_followed = matches!(resumption, Resumption::Follow { .. });
            row.is_bundled = is_followed;
            row.sent = is_followed.then_some(Duration::ZERO);
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
            Event::AccountUnavailable {
                account_id, since, ..
            } => {
                let since = self.elapsed_at(*since);
                self.unavailable.insert(account_id.clone(), since);
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
            since: self.now,
            ..Row::default()
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
        match &event.event {
            Event::Progress { percent } => row.percent = row.percent.max(*percent).min(100),
            Event::Bundled(_) => (row.is_bundled, row.is_unnamed) = (true, false),
            Event::Identified { .. } => row.is_unnamed = false,
            Event::Previewing { attempt, .. } => row.attempt = *attempt,
            Event::Submitting { attempt, .. } => {
                (row.is_bundled, row.sent) = (true, Some(self.now));
                (row.attempt, row.blocked) = (*attempt, None);
            }
            Event::Submitted { deployment_id, .. } => {
                (row.deployment_id, row.conflict) = (Some(deployment_id.clone()), None);
            }
            Event::Conflict { .. } => {
                (row.sent, row.deployment_id) = (None, None);
                row.conflict.get_or_insert(self.now);
                row.blocked.get_or_insert(self.now);
            }
            Event::Retrying {
                attempt, delay_ms, ..
            } => {
                (row.sent, row.deployment_id) = (None, None);
                row.attempt = *attempt;
                row.delayed_until = Some(self.now + Duration::from_millis(*delay_ms));
            }
            Event::Reconnecting { delay_ms, .. } | Event::Throttled { delay_ms } => {
                row.delayed_until = Some(self.now + Duration::from_millis(*delay_ms));
            }
            _ => {}
        }
        let Some(stage) = row.stage.after(&event.event) else {
            return;
        };
        if !row.stage.continues_as(&stage) {
            if row.stage == Stage::Throttled {
                row.throttled += self.now.saturating_sub(row.since);
            }
            row.since = self.now;
        }
        row.stage = stage;
    }

    /// The stage that is shown for a project.
    pub(super) fn stage<'r>(&self, row: &'r Row) -> &'r Stage {
        match self.unavailable_since(row) {
            Some(_) => &Stage::Unavailable,
            None => &row.stage,
        }
    }

    /// Since when the project cannot go on because its account is unavailable.
    fn unavailable_since(&self, row: &Row) -> Option<Duration> {
        let since = self.unavailable.get(&row.account_id)?;
        row.stage.needs_api().then_some(*since)
    }

    /// The time until a project stops waiting: a delay ends, or it gives up. `None` if it does not wait, or no longer for that.
    pub(super) fn waits_for(&self, row: &Row) -> Option<Duration> {
        let policy = row.policy.as_ref();
        let until = match self.stage(row) {
            Stage::Waiting(_) => row.conflict? + policy?.conflict_deadline,
            Stage::Unavailable => {
                let limit = policy?.outage_limit(row.deployment_id.is_some());
                self.unavailable_since(row)? + limit
            }
            Stage::Pausing | Stage::Throttled | Stage::Reconnecting => row.delayed_until?,
            _ => return None,
        };
        let left = until.saturating_sub(self.now);
        (!left.is_zero()).then_some(left)
    }

    /// The number of projects in each group of stages, without the empty ones.
    pub(super) fn counts(&self) -> impl Iterator<Item = (usize, &'static str)> + use<> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            *counts
                .entry(self.stage(row).label(self.operation))
                .or_default() += 1;
        }
        counts.into_iter().map(|((_, what), n)| (n, what))
    }

    /// Whether any project has failed.
    pub(super) fn has_failure(&self) -> bool {
        self.rows.iter().any(|row| row.stage.is_failure())
    }

    /// Active projects, the longest in their stage first.
    pub(super) fn active(&self) -> Vec<&Row> {
        let mut active: Vec<&Row> = self.rows.iter().filter(|it| it.stage.is_active()).collect();
        active.sort_by_key(|row| row.since);
        active
    }

    /// Projects that wait for their turn, in the manifest's order.
    pub(super) fn idle(&self) -> impl Iterator<Item = &Row> {
        let is_idle = |row: &&Row| matches!(row.stage, Stage::Queued | Stage::Bundled);
        self.rows.iter().filter(is_idle)
    }
}
