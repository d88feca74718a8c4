//! Converts between a world and the file of its accounts.

use super::super::accounts::{AccountEntry, Accounts, LocationEntry, ProjectEntry};
use super::super::clock::iso;
use super::project::{Deployed, ProjectFacts};
use super::resource::{Ids, Resource};
use super::{Account, Project, World};
use std::time::{Duration, UNIX_EPOCH};

const PRIVATE_LOCATION: &str = "private-location";

impl World {
    /// Fills the world from the file.
    pub(in crate::sandbox) fn fill(&mut self, accounts: Accounts, now: Duration) {
        // Reserve all numbers of the file first.
        for entry in accounts.accounts.values() {
            let owned = entry.projects.iter().flat_map(|project| &project.resources);
            let ids = owned.chain(&entry.detached).map(|it| &it.id);
            let ids = ids.chain(entry.private_locations.iter().map(|it| &it.id));
            ids.flatten().for_each(|id| self.ids.reserve(id));
        }
        for (id, entry) in accounts.accounts {
            let account = Account::of(entry, &mut self.ids, now);
            self.accounts.insert(id, account);
        }
    }

    /// The world's current contents. Running deployments are not included.
    pub(in crate::sandbox) fn inventory(&mut self, now: Duration) -> Accounts {
        let ids: Vec<String> = self.accounts.keys().cloned().collect();
        let entry = |id: String| Some((id.clone(), self.settle_all(&id, now)?.entry()));
        Accounts {
            accounts: ids.into_iter().filter_map(entry).collect(),
        }
    }

    /// The account's facts, besides what is deployed.
    pub(in crate::sandbox) fn profile(&self, account: &str) -> AccountEntry {
        let account = self.accounts.get(account);
        account.map_or_else(AccountEntry::default, |it| it.profile.clone())
    }
}

impl Account {
    fn of(mut entry: AccountEntry, ids: &mut Ids, now: Duration) -> Self {
        let locations = std::mem::take(&mut entry.private_locations)
            .into_iter()
            .map(|it| Resource {
                kind: PRIVATE_LOCATION.into(),
                logical_id: it.slug_name.clone(),
                name: it.name.or_else(|| Some(it.slug_name.clone())),
                check_type: None,
                slug_name: Some(it.slug_name),
                id: it.id,
            });
        let detached: Vec<_> = locations
            .chain(std::mem::take(&mut entry.detached))
            .map(|it| identified(it, ids))
            .collect();
        let projects = std::mem::take(&mut entry.projects)
            .into_iter()
            .map(|project| {
                let created = project.created_at.as_deref().and_then(since_1970);
                let facts = ProjectFacts {
                    id: project.id.unwrap_or_else(|| ids.uuid()),
                    name: project.name.unwrap_or_else(|| project.logical_id.clone()),
                    logical_id: project.logical_id.clone(),
                    repo_url: project.repo_url,
                    created: created.unwrap_or(now),
                    updated: None,
                };
                let resources = project.resources.into_iter();
                let deployed = Deployed {
                    facts,
                    resources: resources
                        .map(|it| (it.key(), identified(it, ids)))
                        .collect(),
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
            profile: entry,
        }
    }

    fn entry(&self) -> AccountEntry {
        let (mut private_locations, mut detached) = (vec![], vec![]);
        for held in &self.detached {
            match &held.slug_name {
                Some(slug_name) if held.kind == PRIVATE_LOCATION => {
                    private_locations.push(LocationEntry {
                        slug_name: slug_name.clone(),
                        name: held.name.clone(),
                        id: held.id.clone(),
                    });
                }
                _ => detached.push(held.clone()),
            }
        }
        let deployed = self.projects.values().filter_map(|it| it.deployed.as_ref());
        AccountEntry {
            private_locations,
            projects: deployed.map(project).collect(),
            detached,
            ..self.profile.clone()
        }
    }
}

fn since_1970(time: &str) -> Option<Duration> {
    let time = humantime::parse_rfc3339(time).ok()?;
    time.duration_since(UNIX_EPOCH).ok()
}

fn identified(mut resource: Resource, ids: &mut Ids) -> Resource {
    ids.identify(&mut resource);
    resource
}

fn project(deployed: &Deployed) -> ProjectEntry {
    let facts = &deployed.facts;
    ProjectEntry {
        logical_id: facts.logical_id.clone(),
        name: Some(facts.name.clone()),
        repo_url: facts.repo_url.clone(),
        id: Some(facts.id.clone()),
        created_at: Some(iso(facts.created)),
        resources: deployed.resources.values().cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn new_ids_differ_from_those_of_all_accounts_in_the_file() {
        let file = r#"{"accounts": {
            "a": {"detached": [{"type": "alert-channel", "logical_id": "new"}]},
            "b": {"detached": [{"type": "alert-channel", "logical_id": "old", "id": 1}]}
        }}"#;
        let mut world = World::new(Duration::ZERO);
        world.fill(file.parse().unwrap(), Duration::ZERO);
        let accounts = world.inventory(Duration::ZERO).accounts;
        let detached = accounts.values().flat_map(|account| &account.detached);
        let ids: Vec<String> = detached.map(|it| format!("{:?}", it.id)).collect();
        assert_eq!(HashSet::<&String>::from_iter(&ids).len(), 2, "{ids:?}");
    }
}
