//! Requests without a run: whether the API accepts the credentials of a plan, which projects its accounts have, and whether
//! these belong to other repositories. Sends no deployment. All accounts are queried concurrently, with the retries of
//! their projects.

use super::{Job, Plan, now};
use crate::actors::{Account, Clock, keys, owned_by_another_repository, pause, retry, unlisted};
use crate::api::{Cancelled, Client, ClientError, Found, Identity, RemoteProject};
use crate::guard::Takeover;
use crate::machine::run::CANCEL_GRACE;
use crate::model::{DeploymentId, Ending, ErrorInfo, Event, Failure, ProjectIx};
use crate::rate::Priority;
use futures::future::join_all;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;

/// Between two questions whether a cancelled deployment has ended.
const POLL_PAUSE: Duration = Duration::from_millis(500);

/// Called with `account.unavailable` and `account.available`.
pub type OnOutage = Rc<dyn Fn(&Event)>;

/// The accounts whose credentials could not be verified, by their names in the manifest, and why. Must be called within an
/// actix `System`.
///
/// # Errors
/// The API client cannot be created; nothing was sent.
pub async fn check_accounts(
    plan: &Plan,
    identity: &Identity,
    on_outage: &OnOutage,
) -> Result<Vec<(String, Failure)>, ClientError> {
    let online = Online::new(plan, identity, on_outage)?;
    let mut accounts: BTreeMap<&str, &Job> = BTreeMap::new();
    for job in &plan.jobs {
        accounts.entry(&job.planned.account).or_insert(job);
    }
    let asked = accounts.into_iter().map(async |(name, job)| {
        let get = async |api: &Client| api.account(&job.credentials).await;
        let failure = online.ask(job, get).await.err()?;
        Some((name.to_owned(), failure))
    });
    Ok(join_all(asked).await.into_iter().flatten().collect())
}

/// The projects of an account.
#[derive(Debug)]
pub struct AccountProjects {
    /// The account's name in the manifest; the first, if it has several.
    pub account: String,
    /// Its id at Checkly.
    pub account_id: String,
    /// Its projects, in the server's order, or why they could not be listed.
    pub projects: Result<Vec<RemoteProject>, Failure>,
}

/// The projects of a plan's accounts; each account is queried once. Must be called within an actix `System`.
///
/// # Errors
/// The API client cannot be created; nothing was sent.
pub async fn list_projects(
    plan: &Plan,
    identity: &Identity,
    on_outage: &OnOutage,
) -> Result<Vec<AccountProjects>, ClientError> {
    let online = Online::new(plan, identity, on_outage)?;
    Ok(online.list(plan.jobs.iter()).await)
}

/// The result of checking the ownership of a plan's projects.
#[derive(Debug, Default)]
pub struct OwnerChecks {
    /// Projects that their accounts have from other repositories.
    pub elsewhere: Vec<(ProjectIx, ErrorInfo)>,
    /// Accounts whose projects could not be listed, and why, as sentences.
    pub unchecked: Vec<String>,
}

/// Checks the ownership of a plan's projects, if their logical ids and repositories are known. Must be called within an
/// actix `System`.
///
/// # Errors
/// The API client cannot be created; nothing was sent.
pub async fn check_owners(
    plan: &Plan,
    identity: &Identity,
    on_outage: &OnOutage,
) -> Result<OwnerChecks, ClientError> {
    let jobs = plan.jobs.iter().enumerate();
    let known = jobs.filter_map(|(ix, job)| {
        let ours = job.repository(job.bundle().map(AsRef::as_ref))?;
        let logical_id = job.planned.logical_id.as_deref()?;
        job.check_owner
            .then_some((ProjectIx(ix), job, logical_id, ours))
    });
    let online = Online::new(plan, identity, on_outage)?;
    let listed = online.list(known.clone().map(|(_, job, ..)| job)).await;
    let mut checks = OwnerChecks::default();
    let mut theirs = HashMap::new();
    for AccountProjects {
        account,
        account_id,
        projects,
    } in listed
    {
        match projects {
            Err(failure) => checks.unchecked.push(format!(
                "{}, so the ownership of its projects cannot be checked",
                unlisted(&account, &failure)
            )),
            Ok(projects) => theirs.extend(projects.into_iter().map(|project| {
                let key = (account_id.clone(), project.logical_id);
                (key, project.repo_url)
            })),
        }
    }
    for (ix, job, logical_id, ours) in known {
        let account_id = job.credentials.account_id.clone();
        let theirs = theirs.get(&(account_id, logical_id.to_owned()));
        let theirs = theirs.and_then(Option::as_deref);
        if let Some(takeover) = Takeover::of(Some(ours), theirs) {
            let error = owned_by_another_repository(job, logical_id, &takeover, plan.operation);
            checks.elsewhere.push((ix, error));
        }
    }
    Ok(checks)
}

/// What became of a deployment that was to be cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftRunning {
    /// It has ended like this.
    No(Ending),
    /// The server has not confirmed its end in time.
    Yes,
    /// The API does not know it.
    Unknown,
}

/// Cancels deployments of a plan's projects, and waits until the server has confirmed their ends, for as long as a run would.
/// Must be called within an actix `System`.
///
/// # Errors
/// The API client cannot be created; nothing was sent.
pub async fn cancel_deployments(
    plan: &Plan,
    identity: &Identity,
    deployments: &[(ProjectIx, DeploymentId)],
    on_outage: &OnOutage,
) -> Result<Vec<Result<LeftRunning, Failure>>, ClientError> {
    let online = Online::new(plan, identity, on_outage)?;
    let cancelled = deployments.iter().map(async |(project, id)| {
        let job = &plan.jobs[project.0];
        online.cancel(job, id).await
    });
    Ok(join_all(cancelled).await)
}

/// What asks the accounts of a plan.
struct Online<'p> {
    api: Client,
    /// By id.
    accounts: RefCell<HashMap<String, Account>>,
    clock: Clock,
    on_outage: &'p OnOutage,
}

impl<'p> Online<'p> {
    fn new(plan: &Plan, identity: &Identity, on_outage: &'p OnOutage) -> Result<Self, ClientError> {
        let client = Client::new(&plan.endpoint(), identity)?;
        Ok(Self {
            api: client.redacting(&*keys(&plan.jobs)),
            accounts: RefCell::default(),
            clock: Clock::start(now()),
            on_outage,
        })
    }

    async fn list(&self, jobs: impl Iterator<Item = &Job>) -> Vec<AccountProjects> {
        let mut accounts: Vec<&Job> = vec![];
        for job in jobs {
            let is_it = |known: &&Job| known.credentials.account_id == job.credentials.account_id;
            if !accounts.iter().any(is_it) {
                accounts.push(job);
            }
        }
        let asked = accounts.into_iter().map(async |job| {
            let list = async |api: &Client| api.projects(&job.credentials).await;
            AccountProjects {
                account: job.planned.account.clone(),
                account_id: job.credentials.account_id.clone(),
                projects: self.ask(job, list).await,
            }
        });
        join_all(asked).await
    }

    async fn cancel(&self, job: &Job, id: &DeploymentId) -> Result<LeftRunning, Failure> {
        let logical_id = job.planned.logical_id.as_deref().unwrap_or_default();
        let cancel = async |api: &Client| api.cancel(&job.credentials, logical_id, id).await;
        if self.ask(job, cancel).await? == Cancelled::Gone {
            return Ok(LeftRunning::Unknown);
        }
        let until = self.clock.elapsed() + CANCEL_GRACE;
        loop {
            let left = until.saturating_sub(self.clock.elapsed());
            let wait = async |api: &Client| {
                let credentials = &job.credentials;
                api.completion(credentials, logical_id, id, left).await
            };
            match self.ask(job, wait).await? {
                Found::Ended(ended) => return Ok(LeftRunning::No(ended.ending)),
                Found::Gone => return Ok(LeftRunning::Unknown),
                Found::Running { .. } if left.is_zero() => return Ok(LeftRunning::Yes),
                Found::Running { .. } => pause(POLL_PAUSE).await,
            }
        }
    }

    /// Asks an account with the retries of a project; an unavailable API is waited for.
    async fn ask<T>(
        &self,
        job: &Job,
        request: impl AsyncFn(&Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let on_outage = self.on_outage.clone();
        let report = move |event| on_outage(&event);
        let key = job.credentials.account_id.clone();
        let new = || Account::new(job, self.api.clone(), self.clock, report);
        let account = (self.accounts.borrow_mut().entry(key))
            .or_insert_with(new)
            .clone();
        let limit = Some(job.planned.policy.outage_limit(false));
        let ask = async || account.ask(Priority::Deploy, limit, |_| {}, &request).await;
        retry(&job.planned.policy.retries, ask).await
    }
}
