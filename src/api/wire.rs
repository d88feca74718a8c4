//! The server's messages, and their meaning for the model. Lenient where unknown content is harmless.

use super::error_body::readable;
use super::json;
use crate::model::{Action, Change, DeploymentId, Ending, ErrorInfo, PhysicalId, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// Anything with an id: an accepted submission, or an account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identified {
    pub(super) id: String,
    /// The project of a submission.
    #[serde(default)]
    pub(super) logical_id: Value,
}

/// A heartbeat check.
#[derive(Debug, Deserialize)]
pub(super) struct HeartbeatCheck {
    pub(super) heartbeat: Pings,
}

/// The URL of its pings.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pings {
    pub(super) ping_url: String,
}

/// `ProjectDeployment`: a deployment in events and in the responses of completion and status requests.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deployment {
    id: String,
    status: String,
    #[serde(default)]
    created_at: Value,
    error: Option<Value>,
    result: Option<Plan>,
}

/// `ProjectDeployResponse`: what a deployment changed or, from a dry run, would change.
#[derive(Debug, Deserialize)]
pub(super) struct Plan {
    diff: Option<Vec<DiffLine>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DiffLine {
    logical_id: Option<String>,
    physical_id: Option<Value>,
    r#type: Option<String>,
    action: Option<String>,
}

/// The data of a `progress` event.
#[derive(Debug, Deserialize)]
pub(super) struct Progress {
    progress: f64,
}

impl Deployment {
    /// This deployment, if it has this id; else the reason why not.
    pub(super) fn expect_id(self, id: &DeploymentId) -> Result<Self, String> {
        if self.id == id.as_str() {
            Ok(self)
        } else {
            let other = readable(&self.id);
            Err(format!("it is about another deployment, {other}"))
        }
    }

    /// When the server accepted it.
    pub(super) fn created_at(&self) -> Option<Timestamp> {
        Timestamp::deserialize(&self.created_at).ok()
    }

    /// The result; `None` while it runs; an error for an unknown status.
    pub(super) fn ending(self) -> Result<Option<Ending>, String> {
        match self.status.as_str() {
            "PENDING" | "RUNNING" => Ok(None),
            "SUCCEEDED" => Ok(Some(Ending::Succeeded {
                changes: self.result.and_then(Plan::changes),
            })),
            "FAILED" => Ok(Some(Ending::Failed(reason(self.error.as_ref())))),
            "CANCELLED" => Ok(Some(Ending::Cancelled)),
            other => Err(format!("its status {:?} is unknown", readable(other))),
        }
    }
}

impl Plan {
    /// The diff in the server's order, without unknown actions.
    pub(super) fn changes(self) -> Option<Vec<Change>> {
        let diff = self.diff?;
        Some(diff.into_iter().filter_map(DiffLine::change).collect())
    }
}

impl DiffLine {
    fn change(self) -> Option<Change> {
        let action = match self.action?.as_str() {
            "CREATE" => Action::Create,
            "UPDATE" => Action::Update,
            "DELETE" => Action::Delete,
            "DETACHED" => Action::Detached,
            _ => return None,
        };
        Some(Change {
            action,
            kind: self.r#type.unwrap_or_default(),
            logical_id: self.logical_id.unwrap_or_default(),
            physical_id: self.physical_id.and_then(physical_id),
            heartbeat: None,
        })
    }
}

impl Progress {
    /// Limited to 0 to 100.
    pub(super) fn percent(&self) -> u8 {
        self.progress.clamp(0.0, 100.0) as u8
    }
}

/// The blocker in the body of a 409; `None` if the server does not name it.
pub(super) fn blocker(body: &[u8]) -> Option<DeploymentId> {
    let conflict: Value = json::read(body).ok()?;
    let id = conflict.get("deploymentId")?.as_str()?;
    (!id.is_empty()).then(|| DeploymentId::from(id))
}

fn physical_id(id: Value) -> Option<PhysicalId> {
    match id {
        Value::String(text) => Some(PhysicalId::Text(text)),
        Value::Number(number) => Some(match number.as_u64() {
            Some(number) => PhysicalId::Number(number),
            None => PhysicalId::Text(number.to_string()),
        }),
        _ => None,
    }
}

/// The `error` of a failed deployment: `{code, message}`, or any other value.
fn reason(error: Option<&Value>) -> ErrorInfo {
    let text = |key: &str| error?.get(key)?.as_str().map(readable);
    let message = text("message")
        .or_else(|| error?.as_str().map(readable))
        .filter(|message| !message.is_empty());
    ErrorInfo {
        code: text("code").filter(|code| !code.is_empty()),
        message: message.unwrap_or_else(|| "The server gave no reason.".to_owned()),
        ..ErrorInfo::default()
    }
}

#[cfg(test)]
mod tests;
