//! The order of bundling, and which logical ids are known.
//!
//! Bundling does not wait for dependencies, since it sends nothing. If it fails because of that, it is deferred until they
//! have succeeded, as is the bundling of everything else that depends on them.
//!
//! But a project is not submitted before every logical id of its account is known: two projects with one logical id would
//! delete each other's checks, and until the last id is known, any project may be the duplicate.

use super::node::Node;
use super::{Run, Stage};
use crate::machine::deployment::Input;
use crate::model::{
    CancelCause, ErrorInfo, Event, LogicalIds, Outcome, ProjectIx, ProjectResult, Reason,
};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// Priority, then the longest chain of dependents, then the longest bundling and deployment, then the manifest's order.
type Key = (Reverse<i64>, Reverse<usize>, Reverse<u64>, ProjectIx);

/// The state of all bundlings of a run.
#[derive(Debug)]
pub(super) struct Bundling {
    places: usize,
    queue: BTreeSet<Key>,
    works: Vec<Work>,
    accounts: Vec<Account>,
    ids: LogicalIds,
}

/// The state of one project.
#[derive(Debug)]
struct Work {
    /// A position in `accounts`.
    account: usize,
    key: Key,
    status: Status,
    is_named: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Queued,
    Running,
    /// Waits for the project's dependencies, without a place.
    Deferred,
    /// There is a bundle, or none is needed any more.
    Over,
}

#[derive(Debug)]
struct Account {
    id: String,
    projects: Vec<ProjectIx>,
    /// Projects whose logical id is unknown.
    unnamed: usize,
}

impl Bundling {
    pub(super) fn new(nodes: &[Node], places: usize) -> Self {
        let mut positions = HashMap::new();
        let mut accounts: Vec<Account> = vec![];
        let mut ids = LogicalIds::default();
        let mut queue = BTreeSet::new();
        let mut works = Vec::with_capacity(nodes.len());
        for (ix, Node { task, rank, .. }) in nodes.iter().enumerate() {
            let project = ProjectIx(ix);
            let position = *positions
                .entry(&task.planned.account_id)
                .or_insert_with(|| {
                    accounts.push(Account {
                        id: task.planned.account_id.clone(),
                        projects: vec![],
                        unnamed: 0,
                    });
                    accounts.len() - 1
                });
            let account = &mut accounts[position];
            account.projects.push(project);
            match &task.planned.logical_id {
                // The ids of the manifest have been checked for duplicates.
                Some(logical_id) => _ = ids.claim(&account.id, logical_id, project),
                None => account.unnamed += 1,
            }
            let takes = rank.expected.bundling + rank.expected.deploying;
            let key = (
                Reverse(rank.urgency),
                Reverse(rank.height),
                Reverse(takes),
                project,
            );
            // If the logical id is unknown, bundling provides it.
            let is_blocked = || task.depends_on.iter().any(|it| !nodes[it.0].task.is_over());
            let waits = !task.ahead && task.planned.logical_id.is_some() && is_blocked();
            let status = match (task.to_bundle, waits) {
                (true, true) => Status::Deferred,
                (true, false) => Status::Queued,
                (false, _) => Status::Over,
            };
            if status == Status::Queued {
                queue.insert(key);
            }
            works.push(Work {
                account: position,
                key,
                status,
                is_named: task.planned.logical_id.is_some(),
            });
        }
        Self {
            places: places.max(1),
            queue,
            works,
            accounts,
            ids,
        }
    }

    /// Assigns a free place.
    fn grant(&mut self) -> Option<ProjectIx> {
        if self.places == 0 {
            return None;
        }
        let (.., project) = self.queue.pop_first()?;
        self.places -= 1;
        self.works[project.0].status = Status::Running;
        Some(project)
    }

    /// Removes the project from the queue for bundling.
    pub(super) fn withdraw(&mut self, project: ProjectIx) {
        let status = self.works[project.0].status;
        if matches!(status, Status::Queued | Status::Deferred) {
            self.leave(project);
        }
    }

    /// The project's bundling has failed; it is queued again when released.
    fn defer(&mut self, project: ProjectIx) {
        self.leave(project);
        self.works[project.0].status = Status::Deferred;
    }

    /// Another project's bundling needs a dependency of this one, so this one is deferred, too, unless its logical id is
    /// still unknown, since others wait for that.
    fn hold(&mut self, project: ProjectIx) {
        let work = &self.works[project.0];
        if work.status == Status::Queued && work.is_named {
            self.defer(project);
        }
    }

    /// All dependencies of the project have succeeded.
    pub(super) fn release(&mut self, project: ProjectIx) {
        let work = &mut self.works[project.0];
        if work.status == Status::Deferred {
            work.status = Status::Queued;
            self.queue.insert(work.key);
        }
    }

    /// Whether bundling no longer delays the project.
    pub(super) fn is_over(&self, project: ProjectIx) -> bool {
        let work = &self.works[project.0];
        work.status == Status::Over && self.accounts[work.account].unnamed == 0
    }

    /// Another project of the account that has this logical id, too.
    fn same(&mut self, project: ProjectIx, logical_id: &str) -> Option<ProjectIx> {
        let account = &self.accounts[self.works[project.0].account];
        self.ids.claim(&account.id, logical_id, project).err()
    }

    /// A project ended, bundled or not. Returns the projects that may have waited for its logical id.
    pub(super) fn ended(&mut self, project: ProjectIx) -> Vec<ProjectIx> {
        self.leave(project);
        self.name(project)
    }

    fn leave(&mut self, project: ProjectIx) {
        let work = &mut self.works[project.0];
        match work.status {
            Status::Queued => _ = self.queue.remove(&work.key),
            Status::Running => self.places += 1,
            Status::Deferred | Status::Over => {}
        }
        work.status = Status::Over;
    }

    /// The project's logical id is known, or no longer matters. Returns the projects that may have waited for it.
    fn name(&mut self, project: ProjectIx) -> Vec<ProjectIx> {
        let work = &mut self.works[project.0];
        if std::mem::replace(&mut work.is_named, true) {
            return vec![];
        }
        let account = &mut self.accounts[work.account];
        account.unnamed -= 1;
        match account.unnamed {
            0 => account.projects.clone(),
            _ => vec![],
        }
    }
}

impl Run {
    /// Fills the free places.
    pub(super) fn grant_places(&mut self) {
        while let Some(project) = self.bundling.grant() {
            let node = self.node(project);
            let ahead = node.blocked_by > 0 || !node.task.undeployed.is_empty();
            self.send(project, Input::BuildBundle { ahead });
        }
    }

    pub(super) fn bundled(&mut self, project: ProjectIx, logical_id: &str) {
        self.bundling.leave(project);
        self.named(project, logical_id);
    }

    /// Bundling the project failed before its dependencies were deployed. It is repeated once they have succeeded, which
    /// may be now; other projects that depend on them are no longer bundled early. If the run deploys nothing, the failure
    /// is final.
    pub(super) fn bundling_deferred(
        &mut self,
        project: ProjectIx,
        logical_id: &str,
        error: ErrorInfo,
    ) {
        let cause = error.message.clone();
        self.node(project).failure = Some(error);
        let identified = Event::Identified {
            logical_id: logical_id.to_string(),
        };
        self.emit(Some(project), identified);
        self.bundling.defer(project);
        self.named(project, logical_id);
        if self.node(project).cancelled.is_some() {
            return self.bundling.withdraw(project);
        }
        let undeployed = self.nodes[project.0].task.undeployed.iter();
        let undeployed: Vec<&str> = undeployed.map(|ix| self.name(*ix)).collect();
        if !undeployed.is_empty() && self.stage == Stage::Previewing {
            let outcome = Outcome::new(ProjectResult::Skipped);
            let mut outcome = outcome.because(Reason::DependencyNotDeployed);
            outcome.cause = Some(undeployed.join(", "));
            self.node(project).is_deferred = true;
            return self.previewed_one(project, outcome);
        }
        if !undeployed.is_empty() {
            let cause = CancelCause::of(Reason::DependencyNotDeployed, undeployed.join(", "));
            return self.cancel(project, cause);
        }
        let depends_on = self.nodes[project.0].task.depends_on.iter().copied();
        let after: Vec<ProjectIx> = depends_on.filter(|ix| !self.is_ended(*ix)).collect();
        for dependent in self.below(&after) {
            self.bundling.hold(dependent);
        }
        if after.is_empty() {
            self.bundling.release(project);
        }
        let after = self.names(&after);
        self.emit(Some(project), Event::Deferred { after, cause });
    }

    /// Everything that depends on these projects, directly or indirectly.
    fn below(&self, projects: &[ProjectIx]) -> BTreeSet<ProjectIx> {
        let mut found = BTreeSet::new();
        let mut open = projects.to_vec();
        while let Some(project) = open.pop() {
            let dependents = self.nodes[project.0].dependents.iter().copied();
            open.extend(dependents.filter(|dependent| found.insert(*dependent)));
        }
        found
    }

    fn named(&mut self, project: ProjectIx, logical_id: &str) {
        self.node(project).task.planned.logical_id = Some(logical_id.to_owned());
        let same = self.bundling.same(project, logical_id);
        let freed = self.bundling.name(project);
        if let Some(other) = same {
            // Neither has been sent, so both are refused.
            for (project, other) in [(project, other), (other, project)] {
                if !self.is_ended(project) {
                    let other = self.name(other).to_owned();
                    self.cancel(project, CancelCause::of(Reason::SameLogicalId, other));
                }
            }
        }
        self.ready_if_free(project);
        self.ready_all(freed);
    }
}
