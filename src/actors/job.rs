//! What must be known to deploy one project.

use super::kept::KeptPayload;
use crate::api::Credentials;
use crate::bundle::{Commit, Inspection, RepoInfo};
use crate::guard::{self, Repository};
use crate::model::{
    BundleFacts, Contents, Folder, Hooks, Inputs, Note, ProjectIx, ProjectPolicy, Rate, RunAccount,
    Secret,
};
use crate::report::RowHeader;
use crate::schedule::Task;
use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Every API key of a run.
pub(crate) type Keys = Arc<[Secret]>;

/// The keys of the accounts of these jobs, each once.
pub(crate) fn keys<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Keys {
    let mut keys: Vec<Secret> = vec![];
    for job in jobs {
        if !keys.contains(&job.credentials.api_key) {
            keys.push(job.credentials.api_key.clone());
        }
    }
    keys.into()
}

/// One project of a run, checked and settled.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name in the manifest.
    pub name: Arc<str>,
    /// Its name in the account: what its bundle says, or else what the manifest says it must say. Known where nothing is
    /// uploaded.
    pub logical_id: Option<Arc<str>>,
    /// The account's name in the manifest.
    pub account: Arc<str>,
    /// The account.
    pub credentials: Credentials,
    /// How many requests the account allows.
    pub rate: Rate,
    /// Where its payload comes from.
    pub origin: Origin,
    /// The repository's address in its Checkly configuration, where its bundle has been read already.
    pub repo_url: Option<String>,
    /// The commit it is of.
    pub commit: Commit,
    /// What its deployment obeys.
    pub policy: ProjectPolicy,
    /// What runs before and after it is deployed.
    pub hooks: Hooks,
    /// The jobs of the run that must have succeeded first.
    pub depends_on: Vec<ProjectIx>,
    /// Those of a preview that it depends on, and does not wait for: a preview deploys nothing.
    pub undeployed: Vec<ProjectIx>,
    /// What else it needs, by name: not selected, and so taken to be deployed already.
    pub unselected_dependencies: Vec<Arc<str>>,
    /// It may be bundled before what it depends on is deployed.
    pub ahead: bool,
    /// It is sent only if its account does not have it from another repository. False for `--allow-takeover`, for
    /// `ownership_check = false`, and once it has been checked.
    pub check_owner: bool,
    /// Higher starts earlier.
    pub priority: i64,
    /// How many of its resources may be deleted; a run does not look at it.
    pub max_deletes: Option<usize>,
    /// It is deployed also without resources.
    pub allow_empty_project: bool,
    /// The wave it starts in: a position in [`Plan::waves`](crate::run::Plan::waves), where there are any.
    pub wave: usize,
}

/// Where a project's payload comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A bundle that has been checked.
    Bundle(Arc<Bundle>),
    /// A Checkly project, to be bundled, and the files it is made of.
    Folder(Arc<(Folder, Inputs)>),
    /// From nowhere: nothing is uploaded, and all that is needed is its name in the account.
    Nowhere,
}

/// A bundle that has been checked.
#[derive(Debug)]
pub struct Bundle {
    /// The file.
    pub file: PathBuf,
    /// The project's name in its account.
    pub logical_id: Arc<str>,
    /// What the file was when it was checked. Another content is not sent.
    pub facts: BundleFacts,
    /// What the server is told about the repository.
    pub repo_info: Option<RepoInfo>,
    /// The repository's address in the project's Checkly configuration.
    pub repo_url: Option<String>,
    /// How many files it refers to that were uploaded when it was made.
    pub uploads: usize,
    /// What is known of those.
    pub(super) contents: Contents,
    /// It only shows that what was deployed last is the same, and cannot be sent: what it refers to may be gone.
    pub(super) is_only_to_compare: bool,
    /// What was printed while it was made that people should read.
    pub notes: Vec<Note>,
    /// The file goes away with this, where it was made or copied for this run.
    owner: Option<Box<dyn Any + Send + Sync>>,
    /// Its payload, where a preview has kept it.
    pub(super) kept: OnceLock<KeptPayload>,
}

impl Bundle {
    /// A bundle, by what was found in it.
    pub fn new(file: &Path, inspection: &Inspection, commit: &Commit) -> Self {
        Self {
            file: file.to_owned(),
            logical_id: inspection.logical_id.as_str().into(),
            facts: inspection.facts.clone(),
            repo_info: commit.info(inspection.repo_url.as_deref()),
            repo_url: inspection.repo_url.clone(),
            uploads: inspection.uploads.len(),
            contents: Contents::new(),
            is_only_to_compare: false,
            notes: vec![],
            owner: None,
            kept: OnceLock::new(),
        }
    }

    /// The same, keeping what its file lives as long as.
    pub(super) fn keeping(mut self, owner: impl Any + Send + Sync) -> Self {
        self.owner = Some(Box::new(owner));
        self
    }
}

impl Job {
    /// The bundle, where there is one from the start.
    pub fn bundle(&self) -> Option<&Arc<Bundle>> {
        match &self.origin {
            Origin::Bundle(bundle) => Some(bundle),
            Origin::Folder(_) | Origin::Nowhere => None,
        }
    }

    /// What its row in the report begins with.
    pub(crate) fn header(&self) -> RowHeader {
        RowHeader {
            name: self.name.to_string(),
            logical_id: self.logical_id.as_deref().map(str::to_owned),
            account: self.account.to_string(),
            account_id: Some(self.credentials.account_id.clone()),
            bundle: self.bundle().map(|bundle| bundle.facts.clone()),
            notes: self.bundle().map_or(vec![], |bundle| bundle.notes.clone()),
        }
    }

    /// The address of the repository that it is deployed from, with this bundle: the one in its Checkly configuration, which
    /// the server remembers, or else the one that a variable for Checkly, git or CI names. A template's address is none.
    pub fn repository<'a>(&'a self, bundle: Option<&'a Bundle>) -> Option<&'a str> {
        let bundled = bundle.and_then(|bundle| bundle.repo_url.as_deref());
        let configured = bundled.or(self.repo_url.as_deref());
        let addresses = [configured, self.commit.address(), self.commit.origin()];
        let mut addresses = addresses.into_iter().flatten();
        addresses.find(|address| guard::says_whose(address))
    }

    /// The same as a name of the repository, which has no credentials in it.
    pub(crate) fn known_repository(&self, bundle: Option<&Bundle>) -> Option<String> {
        let repository = self.repository(bundle).and_then(Repository::of);
        repository.map(|repository| repository.to_string())
    }

    /// What the Schedule must know of it.
    pub(crate) fn task(&self) -> Task {
        Task {
            name: self.name.clone(),
            depends_on: self.depends_on.clone(),
            undeployed: self.undeployed.clone(),
            priority: self.priority,
            policy: self.policy,
            account_id: self.credentials.account_id.as_str().into(),
            logical_id: self.logical_id.clone(),
            to_bundle: matches!(self.origin, Origin::Folder(_)),
            ahead: self.ahead,
            wave: self.wave,
        }
    }
}

/// The accounts of jobs, each once.
pub(crate) fn accounts<'j>(jobs: impl Iterator<Item = &'j Job>) -> Vec<RunAccount> {
    let mut accounts: Vec<RunAccount> = vec![];
    for job in jobs {
        if !accounts.iter().any(|known| *known.name == *job.account) {
            accounts.push(RunAccount {
                name: job.account.to_string(),
                account_id: job.credentials.account_id.clone(),
            });
        }
    }
    accounts
}
