//! One run, from a plan to a report: the composition root, and the entry point for other programs.

mod bundles;
mod folders;
mod not_begun;
mod online;
mod plan;
mod session;

pub use crate::actors::{Bundle, Job, Origin, cache_key};
pub use folders::{FolderChecks, check_folders};
pub use not_begun::NotBegun;
pub use online::{AccountProjects, check_accounts, check_owners, list_projects};
pub use plan::{Plan, plan, plan_to_destroy};
pub use session::Session;

pub(crate) use crate::actors::tasks;
use crate::api::{ClientError, Identity};
use crate::model::Signal;
use crate::model::{Report, Reporter, RunId, Timestamp};
use futures::Stream;
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

/// Executes a plan and sends its events to the reporters. Must be called within an actix `System`.
///
/// `interrupts` yields the signals: the first drains (or does what [`on_interrupt`](crate::model::OnInterrupt) says), the
/// next cancels, the one after exits at once.
///
/// # Errors
/// Only if there can be no report. Failed projects are not an error: they are in the report.
pub async fn execute(
    plan: Plan,
    identity: &Identity,
    reporters: Vec<Box<dyn Reporter>>,
    interrupts: impl Stream<Item = Signal> + 'static,
) -> Result<Report, RunError> {
    let session = Session::new(&plan.api_url, identity)?;
    session.execute(plan, reporters, interrupts).await
}

/// The id of a run.
fn new_name() -> RunId {
    RunId(uuid::Uuid::now_v7().to_string().into())
}

/// Reads the wall clock: once for a run, and once for the age of what is kept.
#[allow(clippy::disallowed_methods)] // the stamp that the lint's reason speaks of
pub(crate) fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}
