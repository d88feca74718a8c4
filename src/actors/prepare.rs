//! Turns bundles into payloads on blocking threads, so that neither disk nor gzip stalls a socket.

use super::Job;
use crate::bundle::{self, BundleError, Payload};
use crate::model::{ErrorInfo, Reason};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// As many bundles are compressed at once as there are cores: more would only take memory.
#[derive(Clone, Debug)]
pub(crate) struct Workshop(Arc<Semaphore>);

/// Why there is no payload.
pub(crate) type Unprepared = (Reason, ErrorInfo);

impl Workshop {
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }

    /// Reads and compresses a job's bundle, and makes sure that it is the one that was checked.
    pub(crate) async fn prepare(self, job: Arc<Job>) -> Result<Payload, Unprepared> {
        // The semaphore is never closed; without a permit there would only be more haste.
        let _permit = self.0.acquire().await;
        let file = job.bundle.clone();
        let repo_info = job.repo_info.clone();
        let task = move || bundle::prepare(&file, repo_info.as_deref());
        let payload = match tokio::task::spawn_blocking(task).await {
            Ok(prepared) => prepared.map_err(|error| unreadable(&job, &error))?,
            // A panic over there is a panic here: the actor ends, and its project is `crashed`.
            Err(join) => std::panic::resume_unwind(join.into_panic()),
        };
        if payload.facts.sha256 == job.facts.sha256 {
            Ok(payload)
        } else {
            Err(changed(&job))
        }
    }
}

fn unreadable(job: &Job, error: &BundleError) -> Unprepared {
    let error = ErrorInfo {
        message: format!("{}: {error}", job.bundle.display()),
        hint: Some(error.hint().to_owned()),
        ..ErrorInfo::default()
    };
    (Reason::BUNDLE_CHANGED, error)
}

fn changed(job: &Job) -> Unprepared {
    let error = ErrorInfo {
        message: format!(
            "{} has changed since it was checked at the start of the run",
            job.bundle.display()
        ),
        hint: Some(
            "nothing else may write the bundles while they are deployed; run again".to_owned(),
        ),
        ..ErrorInfo::default()
    };
    (Reason::BUNDLE_CHANGED, error)
}
