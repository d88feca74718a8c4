//! The report of a run: what `run.finished` and `--report-file x.json` carry.

use super::{
    Action, Change, DeploymentId, DiffCounts, ErrorInfo, Hook, HookRecord, Note, OnConflict,
    Operation, ProjectResult, Reason, RunId, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the report's shape; it grows only with a breaking change.
pub const REPORT_VERSION: u32 = 2;

/// How the run as a whole ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunResult {
    /// Every project succeeded, was unchanged, or was skipped on purpose.
    Succeeded,
    /// At least one did not.
    Failed,
    /// A signal ended the run.
    Interrupted,
    /// `--timeout` ended the run.
    TimedOut,
}

impl RunResult {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::TimedOut => "timed_out",
        }
    }
}

/// The whole run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Always [`REPORT_VERSION`].
    pub version: u32,
    /// The run's name.
    pub run: RunId,
    /// What was done with the projects.
    pub operation: Operation,
    /// The manifest, as the user named it.
    pub manifest: String,
    /// When the run began.
    pub started_at: Timestamp,
    /// When its last project ended.
    pub finished_at: Timestamp,
    /// The time between the two.
    pub duration_ms: u64,
    /// How it ended.
    pub result: RunResult,
    /// The code the process exits with because of it.
    pub exit_code: u8,
    /// How many projects ended how; results nobody had are left out.
    pub counts: BTreeMap<ProjectResult, usize>,
    /// How the run's own hooks ended, in order; left out where none has run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<HookRecord>,
    /// Every selected project, in the manifest's order.
    pub projects: Vec<ProjectReport>,
}

/// One project's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectReport {
    /// The project's name in the manifest.
    pub name: String,
    /// Its name in the account.
    pub logical_id: Option<String>,
    /// The account's name in the manifest.
    pub account: String,
    /// The account's id at Checkly.
    pub account_id: Option<String>,
    /// How it ended.
    pub result: ProjectResult,
    /// Why, as a machine word.
    pub reason: Option<Reason>,
    /// The project or text behind the reason.
    pub cause: Option<String>,
    /// The error, where there was one.
    pub error: Option<ErrorInfo>,
    /// The deployment on the server.
    pub deployment_id: Option<DeploymentId>,
    /// How many times the payload was uploaded.
    pub attempts: u32,
    /// How many times the event stream was opened again.
    pub reconnects: u32,
    /// The other deployments that stood in the way.
    pub conflicts: Vec<ConflictRecord>,
    /// When work on it began: its bundling, or its first slot; `None` if never.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Where the time went.
    pub durations_ms: Durations,
    /// The changes, counted; `None` where the server did not say.
    pub diff: Option<DiffCounts>,
    /// The changes; empty where the server did not say.
    pub changes: Vec<Change>,
    /// What was sent.
    pub bundle: Option<BundleFacts>,
    /// How its hooks ended, in order; left out where none has run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<HookRecord>,
    /// What was printed while it was bundled that people should read; left out where there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

impl ProjectReport {
    /// The changes worth telling people, in the server's order: what the Checkly CLI makes by itself is part of its check.
    pub fn told(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| !change.is_internal())
    }

    /// What the Checkly CLI makes by itself, subscriptions of alert channels and the like, and would go although no check does:
    /// how many.
    pub fn quiet_deletions(&self) -> usize {
        let deleted = |change: &&Change| change.action == Action::Delete;
        match self.told().any(|change| deleted(&change)) {
            true => 0,
            false => self.changes.iter().filter(deleted).count(),
        }
    }

    /// How many these are; `None` where the server did not say.
    pub fn told_diff(&self) -> Option<DiffCounts> {
        self.diff.map(|_| DiffCounts::of(self.told()))
    }

    /// Its `on_failure` hook, where that has failed: no error of the project's, but worth a warning.
    pub fn failed_last_hook(&self) -> Option<(&HookRecord, &str)> {
        let last = self.hooks.last().filter(|it| it.hook == Hook::OnFailure)?;
        Some((last, last.error.as_deref()?))
    }

    /// A row with nothing but a name and a result.
    #[cfg(test)]
    pub(crate) fn bare(name: &str, result: ProjectResult) -> Self {
        Self {
            name: name.into(),
            logical_id: None,
            account: "prod".into(),
            account_id: None,
            result,
            reason: None,
            cause: None,
            error: None,
            deployment_id: None,
            attempts: 0,
            reconnects: 0,
            conflicts: Vec::new(),
            started_at: None,
            finished_at: Timestamp(0),
            durations_ms: Durations::default(),
            diff: None,
            changes: Vec::new(),
            bundle: None,
            hooks: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// A deployment that was in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictRecord {
    /// Its id, where the server told it.
    pub deployment_id: Option<DeploymentId>,
    /// What was done about it.
    pub policy: OnConflict,
    /// How long it was waited for.
    pub waited_ms: u64,
}

/// Where a project's time went, in milliseconds. What is left to the total is retries and their pauses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// Waiting for a place, for its dependencies and for its first slot.
    pub queued: u64,
    /// Making the bundle; reading and compressing the payload.
    pub bundling: u64,
    /// Waiting for other deployments, and for slots and pauses after them.
    pub waiting: u64,
    /// Uploading and following.
    pub deploying: u64,
}

/// What a payload was.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BundleFacts {
    /// The canonical digest of its content, lower-case hexadecimal.
    pub sha256: String,
    /// How many resources it has.
    #[serde(default)]
    pub resources: usize,
    /// Its size as JSON.
    pub bytes: u64,
    /// Its size as sent; `None` before it was compressed.
    pub gzip_bytes: Option<u64>,
}
