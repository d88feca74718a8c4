//! The report of a run: what `run.finished` and `--report-file x.json` carry.

use super::names::named;
use super::{
    Action, Change, DeploymentId, DiffCounts, ErrorInfo, Hook, HookRecord, Note, OnConflict,
    Operation, Outcome, ProjectResult, Reason, RunId, Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the report's shape; it grows only with a breaking change.
pub const REPORT_VERSION: u32 = 2;

named! {
    /// How the run as a whole ended.
    pub enum RunResult {
        /// Every project succeeded, was unchanged, or was skipped on purpose.
        Succeeded = "succeeded",
        /// At least one project did not.
        Failed = "failed",
        /// A signal ended the run.
        Interrupted = "interrupted",
        /// `--timeout` ended the run.
        TimedOut = "timed_out",
    }
}

/// The whole run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always 2.
    pub version: u32,
    /// The run's id.
    pub run: RunId,
    /// What was done with the projects.
    pub operation: Operation,
    /// The manifest, as the user named it.
    pub manifest: String,
    /// When the run began.
    pub started_at: Timestamp,
    /// When the run ended.
    pub finished_at: Timestamp,
    /// The time between the two.
    pub duration_ms: u64,
    /// How it ended.
    pub result: RunResult,
    /// The exit code.
    pub exit_code: u8,
    /// The number of projects per result; results without projects are omitted.
    pub counts: BTreeMap<ProjectResult, usize>,
    /// The hooks of the run, in order; omitted if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<HookRecord>,
    /// Every selected project, in the manifest's order.
    pub projects: Vec<ProjectReport>,
}

/// One project's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Why.
    pub reason: Option<Reason>,
    /// The project or text behind the reason.
    pub cause: Option<String>,
    /// The error, if any.
    pub error: Option<ErrorInfo>,
    /// The deployment on the server.
    pub deployment_id: Option<DeploymentId>,
    /// The number of uploads or deletion requests.
    pub attempts: u32,
    /// The number of reconnections of the event stream.
    pub reconnects: u32,
    /// The blockers.
    pub conflicts: Vec<ConflictRecord>,
    /// When its bundling or its first slot began; `None` if it never started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Where the time went.
    pub durations_ms: Durations,
    /// The number of changes; `None` if the server sent none.
    pub diff: Option<DiffCounts>,
    /// The changes; empty if the server sent none.
    pub changes: Vec<Change>,
    /// What was sent.
    pub bundle: Option<BundleFacts>,
    /// Its hooks, in order; omitted if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<HookRecord>,
    /// What was printed during bundling that users should read; omitted if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

impl ProjectReport {
    /// The outcome that closed the row.
    pub fn outcome(&self) -> Outcome {
        Outcome {
            result: self.result,
            reason: self.reason,
            cause: self.cause.clone(),
            error: self.error.clone(),
            deployment_id: self.deployment_id.clone(),
            changes: self.diff.map(|_| self.changes.clone()),
        }
    }

    /// Whether its preview is possible only after its dependencies are deployed.
    pub fn is_dependency_not_deployed(&self) -> bool {
        self.reason == Some(Reason::DependencyNotDeployed)
    }

    /// The changes to show people, in the server's order, without what the Checkly CLI creates as part of a check.
    pub fn shown_changes(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| !change.is_internal())
    }

    /// The number of deletions that [`Self::shown_changes`] hides, such as alert channel subscriptions, if no other resource is deleted.
    pub fn quiet_deletions(&self) -> usize {
        let deleted = |change: &&Change| change.action == Action::Delete;
        match self.shown_changes().any(|change| deleted(&change)) {
            true => 0,
            false => self.changes.iter().filter(deleted).count(),
        }
    }

    /// The counts of [`Self::shown_changes`]; `None` if the server sent no changes.
    pub fn shown_diff(&self) -> Option<DiffCounts> {
        self.diff.map(|_| DiffCounts::of(self.shown_changes()))
    }

    /// Its `on_failure` hook and the error, if that hook failed: a warning, not an error of the project.
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

/// A blocker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConflictRecord {
    /// Its id.
    pub deployment_id: DeploymentId,
    /// What was done about it.
    pub policy: OnConflict,
    /// How long the project waited for it.
    pub waited_ms: u64,
    /// Why it could not be cancelled; left out where it could, or was not to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_error: Option<ErrorInfo>,
}

/// Where a project's time went, in milliseconds. The rest is hooks, retries, delays, and outages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Durations {
    /// Waiting for its dependencies and for its first slot.
    pub queued: u64,
    /// Making the bundle, and reading and compressing the payload.
    pub bundling: u64,
    /// Waiting for blockers, and for the delay and slot after them.
    pub waiting: u64,
    /// Uploading and following.
    pub deploying: u64,
}

/// Facts about a payload.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct BundleFacts {
    /// The canonical digest of its content, lower-case hexadecimal.
    pub sha256: String,
    /// The number of resources.
    #[serde(default)]
    pub resources: usize,
    /// Its size as JSON.
    pub bytes: u64,
    /// Its compressed size; `None` before it is compressed.
    pub gzip_bytes: Option<u64>,
}
