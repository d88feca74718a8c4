//! Converts between a world and the file of its accounts.

use super::super::accounts::{
    AccountEntry, Accounts, LocationEntry, ProjectEntry, ResourceEntry, RuntimeEntry,
};
use super::project::{Deployed, ProjectFacts};
use super::resource::{Facts, Held, Ids, Key, TYPES};
use super::{Account, Project, World};
use std::time::{Duration, SystemTime};

const PRIVATE_LOCATION: &str = "private-location";

/// An account's facts, besides what is deployed.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct Profile {
    pub(in crate::sandbox) name: Option<String>,
    pub(in crate::sandbox) runtime: Option<String>,
    pub(in crate::sandbox) runtimes: Vec<RuntimeEntry>,
}

impl World {
    /// Fills the world from the file. The sandbox starts at `start`.
    pub(in crate::sandbox) fn fill(&mut self, accounts: Accounts, start: SystemTime) {
        // Reserve all numbers of the file first.
        for entry in accounts.accounts.values() {
            let owned = entry.projects.iter().flat_map(|project| &project.resources);
            let ids = owned.chain(&entry.detached).map(|it| &it.id);
            let ids = ids.chain(entry.private_locations.iter().map(|it| &it.id));
            ids.flatten().for_each(|id| self.ids.reserve(id));
        }
        for (id, entry) in accounts.accounts {
            let account = Account::of(entry, &mut self.ids, start);
            self.accounts.insert(id, account);
        }
    }

    /// The world's current contents. Running deployments are not included.
    pub(in crate::sandbox) fn inventory(&mut self, start: SystemTime, now: Duration) -> Accounts {
        let ids: Vec<String> = self.accounts.keys().cloned().collect();
        ids.iter().for_each(|id| self.settle_all(id, now));
        let accounts = self.accounts.iter();
        Accounts {
            accounts: accounts
                .map(|(id, account)| (id.clone(), account.entry(start)))
                .collect(),
        }
    }

    pub(in crate::sandbox) fn profile(&self, account: &str) -> Profile {
        let account = self.accounts.get(account);
        account
            .map(|account| account.profile.clone())
            .unwrap_or_default()
    }
}

impl Account {
    fn of(entry: AccountEntry, ids: &mut Ids, start: SystemTime) -> Self {
        let locations = entry.private_locations.into_iter().map(|it| ResourceEntry {
            r#type: PRIVATE_LOCATION.into(),
            logical_id: it.slug_name.clone(),
            name: it.name.or_else(|| Some(it.slug_name.clone())),
            check_type: None,
            slug_name: Some(it.slug_name),
            id: it.id,
        });
        let detached: Vec<_> = locations
            .chain(entry.detached)
            .filter_map(|it| held(it, ids))
            .collect();
        let projects = entry.projects.into_iter().map(|project| {
            let (created, ago) = around(project.created_at.as_deref(), start);
            let facts = ProjectFacts {
                id: project.id.unwrap_or_else(|| ids.uuid()),
                name: project.name.unwrap_or_else(|| project.logical_id.clone()),
                logical_id: project.logical_id.clone(),
                repo_url: project.repo_url,
                created,
                ago,
                updated: None,
            };
            let resources = project.resources.into_iter();
            let deployed = Deployed {
                facts,
                resources: resources.filter_map(|it| held(it, ids)).collect(),
            };
            let slot = Project {
                deployed: Some(deployed),
                ..Project::default()
            };
            (project.logical_id, slot)
        });
        Self {
            projects: projects.collect(),
            detached,
            profile: Profile {
                name: entry.name,
                runtime: entry.runtime,
                runtimes: entry.runtimes,
            },
        }
    }

    fn entry(&self, start: SystemTime) -> AccountEntry {
        let (mut private_locations, mut detached) = (vec![], vec![]);
        for (key, held) in &self.detached {
            match &held.facts.slug_name {
                Some(slug_name) if key.kind == PRIVATE_LOCATION => {
                    private_locations.push(LocationEntry {
                        slug_name: slug_name.clone(),
                        name: held.facts.name.clone(),
                        id: Some(held.physical_id.clone()),
                    });
                }
                _ => detached.push(resource(key, held)),
            }
        }
        let Profile {
            name,
            runtime,
            runtimes,
        } = self.profile.clone();
        let deployed = self.projects.values().filter_map(|it| it.deployed.as_ref());
        AccountEntry {
            name,
            runtime,
            runtimes,
            private_locations,
            projects: deployed.map(|it| project(it, start)).collect(),
            detached,
        }
    }
}

/// Parses how long before or after `start` this was; `start` itself if not given.
fn around(created_at: Option<&str>, start: SystemTime) -> (Duration, Duration) {
    let created = created_at.and_then(|at| humantime::parse_rfc3339(at).ok());
    let created = created.unwrap_or(start);
    let after = created.duration_since(start).unwrap_or_default();
    let before = start.duration_since(created).unwrap_or_default();
    (after, before)
}

fn held(entry: ResourceEntry, ids: &mut Ids) -> Option<(Key, Held)> {
    let kind = TYPES.into_iter().find(|known| *known == entry.r#type)?;
    let held = Held {
        physical_id: entry.id.unwrap_or_else(|| ids.physical(kind)),
        facts: Facts {
            name: entry.name,
            check_type: entry.check_type,
            slug_name: entry.slug_name,
        },
    };
    let logical_id = entry.logical_id;
    Some((Key { kind, logical_id }, held))
}

fn project(deployed: &Deployed, start: SystemTime) -> ProjectEntry {
    let facts = &deployed.facts;
    let resources = deployed.resources.iter();
    ProjectEntry {
        logical_id: facts.logical_id.clone(),
        name: Some(facts.name.clone()),
        repo_url: facts.repo_url.clone(),
        id: Some(facts.id.clone()),
        created_at: Some(facts.created_at(start)),
        resources: resources.map(|(key, held)| resource(key, held)).collect(),
    }
}

fn resource(key: &Key, held: &Held) -> ResourceEntry {
    let facts = held.facts.clone();
    ResourceEntry {
        r#type: key.kind.to_owned(),
        logical_id: key.logical_id.clone(),
        name: facts.name,
        check_type: facts.check_type,
        slug_name: facts.slug_name,
        id: Some(held.physical_id.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::time::UNIX_EPOCH;

    #[test]
    fn new_ids_differ_from_those_of_all_accounts_in_the_file() {
        let file = r#"{"accounts": {
            "a": {"detached": [{"type": "alert-channel", "logical_id": "new"}]},
            "b": {"detached": [{"type": "alert-channel", "logical_id": "old", "id": 1}]}
        }}"#;
        let mut world = World::new(0);
        world.fill(file.parse().unwrap(), UNIX_EPOCH);
        let accounts = world.inventory(UNIX_EPOCH, Duration::ZERO).accounts;
        let detached = accounts.values().flat_map(|account| &account.detached);
        let ids: Vec<String> = detached.map(|it| format!("{:?}", it.id)).collect();
        assert_eq!(HashSet::<&String>::from_iter(&ids).len(), 2, "{ids:?}");
    }
}
