//! How a project ended, and why.

use super::DeploymentId;
use super::names::named;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

named! {
    /// How a project ended.
    pub enum ProjectResult {
        /// The server completed the deployment.
        Succeeded = "succeeded",
        /// Not sent: the last deployment used the same bundle.
        Unchanged = "unchanged",
        /// The server reported that the deployment failed, or bundling or a hook failed.
        Failed = "failed",
        /// The server rejected the request (4xx).
        Rejected = "rejected",
        /// The deployment was cancelled, by this run or by others.
        Cancelled = "cancelled",
        /// A newer deployment replaced this one.
        Superseded = "superseded",
        /// Another deployment blocked the project until the deadline, or `on_conflict = "fail"`.
        Conflicted = "conflicted",
        /// The project or the run exceeded its timeout.
        TimedOut = "timed_out",
        /// The API was unreachable or responded with 5xx or 429 until the retries were exhausted.
        Unavailable = "unavailable",
        /// Not started, on purpose or because of another project.
        Skipped = "skipped",
        /// Interrupted by a signal; no deployment is left on the server.
        Interrupted = "interrupted",
        /// Left running on the server.
        Detached = "detached",
        /// A bug in this program stopped it.
        Crashed = "crashed",
    }
}

impl ProjectResult {
    /// Whether the project is deployed, so its dependents can start.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Succeeded | Self::Unchanged)
    }
}

/// Lists the reasons once: their variants, their codes, and what they mean.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// Why a project did not succeed. In events and reports it is a code, such as `dependency_failed` or `http_401`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason {
            $($(#[$doc])* $variant,)*
            /// The API responded with this status: `http_401`.
            Http(u16),
        }

        impl Reason {
            /// Every reason except [`Self::Http`].
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its code.
            pub fn as_str(self) -> Cow<'static, str> {
                match self {
                    $(Self::$variant => Cow::Borrowed($code),)*
                    Self::Http(status) => Cow::Owned(format!("http_{status}")),
                }
            }
        }
    };
}

reasons! {
    /// A project this one depends on did not succeed; `cause` names it.
    DependencyFailed = "dependency_failed",
    /// A preview cannot bundle the project before its dependencies are deployed; `cause` names them.
    DependencyNotDeployed = "dependency_not_deployed",
    /// A dependent could not be deleted; `cause` names it.
    DependentFailed = "dependent_failed",
    /// `--fail-fast` stopped the run.
    FailFast = "fail_fast",
    /// `--max-fail` stopped the run.
    MaxFail = "max_fail",
    /// The API refused the account's key for another project; `cause` names it.
    KeyRefused = "key_refused",
    /// `resume --failed` starts only what failed.
    NotSelected = "not_selected",
    /// More projects of a wave failed than its `max_fail_percentage` allows.
    WaveFailed = "wave_failed",
    /// The conflict deadline passed.
    ConflictDeadline = "conflict_deadline",
    /// A conflict with `on_conflict = "fail"`.
    ConflictPolicy = "conflict_policy",
    /// Another deployment blocks the project.
    Conflict = "conflict",
    /// A project could not be previewed, so none was deployed.
    PreviewFailed = "preview_failed",
    /// The deployment or deletion was not confirmed.
    NotConfirmed = "not_confirmed",
    /// More resources would be deleted, or more projects are selected, than a limit allows.
    LimitExceeded = "limit_exceeded",
    /// The saved plan no longer matches.
    PlanMismatch = "plan_mismatch",
    /// A signal interrupted the run.
    Interrupted = "interrupted",
    /// The run's process ended before the run did, or the run is still under way.
    RunNotFinished = "run_not_finished",
    /// The project exceeded its timeout.
    ProjectTimeout = "project_timeout",
    /// The run exceeded its timeout.
    RunTimeout = "run_timeout",
    /// The server reported the deployment as FAILED.
    DeploymentFailed = "deployment_failed",
    /// The server reported the deployment as CANCELLED, and this run did not cancel it.
    CancelledByOthers = "cancelled_by_others",
    /// No connection to the API.
    Connection = "connection",
    /// The certificate of the API, or of the proxy, is not accepted.
    Certificate = "certificate",
    /// A request got no response: the server may have processed it.
    NoResponse = "no_response",
    /// The response is not one of the API.
    UnexpectedResponse = "unexpected_response",
    /// The API accepted the deployment but no longer finds it.
    DeploymentNotFound = "deployment_not_found",
    /// A cancellation was requested but not confirmed.
    CancelTimeout = "cancel_timeout",
    /// The bundle changed or became unreadable during the run.
    BundleChanged = "bundle_changed",
    /// The project's own CLI or its `bundle_command` made no valid bundle.
    BundlingFailed = "bundling_failed",
    /// The project cannot be bundled offline: it has files to upload or refers to resources of the account.
    RequiresNetwork = "requires_network",
    /// Bundling exceeded `bundle_timeout`.
    BundlingTimeout = "bundling_timeout",
    /// The logical id in the bundle differs from the manifest's.
    WrongLogicalId = "wrong_logical_id",
    /// The project has no resources: deploying it would delete all deployed ones.
    EmptyProject = "empty_project",
    /// Another project in the same account has the same logical id; `cause` names it.
    SameLogicalId = "same_logical_id",
    /// The project in the account belongs to another repository; `error` names both.
    OwnedByAnotherRepository = "owned_by_another_repository",
    /// The account refuses to list its projects, so the owner of this one is unknown.
    OwnershipUnverified = "ownership_unverified",
    /// The project's `pre` hook failed: nothing was sent.
    PreHook = "pre_hook",
    /// The project's own `checkly test` failed: nothing was sent.
    TestFailed = "test_failed",
    /// The project is deployed, and its `post` hook failed.
    PostHook = "post_hook",
    /// The run's own `pre` hook failed: nothing was sent.
    RunPreHook = "run_pre_hook",
    /// A bug in this program.
    Panic = "panic",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.as_str())
    }
}

/// A code that no reason has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown reason `{0}`")]
pub struct UnknownReason(String);

impl FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(code: &str) -> Result<Self, UnknownReason> {
        let status = code.strip_prefix("http_").and_then(|it| it.parse().ok());
        let mut all = Self::ALL.iter().copied().chain(status.map(Self::Http));
        let found = all.find(|reason| reason.as_str() == code);
        found.ok_or_else(|| UnknownReason(code.to_owned()))
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Reason {
    fn schema_name() -> Cow<'static, str> {
        "Reason".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<_> = Self::ALL.iter().map(|reason| reason.as_str()).collect();
        json_schema!({ "anyOf": [{ "enum": codes }, { "type": "string", "pattern": "^http_[1-9][0-9]*$" }] })
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Cow::<str>::deserialize(deserializer)?;
        code.parse().map_err(D::Error::custom)
    }
}

/// An error, in the server's words if it sent any, and what to do about it.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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

impl ErrorInfo {
    /// An error with nothing but a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// The same with advice.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What a deployment did to one resource.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(untagged)]
pub enum PhysicalId {
    /// Of groups, channels, maintenance windows.
    Number(u64),
    /// Of checks: a UUID.
    Text(String),
}

/// One line of a deployment's diff.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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

#[cfg(test)]
impl Change {
    /// Of a resource whose id the server did not send.
    pub(crate) fn bare(action: Action, kind: &str, logical_id: &str) -> Self {
        Self {
            action,
            kind: kind.to_owned(),
            logical_id: logical_id.to_owned(),
            physical_id: None,
            heartbeat: None,
        }
    }
}

/// How many resources a deployment created, updated, deleted, and preserved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn the_code_of_a_reason_is_its_name_and_can_be_read() {
        for &reason in Reason::ALL {
            let mut code = String::new();
            for c in format!("{reason:?}").chars() {
                if c.is_ascii_uppercase() && !code.is_empty() {
                    code.push('_');
                }
                code.push(c.to_ascii_lowercase());
            }
            assert_eq!(json!(reason), json!(code));
            assert_eq!(from_value::<Reason>(json!(code)).unwrap(), reason);
        }
        assert_eq!(json!(Reason::Http(401)), json!("http_401"));
        assert_eq!("http_401".parse(), Ok(Reason::Http(401)));
    }

    #[test]
    fn an_unknown_code_is_an_error_that_names_it() {
        for code in [
            "solar_flare",
            "http_",
            "http_+401",
            "http_0401",
            "http_70000",
        ] {
            let error = from_value::<Reason>(json!(code)).unwrap_err();
            assert_eq!(error.to_string(), format!("unknown reason `{code}`"));
        }
    }
}
