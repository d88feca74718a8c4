//! One run, from a plan to a report: the composition root, and the entry point for other programs.

mod bundles;
mod bundling_checks;
mod deploy_history;
mod execute;
mod online;
mod plan;
mod resume;

pub use crate::actors::{Approver, Bundle, Job, Origin, cache_key};
pub use bundling_checks::{BundlingChecks, check_bundling};
pub use execute::{Ran, Session, execute, execute_with};
pub use online::{
    AccountProjects, LeftRunning, OnOutage, cancel_deployments, check_accounts, check_owners,
    list_projects,
};
pub use plan::{Plan, plan, plan_to_destroy};

pub use resume::EarlierRun;

pub(crate) use crate::actors::tasks;
use crate::api::ClientError;
pub use crate::machine::run::{Answer, Approval, Ask, Question, Refused};
use crate::model::{RunId, Timestamp};
use thiserror::Error;

/// Why there is no report.
#[derive(Debug, Error)]
pub enum RunError {
    /// The API client cannot be created; nothing was sent.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A bug ended the run early. Deployments may still be running.
    #[error(
        "the Supervisor stopped before its run was over; deployments may still be running on the server"
    )]
    Broken,
}

/// The id of a run.
pub(crate) fn new_name() -> RunId {
    RunId(uuid::Uuid::now_v7().to_string().into())
}

/// Reads the wall clock: once for a run, and once for the age of what is kept.
#[allow(clippy::disallowed_methods)] // the stamp that the lint's reason speaks of
pub(crate) fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}
