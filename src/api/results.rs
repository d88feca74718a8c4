//! The parameters and results of API calls.

use crate::model::{DeploymentId, Ending, Failure, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::time::Duration;

/// The parameters of a submission, besides its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubmitOptions {
    /// Run the checks once right after the deployment.
    pub schedule_on_deploy: bool,
    /// Preserve resources that the project no longer contains.
    pub preserve_resources: bool,
}

/// The result of a request to delete a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destroyed {
    /// The server deletes it in a deployment with this id.
    Accepted(DeploymentId),
    /// The project did not exist.
    NotThere,
}

/// `ProjectResponse`: a project of an account. A value that is not a string counts as missing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoteProject {
    /// Its logical id.
    pub logical_id: String,
    /// Its display name, if any.
    #[serde(default, deserialize_with = "text")]
    pub name: Option<String>,
    /// The repository URL in the Checkly configuration it was deployed with, if any.
    #[serde(default, deserialize_with = "text")]
    pub repo_url: Option<String>,
    /// The time of its first deployment in the server's format, RFC 3339.
    #[serde(default, rename = "created_at", alias = "createdAt")]
    #[serde(deserialize_with = "text")]
    pub created_at: Option<String>,
}

fn text<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let value = Value::deserialize(value)?;
    Ok(value.as_str().map(str::to_owned))
}

/// A 409: another deployment or deletion blocks the project, if it names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The blocker.
    pub blocker: Option<DeploymentId>,
    /// The response, in the server's words.
    pub failure: Failure,
}

/// The result of a request to cancel a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It will end soon, or has ended: canceled or otherwise. Only its end tells.
    Acknowledged,
    /// 404: the API does not know it, or no longer does.
    Gone,
}

/// The result of getting a deployment, or of waiting for its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is running or pending.
    Running {
        /// The server's `Retry-After`, if any.
        retry_after: Option<Duration>,
    },
    /// It ended.
    Ended(Ended),
    /// 404: the API does not know it, or no longer does.
    Gone,
}

/// A deployment that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub ending: Ending,
    /// When the server accepted it, by its clock.
    pub created_at: Option<Timestamp>,
}
