//! The user's settings for deployments.

use super::Reason;
use super::names::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

named! {
    /// What to do if another deployment blocks the project.
    #[derive(Default)]
    pub enum OnConflict {
        /// Wait for it to finish, then deploy.
        #[default]
        Wait = "wait",
        /// Cancel it, wait for it to finish, then deploy.
        Cancel = "cancel",
        /// Give up immediately.
        Fail = "fail",
    }
}

named! {
    /// What the first signal does; each further signal goes a step further.
    #[derive(Default)]
    pub enum OnInterrupt {
        /// Start nothing new and follow running deployments until they finish.
        #[default]
        Drain = "drain",
        /// Cancel running deployments and wait for them to finish.
        Cancel = "cancel",
        /// Exit immediately and leave deployments running.
        Detach = "detach",
    }
}

impl OnInterrupt {
    /// What the next signal does.
    #[must_use]
    pub fn next_level(self) -> Self {
        match self {
            Self::Drain => Self::Cancel,
            Self::Cancel | Self::Detach => Self::Detach,
        }
    }

    /// Whether running hooks are stopped and no others are started.
    pub fn stops_hooks(self) -> bool {
        self > Self::Drain
    }
}

/// Why this run cancels a deployment or does not start it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CancelCause {
    /// The reason of the project.
    pub reason: Reason,
    /// The other project behind it.
    pub project: Option<String>,
}

impl CancelCause {
    /// Because of another project.
    pub fn of(reason: Reason, project: impl Into<String>) -> Self {
        Self {
            reason,
            project: Some(project.into()),
        }
    }
}

impl From<Reason> for CancelCause {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            project: None,
        }
    }
}

/// How often transient failures are retried, and with which delays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retries {
    /// The number of retries; any success resets the count.
    pub count: u32,
    /// The delay before the first retry; it doubles each time.
    #[serde(with = "duration")]
    #[schemars(with = "String")]
    pub delay: Duration,
    /// The maximum delay, unless the server requests a longer one.
    #[serde(with = "duration")]
    #[schemars(with = "String")]
    pub max_delay: Duration,
    /// Choose each delay at random between half and all of its length, so clients do not retry simultaneously.
    pub jitter: bool,
}

/// The settings of one project's deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectPolicy {
    /// See [`OnConflict`].
    pub on_conflict: OnConflict,
    /// How long to wait for blockers, counted from the first conflict.
    #[serde(with = "duration")]
    #[schemars(with = "String")]
    pub conflict_deadline: Duration,
    /// See [`Retries`].
    pub retries: Retries,
    /// How long an unavailable API is waited for; `None` for the defaults of [`Self::outage_limit`].
    #[serde(default, with = "optional_duration")]
    #[schemars(with = "Option<String>")]
    pub outage_limit: Option<Duration>,
    /// The timeout of the project, counted from its first start.
    #[serde(with = "duration")]
    #[schemars(with = "String")]
    pub timeout: Duration,
    /// Run checks once after the deployment.
    pub schedule_on_deploy: bool,
    /// Preserve resources that are no longer in the project.
    pub preserve_resources: bool,
}

impl ProjectPolicy {
    /// How long a request waits for an unavailable API. What the server has accepted is kept in sight for longer than what it
    /// has not.
    pub fn outage_limit(&self, is_accepted: bool) -> Duration {
        self.outage_limit.unwrap_or(match is_accepted {
            true => Duration::from_secs(15 * 60),
            false => Duration::from_secs(2 * 60),
        })
    }

    /// The same for a preview, which never cancels a blocker.
    pub fn of_preview(self) -> Self {
        let on_conflict = match self.on_conflict {
            OnConflict::Cancel => OnConflict::Wait,
            other => other,
        };
        Self {
            on_conflict,
            ..self
        }
    }
}

/// Which journals of earlier runs are kept: `[state]` of the manifest. The latest of each manifest and account is always kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Retention {
    /// The maximum number for each manifest and account.
    pub keep_runs: usize,
    /// The maximum age.
    #[serde(with = "duration")]
    pub keep_for: Duration,
    /// The maximum total size, in MiB.
    pub keep_mib: u64,
}

/// The settings of the whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// The maximum number of projects submitted or followed at once; at least 1.
    pub concurrency: usize,
    /// The maximum number of projects bundled at once; at least 1.
    pub bundle_concurrency: usize,
    /// Start no more projects after this many failures.
    pub max_fail: Option<usize>,
    /// Start no more projects after the first failure.
    pub fail_fast: bool,
    /// The timeout of the run.
    #[serde(with = "optional_duration")]
    #[schemars(with = "Option<String>")]
    pub timeout: Option<Duration>,
    /// See [`OnInterrupt`].
    pub on_interrupt: OnInterrupt,
}

#[cfg(test)]
impl ProjectPolicy {
    /// The built-in defaults, without jitter.
    pub(crate) fn bare() -> Self {
        Self {
            on_conflict: OnConflict::Wait,
            conflict_deadline: Duration::from_secs(1800),
            retries: Retries {
                count: 3,
                delay: Duration::from_secs(1),
                max_delay: Duration::from_secs(30),
                jitter: false,
            },
            outage_limit: None,
            timeout: Duration::from_secs(2700),
            schedule_on_deploy: true,
            preserve_resources: false,
        }
    }
}

#[cfg(test)]
impl Limits {
    /// Nothing but a limit of slots.
    pub(crate) fn bare(concurrency: usize) -> Self {
        Self {
            concurrency,
            bundle_concurrency: 2,
            max_fail: None,
            fail_fast: false,
            timeout: None,
            on_interrupt: OnInterrupt::Drain,
        }
    }
}

/// The settings of a wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Wave {
    /// The pause between the end of its last project and the next wave.
    #[serde(with = "duration")]
    pub soak: Duration,
    /// The percentage of its projects that may fail; if more do, nothing new starts. At most 100.
    pub max_fail_percentage: u8,
}

impl Wave {
    /// A wave without a pause or a limit.
    pub const LENIENT: Self = Self {
        soak: Duration::ZERO,
        max_fail_percentage: 100,
    };
}

/// The limits of a run; `None` for no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// The maximum number of resources that all deployments together delete.
    pub max_deletes: Option<usize>,
    /// The maximum number of selected projects.
    pub max_projects: Option<usize>,
}

/// Durations as people write them: `30s`, `5m`.
pub(crate) mod duration {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
    use std::time::Duration;

    pub(crate) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&humantime::format_duration(*value))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        humantime::parse_duration(&text).map_err(D::Error::custom)
    }
}

/// The same, or none.
mod optional_duration {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::time::Duration;

    #[derive(Serialize, Deserialize)]
    struct Wrapped(#[serde(with = "super::duration")] Duration);

    #[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde expects
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Wrapped).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<Wrapped>::deserialize(from)?.map(|wrapped| wrapped.0))
    }
}
