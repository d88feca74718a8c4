//! The last deployments from this machine, for `--skip-unchanged`, and how long they took, for the order of a run and the time
//! that is left. The server's real state is unknown here, so changes made by other means go unnoticed.
//!
//! If a record cannot be read, it counts as missing: when in doubt, a project is deployed again. There are no secrets in it.

mod database;

use crate::model::{ExpectedDurations, RunId, Timestamp};
pub use database::{History, HistoryError};
use std::path::PathBuf;

/// A project as the server identifies it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// The API URL without a trailing slash.
    pub api_url: String,
    /// The account's id at Checkly.
    pub account_id: String,
    /// The project's logical id.
    pub logical_id: String,
}

/// A successful deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The project's name in the manifest.
    pub project: String,
    /// The bundle's digest.
    pub sha256: String,
    /// The number of resources in the bundle.
    pub resources: usize,
    /// Whether resources that were removed from the project were preserved.
    pub preserve_resources: bool,
    /// The repository it was deployed from, without scheme and credentials, if known.
    pub repository: Option<String>,
    /// When it ended.
    pub at: Timestamp,
    /// The run it belonged to.
    pub run: RunId,
    /// How long it took.
    pub durations: ExpectedDurations,
}

/// A change of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An upload begins, and its result is not known yet: there is no last deployment. Its durations remain.
    Forget(Target),
    /// A deployment has succeeded.
    Record(Target, Box<Deployed>),
}

#[cfg(test)]
impl History {
    pub(crate) fn record(&self, target: &Target, deployed: &Deployed) {
        let change = Change::Record(target.clone(), Box::new(deployed.clone()));
        self.apply(&[change]).unwrap();
    }

    pub(crate) fn forget(&self, target: &Target) {
        self.apply(&[Change::Forget(target.clone())]).unwrap();
    }
}

#[cfg(test)]
impl Deployed {
    /// The last deployment of a project, with one resource.
    pub(crate) fn of_digest(sha256: &str) -> Self {
        Self {
            project: "shop".into(),
            sha256: sha256.into(),
            resources: 1,
            preserve_resources: false,
            repository: None,
            at: Timestamp(0),
            run: RunId("earlier".into()),
            durations: ExpectedDurations::default(),
        }
    }
}

/// Whether a deployment would change nothing, as far as this machine knows. The same bundle does change something if
/// resources were preserved and no longer should be.
pub fn is_unchanged(last: Option<&Deployed>, sha256: &str, preserve_resources: bool) -> bool {
    last.is_some_and(|last| {
        last.sha256 == sha256 && (preserve_resources || !last.preserve_resources)
    })
}

/// The fewest missing resources that are worth a warning.
const MANY: usize = 5;

/// The last bundle's number of resources, if the new number is likely a mistake: less than half.
pub fn shrunk_from(last: Option<&Deployed>, resources: usize) -> Option<usize> {
    let before = last?.resources;
    let fewer = before.saturating_sub(resources);
    (fewer >= MANY && fewer > resources).then_some(before)
}

/// An account, and a directory that deploys to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The API, without a slash at its end.
    pub api_url: String,
    /// The account's id at Checkly.
    pub account_id: String,
    /// The manifest's directory.
    pub directory: PathBuf,
}

#[cfg(test)]
mod tests;
