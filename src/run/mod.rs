//! One run, from a plan to a report: the composition root, and the front door for other programs.

mod bundles;
mod folders;
mod online;
mod plan;

pub use crate::actors::{Bundle, Job, Origin, Reuse, cache_key};
pub use folders::{FolderChecks, check_folders};
pub use online::check_accounts;
pub use plan::{Plan, plan};

use crate::actors::{Clock, Setup, Supervisor, Workshop};
use crate::api::{Client, ClientError, Endpoint, Identity, Timeouts};
use crate::messages::Interrupt;
use crate::model::{Operation, Report, Reporter, RunId, Timestamp};
use crate::report::Signal;
use actix::Actor;
use futures::channel::oneshot;
use futures::{Stream, StreamExt};
use std::sync::Arc;
use thiserror::Error;

/// Why there is no report.
#[derive(Debug, Error)]
pub enum RunError {
    /// The API cannot be spoken to; nothing was sent.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A bug in this program ended the run before its time. What it had started may still be running.
    #[error(
        "the Supervisor stopped before its run was over; deployments may still be running on the server"
    )]
    Broken,
}

/// Does what a plan says and tells the reporters. Must be called within an actix `System`.
///
/// `interrupts` yields a signal for every wish to end early: the first drains (or what
/// [`on_interrupt`](crate::model::OnInterrupt) says), the next cancels, the one after leaves.
///
/// # Errors
/// Only when there can be no report. Projects that do not succeed are no error: the report says so.
pub async fn execute(
    mut plan: Plan,
    identity: &Identity,
    reporters: Vec<Box<dyn Reporter>>,
    interrupts: impl Stream<Item = Signal> + 'static,
) -> Result<Report, RunError> {
    let base_url = plan.api_url.clone();
    let api = Client::new(&Endpoint { base_url }, identity, Timeouts::default())?;
    let workshop = Workshop::new(&plan.api_url, plan.offline_bundle, plan.reuse);
    if plan.operation == Operation::Preview {
        // Nothing changes, so that nothing has to be there before something else.
        for job in &mut plan.jobs {
            job.depends_on.clear();
        }
        plan.waves.clear();
    }
    let (finished, report) = oneshot::channel();
    let supervisor = Supervisor::new(Setup {
        run: RunId(uuid::Uuid::now_v7().to_string().into()),
        clock: Clock::start(now()),
        operation: plan.operation,
        manifest: plan.manifest,
        api_url: plan.api_url,
        jobs: plan.jobs.into_iter().map(Arc::new).collect(),
        limits: plan.limits,
        waves: plan.waves,
        workshop,
        api,
        reporters,
        finished,
    })
    .start();
    let listener = supervisor.downgrade().recipient::<Interrupt>();
    actix::spawn(async move {
        let mut interrupts = std::pin::pin!(interrupts);
        while let Some(signal) = interrupts.next().await {
            let Some(supervisor) = listener.upgrade() else {
                return;
            };
            supervisor.do_send(Interrupt { signal });
        }
    });
    drop(supervisor);
    report.await.map_err(|_| RunError::Broken)
}

/// A look at the wall clock: one for a run, and one for the age of what is kept.
#[allow(clippy::disallowed_methods)] // the stamp that the lint's reason speaks of
pub(crate) fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}
