//! What must be known to deploy one project.

use crate::api::Credentials;
use crate::bundle::RepoInfo;
use crate::model::{BundleFacts, ProjectIx, ProjectPolicy, Rate};
use crate::schedule::Task;
use std::path::PathBuf;
use std::sync::Arc;

/// One project of a run, checked and settled.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name in the manifest.
    pub name: Arc<str>,
    /// Its name in the account.
    pub logical_id: Arc<str>,
    /// The account's name in the manifest.
    pub account: Arc<str>,
    /// The account.
    pub credentials: Credentials,
    /// How many requests the account allows.
    pub rate: Rate,
    /// The file with its payload.
    pub bundle: PathBuf,
    /// What that file was when it was checked. Another content is not sent.
    pub facts: BundleFacts,
    /// What the server is told about the repository.
    pub repo_info: Option<Arc<RepoInfo>>,
    /// What its deployment obeys.
    pub policy: ProjectPolicy,
    /// The jobs of the run that must have succeeded first.
    pub depends_on: Vec<ProjectIx>,
    /// Higher starts earlier.
    pub priority: i64,
}

impl Job {
    /// What the Schedule must know of it.
    pub(crate) fn task(&self) -> Task {
        Task {
            name: self.name.clone(),
            depends_on: self.depends_on.clone(),
            priority: self.priority,
            policy: self.policy,
        }
    }
}
