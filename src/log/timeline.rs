//! Where the time of a run went: what each project did when, and what delayed it.

use crate::model::{Event, Limits, Location, PlannedProject, Timestamp};
use serde::Serialize;

/// The timeline of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The limits of each process that took part: more than one if the run was resumed, or consists of shards.
    pub limits: Vec<Limits>,
    /// When the preview before the deployment ended, if there was one.
    pub previewed_at: Option<Timestamp>,
    /// The pauses after waves, in milliseconds.
    pub soaks: Vec<u64>,
    /// When accounts were unavailable.
    pub outages: Vec<AccountOutage>,
    /// The projects, in the manifest's order.
    pub lanes: Vec<Lane>,
}

/// One project of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The project.
    pub project: PlannedProject,
    /// It was bundled in the run, before it had a slot.
    pub is_directory: bool,
    /// Its activities, in order. In a gap, no process of the run existed.
    pub segments: Vec<Segment>,
    /// What delayed it, in order: conflicts, retries, reconnections, cancellations, and the rate limit.
    pub delays: Vec<(Timestamp, Event)>,
}

impl Lane {
    /// How long an activity that began after this time lasted, in milliseconds.
    pub fn spent(&self, activity: Activity, since: Timestamp) -> u64 {
        let all = self.segments.iter();
        let those = all.filter(|it| it.activity == activity && it.from >= since);
        those.map(Segment::millis).sum()
    }
}

/// A period with one activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The activity.
    pub activity: Activity,
    /// Its start.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

impl Segment {
    /// Its length.
    pub fn millis(&self) -> u64 {
        self.to.millis_since(self.from)
    }
}

/// What a project spends its time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Waiting for its dependencies or a slot.
    Queued,
    /// Making the bundle, or reading and compressing the payload.
    Bundling,
    /// A dry run.
    Previewing,
    /// Waiting for another deployment, and for the delay and slot after it.
    Waiting,
    /// Waiting for the account's rate limit.
    RateLimited,
    /// Waiting for an API that is unavailable, and for the turn after that.
    Unavailable,
    /// Waiting to retry.
    Backoff,
    /// Uploading and following.
    Deploying,
    /// Running a hook.
    Hook,
    /// Nothing more.
    Ended,
}

/// A period without the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountOutage {
    /// The account's id at Checkly.
    pub account_id: String,
    /// The time of the first failed request.
    pub from: Timestamp,
    /// The time of the next response; `None` if there was none.
    pub to: Option<Timestamp>,
}

/// What the scheduler makes of the recorded durations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// The projects that decided how long the run took, in order: each waited for the one before it. How long it waited for each, in
    /// milliseconds.
    pub critical_path: Vec<(String, u64)>,
    /// How long the run would have taken with other numbers of projects at once, in milliseconds.
    pub with_concurrency: Vec<(usize, u64)>,
}

impl Timeline {
    /// A project's lane.
    pub fn lane(&self, project: &str) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.project.name == project)
    }

    /// Where the manifest declares a project, if that is known.
    pub fn location(&self, project: &str) -> Option<&Location> {
        self.lane(project)?.project.location.as_ref()
    }

    /// Records an event of the run itself.
    pub(super) fn apply(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::RunStarted { limits, .. } => self.limits.push(*limits),
            Event::RunResumed { limits, .. } => {
                self.limits.push(*limits);
                // Another process finds out by itself.
                for outage in &mut self.outages {
                    outage.to.get_or_insert(at);
                }
            }
            Event::RunPreviewed => self.previewed_at = Some(at),
            Event::RunSoaking { delay_ms } => self.soaks.push(*delay_ms),
            // One event for each failed probe.
            Event::AccountUnavailable {
                account_id, since, ..
            } if self.open_outage(account_id).is_none() => self.outages.push(AccountOutage {
                account_id: account_id.clone(),
                from: *since,
                to: None,
            }),
            Event::AccountAvailable { account_id, .. } => {
                if let Some(outage) = self.open_outage(account_id) {
                    outage.to = Some(at);
                }
            }
            _ => {}
        }
    }

    pub(super) fn is_unavailable(&self, account_id: &str) -> bool {
        let mut all = self.outages.iter();
        all.any(|it| it.to.is_none() && it.account_id == account_id)
    }

    /// Adds what another shard of the run has recorded, without its projects.
    pub(super) fn extend(&mut self, shard: Self) {
        self.limits.extend(shard.limits);
        self.soaks.extend(shard.soaks);
        self.outages.extend(shard.outages);
        self.previewed_at = self.previewed_at.max(shard.previewed_at);
    }

    fn open_outage(&mut self, account_id: &str) -> Option<&mut AccountOutage> {
        let mut all = self.outages.iter_mut();
        all.find(|it| it.to.is_none() && it.account_id == account_id)
    }
}
