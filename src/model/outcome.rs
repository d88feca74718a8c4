//! How one project's deployment ended, and why.

use super::DeploymentId;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// The one word for how a project ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectResult {
    /// The server finished the deployment.
    Succeeded,
    /// Not sent: the same bundle was the last one deployed.
    Unchanged,
    /// The server said the deployment failed.
    Failed,
    /// The server refused the request (4xx).
    Rejected,
    /// The deployment was cancelled, by us or by somebody else.
    Cancelled,
    /// Ours was cancelled and a newer one took its place.
    Superseded,
    /// Another deployment held the project: past the deadline, or `on_conflict = "fail"`.
    Conflicted,
    /// The project's or the run's time limit ran out.
    TimedOut,
    /// The API could not be reached, or answered 5xx or 429, until the retries were used up.
    Unavailable,
    /// Never started, on purpose or because of another project.
    Skipped,
    /// Never finished because of a signal; nothing of it is left on the server.
    Interrupted,
    /// Left running on the server.
    Detached,
    /// A bug in this program ended it.
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

    /// The word used in output and reports.
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

    /// Whether what this project's dependents need is in place.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Succeeded | Self::Unchanged)
    }
}

impl fmt::Display for ProjectResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A short machine word for why a project did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason(Cow<'static, str>);

impl Reason {
    /// A project this one depends on did not succeed; `cause` names it.
    pub const DEPENDENCY_FAILED: Self = Self::word("dependency_failed");
    /// A preview cannot bundle it before projects that it depends on are deployed; `cause` names them.
    pub const DEPENDENCY_NOT_DEPLOYED: Self = Self::word("dependency_not_deployed");
    /// A project that depends on this one could not be deleted; `cause` names it.
    pub const DEPENDENT_FAILED: Self = Self::word("dependent_failed");
    /// `--max-fail` or `--fail-fast` stopped the run.
    pub const MAX_FAIL: Self = Self::word("max_fail");
    /// More projects of a wave than its `max_fail_percentage` allows did not succeed.
    pub const WAVE_FAILED: Self = Self::word("wave_failed");
    /// The conflict deadline passed.
    pub const CONFLICT_DEADLINE: Self = Self::word("conflict_deadline");
    /// The project's policy is not to wait: `on_conflict = "fail"`.
    pub const CONFLICT_POLICY: Self = Self::word("conflict_policy");
    /// Another deployment holds the project.
    pub const CONFLICT: Self = Self::word("conflict");
    /// Not every project could be previewed, so none was deployed.
    pub const PREVIEW_FAILED: Self = Self::word("preview_failed");
    /// Nobody has said yes.
    pub const NOT_CONFIRMED: Self = Self::word("not_confirmed");
    /// More would be deleted, or more projects are selected, than a budget allows.
    pub const LIMIT_EXCEEDED: Self = Self::word("limit_exceeded");
    /// Something is not as the plan says that was to be deployed.
    pub const PLAN_MISMATCH: Self = Self::word("plan_mismatch");
    /// A signal stopped the run.
    pub const INTERRUPTED: Self = Self::word("interrupted");
    /// The project's time limit ran out.
    pub const PROJECT_TIMEOUT: Self = Self::word("project_timeout");
    /// The run's time limit ran out.
    pub const RUN_TIMEOUT: Self = Self::word("run_timeout");
    /// The server ended the deployment as FAILED.
    pub const DEPLOYMENT_FAILED: Self = Self::word("deployment_failed");
    /// The server ended the deployment as CANCELLED, and not because of us.
    pub const CANCELLED_BY_OTHERS: Self = Self::word("cancelled_by_others");
    /// No connection to the API.
    pub const CONNECTION: Self = Self::word("connection");
    /// A request was sent and its reply never came: the server may have acted on it.
    pub const NO_RESPONSE: Self = Self::word("no_response");
    /// A reply came that is not what the API sends.
    pub const UNEXPECTED_RESPONSE: Self = Self::word("unexpected_response");
    /// The deployment was accepted and the API no longer knows it.
    pub const DEPLOYMENT_NOT_FOUND: Self = Self::word("deployment_not_found");
    /// The cancel was asked for and its effect never confirmed.
    pub const CANCEL_TIMEOUT: Self = Self::word("cancel_timeout");
    /// The bundle could not be read again, or is another one than was checked.
    pub const BUNDLE_CHANGED: Self = Self::word("bundle_changed");
    /// The project's own CLI, or what stands for it, made no bundle.
    pub const BUNDLING_FAILED: Self = Self::word("bundling_failed");
    /// It was to be bundled offline, and has files that must be uploaded, or names what only the account knows.
    pub const REQUIRES_NETWORK: Self = Self::word("requires_network");
    /// Bundling took longer than `bundle_timeout`.
    pub const BUNDLING_TIMEOUT: Self = Self::word("bundling_timeout");
    /// The bundle has another logical id than the manifest says.
    pub const WRONG_LOGICAL_ID: Self = Self::word("wrong_logical_id");
    /// The project has no resources: deploying it would delete everything it has deployed before.
    pub const EMPTY_PROJECT: Self = Self::word("empty_project");
    /// Another project of the account has the same logical id; `cause` names it.
    pub const SAME_LOGICAL_ID: Self = Self::word("same_logical_id");
    /// The account has the project from another repository; `error` names both.
    pub const OWNED_BY_ANOTHER_REPOSITORY: Self = Self::word("owned_by_another_repository");
    /// The account refuses to list its projects, so whether it has this one from another repository is unknown.
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

    /// The API answered with this status: `http_401`.
    pub fn http(status: u16) -> Self {
        Self(Cow::Owned(format!("http_{status}")))
    }

    /// The word itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What went wrong, in the server's words where it has said any, and what to do about it.
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
    /// What the program said that was to make the bundle, or that was a hook: its last lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// What a deployment did to one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Action {
    /// Made anew.
    Create,
    /// Updated, or unchanged: the API does not tell the two apart.
    Update,
    /// Removed from the account.
    Delete,
    /// Kept in the account, no longer managed (`preserve_resources`).
    Detached,
}

/// The server's own id of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PhysicalId {
    /// Groups, channels, windows.
    Number(u64),
    /// Checks: a UUID.
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
    /// Its name in the account, where the server told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical_id: Option<PhysicalId>,
    /// Of a heartbeat check that was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Heartbeat>,
}

/// Where a heartbeat check receives its pings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// The ping URL, where the API gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ping_url: Option<String>,
    /// Why the API did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What the Checkly CLI makes by itself for a check or a group, and does not show either.
const INTERNAL: [&str; 3] = [
    "alert-channel-subscription",
    "private-location-check-assignment",
    "private-location-group-assignment",
];

impl Change {
    /// Whether nobody has written this resource: it is part of a check or a group, and comes and goes with it.
    pub fn is_internal(&self) -> bool {
        INTERNAL.contains(&self.kind.as_str())
    }
}

/// How many resources a deployment created, updated, deleted and detached.
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

    /// Both together.
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

/// How one project ended: the last word of its deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Outcome {
    /// The one word.
    pub result: ProjectResult,
    /// Why, as a machine word; `None` on success.
    pub reason: Option<Reason>,
    /// The project or the text behind the reason.
    pub cause: Option<String>,
    /// The error, where there was one.
    pub error: Option<ErrorInfo>,
    /// Our deployment on the server, where one was accepted.
    pub deployment_id: Option<DeploymentId>,
    /// What it did; `None` where the server did not say.
    pub changes: Option<Vec<Change>>,
}

impl Outcome {
    /// An outcome of this kind with nothing else known.
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

    /// The same with the deployment it is about.
    #[must_use]
    pub fn of(mut self, id: DeploymentId) -> Self {
        self.deployment_id = Some(id);
        self
    }
}
