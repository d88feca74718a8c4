//! How a project ended, and why.

use super::DeploymentId;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// How a project ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectResult {
    /// The server completed the deployment.
    Succeeded,
    /// Not sent: the last deployment used the same bundle.
    Unchanged,
    /// The server reported that the deployment failed, or bundling or a hook failed.
    Failed,
    /// The server rejected the request (4xx).
    Rejected,
    /// The deployment was cancelled, by this run or by others.
    Cancelled,
    /// A newer deployment replaced this one.
    Superseded,
    /// Another deployment blocked the project until the deadline, or `on_conflict = "fail"`.
    Conflicted,
    /// The project or the run exceeded its timeout.
    TimedOut,
    /// The API was unreachable or responded with 5xx or 429 until the retries were exhausted.
    Unavailable,
    /// Not started, on purpose or because of another project.
    Skipped,
    /// Interrupted by a signal; no deployment is left on the server.
    Interrupted,
    /// Left running on the server.
    Detached,
    /// A bug in this program stopped it.
    Crashed,
}

impl ProjectResult {
    /// Every result, in the order of the contract.
    pub const ALL: [Self; 13] = [
        Self::Succeeded,
        Self::Unchanged,
        Self::Failed,
        Self::Rejected,
        Self::Cancelled,
        Self::Superseded,
        Self::Conflicted,
        Self::TimedOut,
        Self::Unavailable,
        Self::Skipped,
        Self::Interrupted,
        Self::Detached,
        Self::Crashed,
    ];

    /// Its name in events and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::Conflicted => "conflicted",
            Self::TimedOut => "timed_out",
            Self::Unavailable => "unavailable",
            Self::Skipped => "skipped",
            Self::Interrupted => "interrupted",
            Self::Detached => "detached",
            Self::Crashed => "crashed",
        }
    }

    /// Whether the project is deployed, so its dependents can start.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Succeeded | Self::Unchanged)
    }
}

impl fmt::Display for ProjectResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The code that says why a project did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason(Cow<'static, str>);

impl Reason {
    /// A project this one depends on did not succeed; `cause` names it.
    pub const DEPENDENCY_FAILED: Self = Self::word("dependency_failed");
    /// A preview cannot bundle the project before its dependencies are deployed; `cause` names them.
    pub const DEPENDENCY_NOT_DEPLOYED: Self = Self::word("dependency_not_deployed");
    /// A dependent could not be deleted; `cause` names it.
    pub const DEPENDENT_FAILED: Self = Self::word("dependent_failed");
    /// `--fail-fast` stopped the run.
    pub const FAIL_FAST: Self = Self::word("fail_fast");
    /// `--max-fail` stopped the run.
    pub const MAX_FAIL: Self = Self::word("max_fail");
    /// More projects of a wave failed than its `max_fail_percentage` allows.
    pub const WAVE_FAILED: Self = Self::word("wave_failed");
    /// The conflict deadline passed.
    pub const CONFLICT_DEADLINE: Self = Self::word("conflict_deadline");
    /// A conflict with `on_conflict = "fail"`.
    pub const CONFLICT_POLICY: Self = Self::word("conflict_policy");
    /// Another deployment blocks the project.
    pub const CONFLICT: Self = Self::word("conflict");
    /// A project could not be previewed, so none was deployed.
    pub const PREVIEW_FAILED: Self = Self::word("preview_failed");
    /// The deployment or deletion was not confirmed.
    pub const NOT_CONFIRMED: Self = Self::word("not_confirmed");
    /// More resources would be deleted, or more projects are selected, than a limit allows.
    pub const LIMIT_EXCEEDED: Self = Self::word("limit_exceeded");
    /// The saved plan no longer matches.
    pub const PLAN_MISMATCH: Self = Self::word("plan_mismatch");
    /// A signal interrupted the run.
    pub const INTERRUPTED: Self = Self::word("interrupted");
    /// The project exceeded its timeout.
    pub const PROJECT_TIMEOUT: Self = Self::word("project_timeout");
    /// The run exceeded its timeout.
    pub const RUN_TIMEOUT: Self = Self::word("run_timeout");
    /// The server reported the deployment as FAILED.
    pub const DEPLOYMENT_FAILED: Self = Self::word("deployment_failed");
    /// The server reported the deployment as CANCELLED, and this run did not cancel it.
    pub const CANCELLED_BY_OTHERS: Self = Self::word("cancelled_by_others");
    /// No connection to the API.
    pub const CONNECTION: Self = Self::word("connection");
    /// A request got no response: the server may have processed it.
    pub const NO_RESPONSE: Self = Self::word("no_response");
    /// The response is not one of the API.
    pub const UNEXPECTED_RESPONSE: Self = Self::word("unexpected_response");
    /// The API accepted the deployment but no longer finds it.
    pub const DEPLOYMENT_NOT_FOUND: Self = Self::word("deployment_not_found");
    /// A cancellation was requested but not confirmed.
    pub const CANCEL_TIMEOUT: Self = Self::word("cancel_timeout");
    /// The bundle changed or became unreadable during the run.
    pub const BUNDLE_CHANGED: Self = Self::word("bundle_changed");
    /// The project's own CLI or its `bundle_command` made no valid bundle.
    pub const BUNDLING_FAILED: Self = Self::word("bundling_failed");
    /// The project cannot be bundled offline: it has files to upload or refers to resources of the account.
    pub const REQUIRES_NETWORK: Self = Self::word("requires_network");
    /// Bundling exceeded `bundle_timeout`.
    pub const BUNDLING_TIMEOUT: Self = Self::word("bundling_timeout");
    /// The logical id in the bundle differs from the manifest's.
    pub const WRONG_LOGICAL_ID: Self = Self::word("wrong_logical_id");
    /// The project has no resources: deploying it would delete all deployed ones.
    pub const EMPTY_PROJECT: Self = Self::word("empty_project");
    /// Another project in the same account has the same logical id; `cause` names it.
    pub const SAME_LOGICAL_ID: Self = Self::word("same_logical_id");
    /// The project in the account belongs to another repository; `error` names both.
    pub const OWNED_BY_ANOTHER_REPOSITORY: Self = Self::word("owned_by_another_repository");
    /// The account refuses to list its projects, so the owner of this one is unknown.
    pub const OWNERSHIP_UNVERIFIED: Self = Self::word("ownership_unverified");
    /// The project's `pre` hook failed: nothing was sent.
    pub const PRE_HOOK: Self = Self::word("pre_hook");
    /// The project's own `checkly test` failed: nothing was sent.
    pub const TEST_FAILED: Self = Self::word("test_failed");
    /// The project is deployed, and its `post` hook failed.
    pub const POST_HOOK: Self = Self::word("post_hook");
    /// The run's own `pre` hook failed: nothing was sent.
    pub const RUN_PRE_HOOK: Self = Self::word("run_pre_hook");
    /// A bug in this program.
    pub const PANIC: Self = Self::word("panic");

    const fn word(word: &'static str) -> Self {
        Self(Cow::Borrowed(word))
    }

    /// The API responded with this status: `http_401`.
    pub fn http(status: u16) -> Self {
        Self(Cow::Owned(format!("http_{status}")))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An error, in the server's words if it sent any, and what to do about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ErrorInfo {
    /// The server's error code, such as `PLAN_LIMITS_EXCEEDED`.
    pub code: Option<String>,
    /// What happened, as one sentence.
    pub message: String,
    /// The HTTP status that carried it.
    pub http_status: Option<u16>,
    /// What to do next.
    pub hint: Option<String>,
    /// The last lines of the output of the bundling program or hook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// What a deployment did to one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Action {
    /// Created.
    Create,
    /// Updated or unchanged: the API does not distinguish them.
    Update,
    /// Deleted from the account.
    Delete,
    /// Kept in the account, no longer managed (`preserve_resources`).
    Detached,
}

/// The server's own id of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PhysicalId {
    /// Of groups, channels, maintenance windows.
    Number(u64),
    /// Of checks: a UUID.
    Text(String),
}

/// One line of a deployment's diff.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What was done.
    pub action: Action,
    /// The resource's type, such as `check`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name in the project.
    pub logical_id: String,
    /// Its id in the account, if the server sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical_id: Option<PhysicalId>,
    /// Its ping URL, for a created heartbeat check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Heartbeat>,
}

/// Where a heartbeat check receives its pings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// The ping URL, if the API returned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ping_url: Option<String>,
    /// Why it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The types of resources that the Checkly CLI creates for a check or a group without listing them.
const INTERNAL: [&str; 3] = [
    "alert-channel-subscription",
    "private-location-check-assignment",
    "private-location-group-assignment",
];

impl Change {
    /// Whether the resource is not in the project's code but is created and deleted along with a check or group.
    pub fn is_internal(&self) -> bool {
        INTERNAL.contains(&self.kind.as_str())
    }
}

/// How many resources a deployment created, updated, deleted, and preserved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // the names say it
pub struct DiffCounts {
    pub create: usize,
    pub update: usize,
    pub delete: usize,
    pub detach: usize,
}

impl DiffCounts {
    /// Counts the changes by action.
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut counts = Self::default();
        for change in changes {
            match change.action {
                Action::Create => counts.create += 1,
                Action::Update => counts.update += 1,
                Action::Delete => counts.delete += 1,
                Action::Detached => counts.detach += 1,
            }
        }
        counts
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            create: self.create + other.create,
            update: self.update + other.update,
            delete: self.delete + other.delete,
            detach: self.detach + other.detach,
        }
    }
}

/// The outcome of a project.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Outcome {
    /// The result.
    pub result: ProjectResult,
    /// Why; `None` on success.
    pub reason: Option<Reason>,
    /// The project or the text behind the reason.
    pub cause: Option<String>,
    /// The error, if any.
    pub error: Option<ErrorInfo>,
    /// This run's deployment on the server, if one was accepted.
    pub deployment_id: Option<DeploymentId>,
    /// Its changes; `None` if the server sent none.
    pub changes: Option<Vec<Change>>,
}

impl Outcome {
    /// An outcome with nothing but a result.
    pub fn new(result: ProjectResult) -> Self {
        Self {
            result,
            reason: None,
            cause: None,
            error: None,
            deployment_id: None,
            changes: None,
        }
    }

    /// The same with a reason.
    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The same with an error.
    #[must_use]
    pub fn with_error(mut self, error: ErrorInfo) -> Self {
        self.error = Some(error);
        self
    }

    /// The same with a deployment.
    #[must_use]
    pub fn of(mut self, id: DeploymentId) -> Self {
        self.deployment_id = Some(id);
        self
    }
}
