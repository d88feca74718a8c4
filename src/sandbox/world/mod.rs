//! The API's state and rules: accounts, projects, and deployments. No I/O and no clock: the time is passed in with every call,
//! and deployments that ended by then are settled first.

mod deployment;
mod outcome;
mod project;
mod resource;
mod seed;
#[cfg(test)]
mod tests;
mod timeline;

pub(super) use deployment::{Refused, Snapshot};
pub(super) use outcome::Outcome;
pub(super) use project::{Applied, Change, ProjectFacts, Submission};
pub(super) use resource::{PhysicalId, Resource, TYPES, is_logical_id};
pub(super) use timeline::Status;

use super::accounts::AccountEntry;
use deployment::{Deployment, Work};
use project::Deployed;
use resource::Ids;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

/// How many deployments a project remembers; older ones are "not found".
const REMEMBERED: usize = 100;

/// Everything the sandbox knows.
#[derive(Debug)]
pub(super) struct World {
    ids: Ids,
    accounts: HashMap<String, Account>,
}

#[derive(Debug, Default)]
struct Account {
    /// By logical id; sorted, so equal histories give equal ids.
    projects: BTreeMap<String, Project>,
    /// Resources that no project owns.
    detached: Vec<Resource>,
    /// What the account's file says besides that; its lists of those are empty.
    profile: AccountEntry,
}

/// The slot of a project, even before its first resource and after its last.
#[derive(Debug, Default)]
struct Project {
    deployed: Option<Deployed>,
    /// In order of submission; only the last can be running.
    deployments: VecDeque<Deployment>,
}

/// The project already has a running deployment, with this id.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy(pub(super) String);

impl World {
    /// An empty world. Worlds that start at different times share no ids.
    pub(super) fn new(start: Duration) -> Self {
        Self {
            ids: Ids::new(start),
            accounts: HashMap::new(),
        }
    }

    /// An id of something that is not stored.
    pub(super) fn fresh_id(&mut self) -> String {
        self.ids.uuid()
    }

    /// What a deployment would do. A running one does not block it.
    pub(super) fn preview(
        &mut self,
        account: &str,
        logical_id: &str,
        submission: &Submission,
        now: Duration,
    ) -> Applied {
        self.settle(account, logical_id, now);
        let project = self.accounts.get(account);
        let project = project.and_then(|account| account.projects.get(logical_id));
        let deployed = project.and_then(|project| project.deployed.as_ref());
        project::preview(deployed, logical_id, submission, &mut self.ids, now)
    }

    /// Starts a deployment.
    pub(super) fn deploy(
        &mut self,
        account: &str,
        logical_id: &str,
        submission: Submission,
        outcome: impl Into<Outcome>,
        now: Duration,
    ) -> Result<Snapshot, Busy> {
        self.settle(account, logical_id, now);
        let work = Work::Deploy(submission);
        self.begin(account, logical_id, work, outcome.into(), now)
    }

    /// Starts a deployment of the project's current resources.
    pub(super) fn redeploy(
        &mut self,
        account: &str,
        logical_id: &str,
        outcome: impl Into<Outcome>,
        now: Duration,
    ) -> Result<Snapshot, Busy> {
        let project = self.settle(account, logical_id, now);
        let deployed = project.and_then(|it| it.deployed.as_ref());
        let work = Work::Deploy(project::unchanged(deployed, logical_id));
        self.begin(account, logical_id, work, outcome.into(), now)
    }

    /// What a deletion would do; `None` if there is nothing to delete.
    pub(super) fn preview_delete(
        &mut self,
        account: &str,
        logical_id: &str,
        preserve: bool,
        now: Duration,
    ) -> Option<Applied> {
        let deployed = self.settle(account, logical_id, now)?.deployed.as_ref()?;
        Some(project::removal(deployed, preserve))
    }

    /// Starts a deletion that takes `outcome(resources)`; `None` if there is nothing to delete.
    pub(super) fn delete<C: Into<Outcome>>(
        &mut self,
        account: &str,
        logical_id: &str,
        preserve: bool,
        outcome: impl FnOnce(usize) -> C,
        now: Duration,
    ) -> Result<Option<Snapshot>, Busy> {
        let project = self.settle(account, logical_id, now);
        let deployed = project.and_then(|it| it.deployed.as_ref());
        let Some(resources) = deployed.map(|it| it.resources.len()) else {
            return self.running(account, logical_id, now).map_or(Ok(None), Err);
        };
        let work = Work::Delete { preserve };
        let outcome = outcome(resources).into();
        self.begin(account, logical_id, work, outcome, now)
            .map(Some)
    }

    /// One deployment at `now`.
    pub(super) fn deployment(
        &mut self,
        account: &str,
        logical_id: &str,
        id: &str,
        now: Duration,
    ) -> Option<Snapshot> {
        self.find(account, logical_id, id, now)
            .map(|found| found.at(now))
    }

    /// Every remembered deployment, by account and project, in order of submission.
    pub(super) fn deployments(&mut self, now: Duration) -> Vec<(String, String, Snapshot)> {
        let accounts: Vec<String> = self.accounts.keys().cloned().collect();
        let mut all = Vec::new();
        for account in accounts {
            let settled = self.settle_all(&account, now).into_iter();
            for (logical_id, project) in settled.flat_map(|it| &it.projects) {
                let of_project = project.deployments.iter();
                all.extend(
                    of_project.map(|one| (account.clone(), logical_id.clone(), one.at(now))),
                );
            }
        }
        all
    }

    /// Cancels a deployment after `grace`, unless its outcome says otherwise; a final one does not change. `None` if there is
    /// no such deployment.
    pub(super) fn cancel(
        &mut self,
        account: &str,
        logical_id: &str,
        id: &str,
        grace: Duration,
        now: Duration,
    ) -> Result<Option<Snapshot>, Refused> {
        let Some(found) = self.find(account, logical_id, id, now) else {
            return Ok(None);
        };
        found.cancel(now, grace)?;
        Ok(Some(found.at(now)))
    }

    /// The projects that the account has, by their logical ids.
    pub(super) fn projects(
        &mut self,
        account: &str,
        now: Duration,
    ) -> impl Iterator<Item = &ProjectFacts> {
        let account = self.settle_all(account, now).into_iter();
        let projects = account.flat_map(|account| account.projects.values());
        projects.filter_map(|project| Some(&project.deployed.as_ref()?.facts))
    }

    /// A check of the account by its UUID, owned by a project or preserved.
    pub(super) fn check(&mut self, account: &str, uuid: &str, now: Duration) -> Option<Resource> {
        let uuid = Some(PhysicalId::Uuid(uuid.to_owned()));
        let mut checks = self.all(account, "check", now);
        checks.find(|it| it.id == uuid).cloned()
    }

    /// The private locations of the account, owned by projects or preserved.
    pub(super) fn private_locations(&mut self, account: &str, now: Duration) -> Vec<Resource> {
        self.all(account, "private-location", now)
            .cloned()
            .collect()
    }

    /// Everything of one type in an account.
    fn all(&mut self, account: &str, kind: &str, now: Duration) -> impl Iterator<Item = &Resource> {
        let account = self.settle_all(account, now).into_iter();
        account.flat_map(move |account| {
            let projects = account.projects.values();
            let deployed = projects.filter_map(|project| project.deployed.as_ref());
            let owned = deployed.flat_map(|deployed| deployed.resources.values());
            owned
                .chain(&account.detached)
                .filter(move |it| it.kind == kind)
        })
    }

    fn running(&self, account: &str, logical_id: &str, now: Duration) -> Option<Busy> {
        let project = self.accounts.get(account)?.projects.get(logical_id)?;
        let last = project.deployments.back()?;
        last.is_running(now).then(|| Busy(last.id.clone()))
    }

    fn find(
        &mut self,
        account: &str,
        logical_id: &str,
        id: &str,
        now: Duration,
    ) -> Option<&mut Deployment> {
        let project = self.settle(account, logical_id, now)?;
        project.deployments.iter_mut().find(|one| one.id == id)
    }

    /// Accepts a deployment, unless one is running. The project is already settled.
    fn begin(
        &mut self,
        account: &str,
        logical_id: &str,
        work: Work,
        outcome: Outcome,
        now: Duration,
    ) -> Result<Snapshot, Busy> {
        if let Some(busy) = self.running(account, logical_id, now) {
            return Err(busy);
        }
        let id = self.ids.uuid();
        let account = self.accounts.entry(account.to_owned()).or_default();
        let project = account.projects.entry(logical_id.to_owned()).or_default();
        let mut deployment = Deployment::new(id, now, outcome, work);
        // A deployment of zero length finishes at once.
        let detached = deployment.settle(&mut project.deployed, logical_id, &mut self.ids, now);
        account.detached.extend(detached);
        let snapshot = deployment.at(now);
        project.remember(deployment);
        Ok(snapshot)
    }

    /// The project, after what happened by `now`.
    fn settle(&mut self, account: &str, logical_id: &str, now: Duration) -> Option<&mut Project> {
        let account = self.accounts.get_mut(account)?;
        let project = account.projects.get_mut(logical_id)?;
        let detached = project.settle(logical_id, &mut self.ids, now);
        account.detached.extend(detached);
        Some(project)
    }

    /// The account, after what happened by `now`.
    fn settle_all(&mut self, account: &str, now: Duration) -> Option<&Account> {
        let account = self.accounts.get_mut(account)?;
        for (logical_id, project) in &mut account.projects {
            let detached = project.settle(logical_id, &mut self.ids, now);
            account.detached.extend(detached);
        }
        Some(account)
    }
}

impl Project {
    /// Applies the last deployment, and the one that took its place, by `now`.
    fn settle(&mut self, logical_id: &str, ids: &mut Ids, now: Duration) -> Vec<Resource> {
        let mut detached = Vec::new();
        while let Some(last) = self.deployments.back_mut() {
            detached.extend(last.settle(&mut self.deployed, logical_id, ids, now));
            let Some((at, outcome)) = last.successor(now) else {
                break;
            };
            let same = project::unchanged(self.deployed.as_ref(), logical_id);
            let work = Work::Deploy(same);
            self.remember(Deployment::new(ids.uuid(), at, outcome, work));
        }
        self.deployments.retain(|one| !one.is_forgotten(now));
        detached
    }

    fn remember(&mut self, deployment: Deployment) {
        self.deployments.push_back(deployment);
        if self.deployments.len() > REMEMBERED {
            self.deployments.pop_front();
        }
    }
}
