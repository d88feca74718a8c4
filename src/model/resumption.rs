//! What a resumed run does with each of its projects.

use super::{DeploymentId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is left to do for a project of an earlier run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Resumption {
    /// Nothing: it has ended.
    Skip,
    /// The server accepted it: its deployment is followed, or has ended in the meantime.
    Follow {
        /// The deployment.
        deployment_id: DeploymentId,
    },
    /// It is not started: `--failed`, and it had not failed.
    Leave,
    /// It is sent.
    Start {
        /// When it was sent in the earlier run, if the response is unknown: the server may have accepted it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        maybe_sent_at: Option<Timestamp>,
    },
}

impl Default for Resumption {
    /// Nothing was sent.
    fn default() -> Self {
        Self::Start {
            maybe_sent_at: None,
        }
    }
}

/// One project of `run.resumed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResumedProject {
    /// Its name.
    pub name: String,
    /// What is left to do.
    #[serde(flatten)]
    pub resumption: Resumption,
}
