//! What the user may set about how projects are deployed.

use super::Reason;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// What to do when another deployment holds the project.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum OnConflict {
    /// Wait for it to end, then deploy.
    #[default]
    Wait,
    /// Cancel it, wait for it to end, then deploy.
    Cancel,
    /// Give up at once.
    Fail,
}

impl fmt::Display for OnConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wait => "wait",
            Self::Cancel => "cancel",
            Self::Fail => "fail",
        })
    }
}

/// The first step of the interrupt ladder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnInterrupt {
    /// Start nothing new, follow what runs to its end.
    #[default]
    Drain,
    /// Cancel what runs and wait for its end.
    Cancel,
    /// Leave at once; what runs stays on the server.
    Detach,
}

/// Why we stopped wanting a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelCause {
    /// A signal.
    Interrupt,
    /// `--max-fail` was reached.
    MaxFail,
    /// The named project, which this one depends on, did not succeed.
    DependencyFailed(String),
    /// A preview: the named projects, which this one depends on and needs to be bundled, are not deployed yet.
    DependencyNotDeployed(String),
    /// The named project, which depends on this one, could not be deleted.
    DependentFailed(String),
    /// The conflict deadline passed.
    ConflictDeadline,
    /// `on_conflict = "fail"`.
    ConflictPolicy,
    /// The project's time limit.
    ProjectTimeout,
    /// The run's time limit.
    RunTimeout,
    /// Too many projects of a wave did not succeed.
    WaveFailed,
    /// The run's own `pre` hook failed.
    RunPreHook,
    /// The named project of the account has the same logical id: each would delete the other's checks.
    SameLogicalId(String),
}

impl CancelCause {
    /// The machine word for it.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Interrupt => Reason::INTERRUPTED,
            Self::MaxFail => Reason::MAX_FAIL,
            Self::DependencyFailed(_) => Reason::DEPENDENCY_FAILED,
            Self::DependencyNotDeployed(_) => Reason::DEPENDENCY_NOT_DEPLOYED,
            Self::DependentFailed(_) => Reason::DEPENDENT_FAILED,
            Self::ConflictDeadline => Reason::CONFLICT_DEADLINE,
            Self::ConflictPolicy => Reason::CONFLICT_POLICY,
            Self::ProjectTimeout => Reason::PROJECT_TIMEOUT,
            Self::RunTimeout => Reason::RUN_TIMEOUT,
            Self::WaveFailed => Reason::WAVE_FAILED,
            Self::RunPreHook => Reason::RUN_PRE_HOOK,
            Self::SameLogicalId(_) => Reason::SAME_LOGICAL_ID,
        }
    }
}

/// How often a passing failure is tried again, and with what pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retries {
    /// Further tries after the first, counted anew whenever something went right.
    pub count: u32,
    /// The pause before the first retry; it doubles each time.
    #[serde(with = "duration")]
    pub delay: Duration,
    /// No pause is longer than this, unless the server asks for more.
    #[serde(with = "duration")]
    pub max_delay: Duration,
    /// Draw each pause from zero to its length, so that many clients do not retry in step.
    pub jitter: bool,
}

/// What one project's deployment obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectPolicy {
    /// See [`OnConflict`].
    pub on_conflict: OnConflict,
    /// How long, from the first conflict on, other deployments are waited for.
    pub conflict_deadline: Duration,
    /// See [`Retries`].
    pub retries: Retries,
    /// How long the project may take from its first start.
    pub timeout: Duration,
    /// Run checks once right after the deployment.
    pub schedule_on_deploy: bool,
    /// Keep resources that the project no longer contains.
    pub preserve_resources: bool,
}

impl ProjectPolicy {
    /// The same for a preview: nothing that somebody else has started is cancelled for it.
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

/// What the whole run obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Projects that may be submitted or followed at once; at least 1.
    pub concurrency: usize,
    /// Projects that may be bundled at once; at least 1.
    pub bundle_concurrency: usize,
    /// Stop starting projects after this many did not succeed.
    pub max_fail: Option<usize>,
    /// How long the run may take.
    pub timeout: Option<Duration>,
    /// The first step of the interrupt ladder.
    pub on_interrupt: OnInterrupt,
}

/// What holds for one wave of projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wave {
    /// The pause after its last project has ended, before the next wave begins.
    pub soak: Duration,
    /// So many in a hundred of its projects may end without success; if more do, nothing more is started. At most 100.
    pub max_fail_percentage: u8,
}

impl Wave {
    /// A wave that stops nobody.
    pub const LENIENT: Self = Self {
        soak: Duration::ZERO,
        max_fail_percentage: 100,
    };
}

/// What one run may come to before it is stopped. Without a number there is no budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Resources that all its deployments together may delete.
    pub max_deletes: Option<usize>,
    /// Projects that may be selected.
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
