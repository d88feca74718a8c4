//! What goes into the calls and what comes out of them.

use crate::model::{DeploymentId, Ending, Failure};
use std::time::Duration;

/// What a submission says beside its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubmitOptions {
    /// Run the checks once right after the deployment.
    pub schedule_on_deploy: bool,
    /// Keep resources that the project no longer contains.
    pub preserve_resources: bool,
}

/// What asking to delete a project brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destroyed {
    /// The server deletes it, in a deployment with this id.
    Accepted(DeploymentId),
    /// There was nothing to delete.
    NotThere,
}

/// A project that an account has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteProject {
    /// Its name in the account.
    pub logical_id: String,
    /// Its name for people; may be empty.
    pub name: String,
    /// The repository's address in the Checkly configuration it was deployed with, where there was one.
    pub repo_url: Option<String>,
    /// When it was first deployed, as the server writes it: RFC 3339.
    pub created_at: Option<String>,
}

/// Why a submission was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// 409: another deployment, or a deletion, holds the project.
    Conflict {
        /// The other one, where the server named it.
        blocker: Option<DeploymentId>,
        /// The server's words.
        message: String,
    },
    /// Anything else.
    Failed(Failure),
}

/// What waiting for the end of a deployment brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completion {
    /// It ended.
    Final(Ending),
    /// It runs.
    StillRunning {
        /// `Retry-After`, where the server sent one.
        retry_after: Option<Duration>,
    },
    /// 404: the API does not know it, or no longer.
    Gone,
}

/// What asking to cancel a deployment brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It will end soon, or has ended: cancelled or otherwise. Only its end tells.
    Acknowledged,
    /// 404: the API does not know it, or no longer.
    Gone,
}

/// What looking a deployment up brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It runs, or waits to.
    Running {
        /// 0 to 100.
        percent: u8,
    },
    /// It ended.
    Ended(Ending),
    /// 404: the API does not know it, or no longer.
    Gone,
}

impl From<Failure> for SubmitError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
