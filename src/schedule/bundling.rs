//! Who is bundled when, and whose logical id is known.
//!
//! Bundling does not wait for dependencies: it sends nothing. But a project is not submitted before every logical id of
//! its account is known. Two projects with one logical id would delete each other's checks, and until the last one is
//! known, any of them may be the second.

use super::{Order, Task, node};
use crate::model::ProjectIx;
use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What is wanted most, then the longest chain of dependants, then the manifest's order.
type Key = (Reverse<i64>, Reverse<usize>, ProjectIx);

/// The state of all bundlings of a run.
#[derive(Debug)]
pub(super) struct Bundling {
    places: usize,
    queue: BTreeSet<Key>,
    works: Vec<Work>,
    accounts: Vec<Account>,
}

/// One project's part in it.
#[derive(Debug)]
struct Work {
    /// A position in `accounts`.
    account: usize,
    key: Key,
    stage: Stage,
    is_named: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Queued,
    Running,
    /// There is a bundle, or no need of one any more.
    Over,
}

#[derive(Debug, Default)]
struct Account {
    projects: Vec<ProjectIx>,
    /// Projects whose logical id is not known yet.
    unnamed: usize,
    /// Who has which logical id.
    names: HashMap<Arc<str>, ProjectIx>,
}

/// What a new bundle tells.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// Another project of the account that has the same logical id.
    pub(super) same: Option<ProjectIx>,
    /// Projects that have waited for nothing but this logical id, perhaps.
    pub(super) freed: Vec<ProjectIx>,
}

impl Bundling {
    pub(super) fn new(tasks: &[Task], places: usize) -> Self {
        let mut positions = HashMap::new();
        let mut accounts: Vec<Account> = vec![];
        let mut queue = BTreeSet::new();
        let ranks = node::ranks(tasks);
        let mut works = Vec::with_capacity(tasks.len());
        for (ix, (task, rank)) in tasks.iter().zip(ranks).enumerate() {
            let project = ProjectIx(ix);
            let position = *positions.entry(&task.account_id).or_insert_with(|| {
                accounts.push(Account::default());
                accounts.len() - 1
            });
            let account = &mut accounts[position];
            account.projects.push(project);
            match &task.logical_id {
                // What the manifest says has been checked: none is there twice.
                Some(logical_id) => _ = account.names.insert(logical_id.clone(), project),
                None => account.unnamed += 1,
            }
            let key = (Reverse(rank.urgency), Reverse(rank.height), project);
            let stage = match task.to_bundle {
                true => Stage::Queued,
                false => Stage::Over,
            };
            if stage == Stage::Queued {
                queue.insert(key);
            }
            works.push(Work {
                account: position,
                key,
                stage,
                is_named: task.logical_id.is_some(),
            });
        }
        Self {
            places: places.max(1),
            queue,
            works,
            accounts,
        }
    }

    /// Fills the free places.
    pub(super) fn grant(&mut self) -> Vec<Order> {
        let mut orders = vec![];
        while self.places > 0
            && let Some((.., project)) = self.queue.pop_first()
        {
            self.places -= 1;
            self.works[project.0].stage = Stage::Running;
            orders.push(Order::Bundle { project });
        }
        orders
    }

    /// The project is to be bundled no more, if it waits for that.
    pub(super) fn withdraw(&mut self, project: ProjectIx) {
        if self.works[project.0].stage == Stage::Queued {
            self.leave(project);
        }
    }

    /// Whether nothing about bundles holds the project back.
    pub(super) fn is_over(&self, project: ProjectIx) -> bool {
        let work = &self.works[project.0];
        work.stage == Stage::Over && self.accounts[work.account].unnamed == 0
    }

    /// A bundle is made, and says what its project is called.
    pub(super) fn bundled(&mut self, project: ProjectIx, logical_id: &Arc<str>) -> Met {
        self.leave(project);
        let account = &mut self.accounts[self.works[project.0].account];
        let same = match account.names.entry(logical_id.clone()) {
            Entry::Vacant(free) => {
                free.insert(project);
                None
            }
            Entry::Occupied(taken) => Some(*taken.get()).filter(|other| *other != project),
        };
        Met {
            same,
            freed: self.name(project),
        }
    }

    /// A project ended, bundled or not. Gives the projects that have waited for its logical id, perhaps.
    pub(super) fn ended(&mut self, project: ProjectIx) -> Vec<ProjectIx> {
        self.leave(project);
        self.name(project)
    }

    fn leave(&mut self, project: ProjectIx) {
        let work = &mut self.works[project.0];
        match work.stage {
            Stage::Queued => _ = self.queue.remove(&work.key),
            Stage::Running => self.places += 1,
            Stage::Over => {}
        }
        work.stage = Stage::Over;
    }

    /// The project's logical id is known, or does not matter any more.
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
