//! What is needed to deploy one project.

use super::spool::SpooledPayload;
use crate::api::Credentials;
use crate::bundle::{Commit, Inspection, RepoInfo};
use crate::checkly::Account;
use crate::guard::{self, Repository};
use crate::machine::run::Task;
use crate::model::{
    Contents, Directory, Hooks, Inputs, Note, PlannedProject, ProjectIx, Rate, Resumption, Secret,
};
use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// All API keys of a run.
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

/// One project of a run, checked and resolved.
#[derive(Clone, Debug)]
pub struct Job {
    /// What the log has about it. Its logical id is that of its bundle, or else of the manifest; always known if nothing is
    /// uploaded.
    pub planned: PlannedProject,
    /// The account's credentials.
    pub credentials: Credentials,
    /// The account's rate limit.
    pub rate: Rate,
    /// The source of its payload.
    pub origin: Origin,
    /// The repository URL in its Checkly configuration, if its bundle has been read.
    pub repo_url: Option<String>,
    /// The commit that it belongs to.
    pub commit: Commit,
    /// Its hooks.
    pub hooks: Hooks,
    /// Its directory, if it has one; also when its bundle has been made.
    pub directory: Option<Arc<Directory>>,
    /// The jobs of the run that must succeed first.
    pub depends_on: Vec<ProjectIx>,
    /// It is sent only if no other repository owns it. False with `--allow-takeover`, with `ownership_check = false`, and
    /// once it has been checked.
    pub check_owner: bool,
    /// How many of its resources may be deleted.
    pub max_deletes: Option<usize>,
    /// It is deployed even without resources.
    pub allow_empty_project: bool,
    /// What is left to do in a resumed run.
    pub resumption: Resumption,
    /// The digest of its bundle when the user confirmed the run that is resumed: no other is sent.
    pub confirmed_sha256: Option<String>,
}

/// The source of a project's payload.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A checked bundle.
    Bundle(Arc<Bundle>),
    /// A Checkly project to bundle, and its inputs.
    Directory(Arc<(Directory, Inputs)>),
    /// None: nothing is uploaded, and only its logical id is needed.
    Nowhere,
}

/// A checked bundle.
#[derive(Debug)]
pub struct Bundle {
    /// The file.
    pub file: PathBuf,
    /// The project's logical id.
    pub logical_id: Arc<str>,
    /// The file when it was checked. Other content is not sent.
    pub checked: Inspection,
    /// What the server is told about the repository.
    pub repo_info: Option<RepoInfo>,
    /// The known contents of the files that were uploaded during bundling.
    pub(super) contents: Contents,
    /// It can only be compared with the last deployment, not sent: files that it refers to may be gone.
    pub(super) is_only_to_compare: bool,
    /// Notes that were printed during bundling.
    pub notes: Vec<Note>,
    /// Owns the file, if it was created or copied for this run.
    owner: Option<Box<dyn Any + Send + Sync>>,
    /// Its payload, if a preview has made it.
    pub(super) spooled: OnceLock<SpooledPayload>,
}

impl Bundle {
    /// A bundle with the results of its inspection.
    pub fn new(file: &Path, inspection: &Inspection, commit: &Commit) -> Self {
        Self {
            file: file.to_owned(),
            logical_id: inspection.logical_id.as_str().into(),
            checked: inspection.clone(),
            repo_info: commit.info(inspection.repo_url.as_deref()),
            contents: Contents::new(),
            is_only_to_compare: false,
            notes: vec![],
            owner: None,
            spooled: OnceLock::new(),
        }
    }

    /// The same bundle, with the owner of its file.
    pub(super) fn keeping(mut self, owner: impl Any + Send + Sync) -> Self {
        self.owner = Some(Box::new(owner));
        self
    }
}

impl Job {
    /// The bundle, if it is known from the start.
    pub fn bundle(&self) -> Option<&Arc<Bundle>> {
        match &self.origin {
            Origin::Bundle(bundle) => Some(bundle),
            Origin::Directory(_) | Origin::Nowhere => None,
        }
    }

    /// Its account at an API.
    pub(crate) fn account_at<'a>(&'a self, api_url: &'a str) -> Account<'a> {
        Account {
            api_url,
            account_id: &self.credentials.account_id,
            api_key: &self.credentials.api_key,
        }
    }

    /// The URL of the repository that it is deployed from: the one in its Checkly configuration, which the server
    /// remembers, or else the one from a variable for Checkly, from git, or from CI. A template's URL does not count.
    pub fn repository<'a>(&'a self, bundle: Option<&'a Bundle>) -> Option<&'a str> {
        let bundled = bundle.and_then(|bundle| bundle.checked.repo_url.as_deref());
        let configured = bundled.or(self.repo_url.as_deref());
        let addresses = [configured, self.commit.address(), self.commit.origin()];
        let mut addresses = addresses.into_iter().flatten();
        addresses.find(|address| guard::says_whose(address))
    }

    /// The same as the repository's name, without credentials.
    pub(crate) fn known_repository(&self, bundle: Option<&Bundle>) -> Option<String> {
        let repository = self.repository(bundle).and_then(Repository::of);
        repository.map(|repository| repository.to_string())
    }
}

/// What the run's machine must know about its projects.
pub(crate) fn tasks(jobs: &[Job]) -> Vec<Task> {
    let task = |job: &Job| Task {
        planned: job.planned.clone(),
        depends_on: job.depends_on.clone(),
        undeployed: vec![],
        to_bundle: matches!(job.origin, Origin::Directory(_))
            && matches!(job.resumption, Resumption::Start { .. } | Resumption::Leave),
        ahead: true,
        hooks: job.hooks.clone(),
        max_deletes: job.max_deletes,
        resumption: job.resumption.clone(),
    };
    jobs.iter().map(task).collect()
}
