//! Turns bundles into payloads on blocking threads, so neither disk nor gzip stalls a socket. [`bundling`](super::bundling)
//! turns directories into bundles.

use super::spool::SpooledPayload;
use super::{Bundle, Job, Keys, pause};
use crate::bundle::{self, BundleError};
use crate::cache::Cache;
use crate::checkly::Workers;
use crate::history::{Deployed, History, Target};
use crate::model::{ErrorInfo, Reason};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The delay before a bundle is read again because too many files were open.
const OUT_OF_FILES: Duration = Duration::from_millis(200);

/// Where bundles and payloads are built.
#[derive(Clone, Debug)]
pub(crate) struct Bundler {
    /// Limits compression to the number of cores: more would only take memory.
    cores: Arc<Semaphore>,
    /// The API's base URL, without a trailing slash.
    pub(super) api_url: Arc<str>,
    /// The Checkly CLI receives no credentials and sends no request.
    pub(super) offline: bool,
    /// Redacted in the output of programs.
    pub(super) keys: Keys,
    pub(super) reuse: Arc<Reuse>,
    pub(super) workers: Workers,
    /// Payloads are kept on disk, for the deployment that follows the preview.
    spools: bool,
}

/// What earlier runs left. Without it, everything is bundled and deployed.
#[derive(Clone, Debug, Default)]
pub struct Reuse {
    /// Bundles of directories.
    pub cache: Option<Cache>,
    /// The last deployments. With them, a preview recognizes unchanged bundles, and ownership is not checked for projects
    /// that this program last deployed from the same repository.
    pub history: Option<History>,
    /// Unchanged projects are not sent.
    pub skip_unchanged: bool,
}

/// Why there is no payload.
pub(crate) type Unprepared = (Reason, ErrorInfo);

impl Bundler {
    /// At most `at_once` workers.
    pub(crate) fn new(
        api_url: &str,
        offline: bool,
        keys: Keys,
        reuse: Reuse,
        at_once: usize,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cores: Arc::new(Semaphore::new(cores)),
            api_url: api_url.into(),
            offline,
            keys,
            reuse: Arc::new(reuse),
            workers: Workers::new(at_once),
            spools: false,
        }
    }

    /// How many bundles come from workers.
    pub(crate) fn by_workers(&self) -> usize {
        self.workers.bundled()
    }

    /// The same, keeping payloads on disk.
    pub(crate) fn spooling(mut self, spools: bool) -> Self {
        self.spools = spools;
        self
    }

    /// The last deployment of a job, as far as is known.
    pub(super) fn last(&self, job: &Job, logical_id: &str) -> Option<Deployed> {
        self.reuse.history.as_ref()?.last(&Target {
            api_url: self.api_url.to_string(),
            account_id: job.credentials.account_id.clone(),
            logical_id: logical_id.to_owned(),
        })
    }

    /// Reads and compresses a bundle, and verifies that it is the checked one.
    pub(crate) async fn prepare(self, bundle: Arc<Bundle>) -> Result<Bytes, Unprepared> {
        loop {
            match self.payload(bundle.clone()).await {
                // Other projects have them, and will close them.
                Err(error) if error.is_out_of_files() => pause(OUT_OF_FILES).await,
                prepared => return prepared.map_err(|error| unprepared(&bundle, &error)),
            }
        }
    }

    async fn payload(&self, bundle: Arc<Bundle>) -> Result<Bytes, BundleError> {
        // The semaphore is never closed. If it were, compression would be unlimited.
        let _permit = self.cores.acquire().await;
        let spools = self.spools;
        let task = move || payload(&bundle, spools);
        match tokio::task::spawn_blocking(task).await {
            Ok(prepared) => prepared,
            // A panic over there is a panic here: the actor stops, and its project is `crashed`.
            Err(join) => std::panic::resume_unwind(join.into_panic()),
        }
    }
}

/// The spooled payload, or a new one.
fn payload(bundle: &Bundle, spools: bool) -> Result<Bytes, BundleError> {
    if let Some(spooled) = bundle.spooled.get()
        && let Ok(payload) = spooled.read()
    {
        return Ok(payload);
    }
    let repo_info = bundle.repo_info.as_ref();
    let payload = bundle::prepare(&bundle.file, &bundle.checked, repo_info, &bundle.contents)?;
    if spools {
        match SpooledPayload::write(&payload) {
            Ok(spooled) => _ = bundle.spooled.set(spooled),
            Err(error) => {
                tracing::warn!(%error, "cannot keep a payload; building it twice");
            }
        }
    }
    Ok(payload)
}

fn unprepared(bundle: &Bundle, error: &BundleError) -> Unprepared {
    let message = format!("{}: {error}", bundle.file.display());
    let error = ErrorInfo::new(message).with_hint(error.hint());
    (Reason::BundleChanged, error)
}
