//! One project of one account: its deployed resources, and how a submission changes them.

use super::resource::{Ids, Key, Resource};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

/// What a client submits.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Submission {
    /// The project's display name.
    pub(in crate::sandbox) name: String,
    /// The repository.
    pub(in crate::sandbox) repo_url: Option<String>,
    /// Its resources, in the given order.
    pub(in crate::sandbox) resources: Vec<Resource>,
    /// Preserve resources that it no longer has.
    pub(in crate::sandbox) preserve: bool,
}

/// A deployed project.
#[derive(Clone, Debug)]
pub(super) struct Deployed {
    pub(super) facts: ProjectFacts,
    pub(super) resources: BTreeMap<Key, Resource>,
}

/// A project without its resources.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct ProjectFacts {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) logical_id: String,
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) repo_url: Option<String>,
    pub(in crate::sandbox) created: Duration,
    /// None until the second deployment.
    pub(in crate::sandbox) updated: Option<Duration>,
}

/// What happens to a resource, as in replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::sandbox) enum Action {
    /// It is new.
    Create,
    /// It exists and remains, changed or not.
    Update,
    /// It is deleted.
    Delete,
    /// It is preserved in the account.
    Detached,
}

/// One row of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Change {
    pub(in crate::sandbox) action: Action,
    pub(in crate::sandbox) resource: Resource,
}

/// The answer to a submission: the project as it is or would be, and its changes.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Applied {
    pub(in crate::sandbox) project: ProjectFacts,
    pub(in crate::sandbox) diff: Vec<Change>,
}

/// A submission without changes.
pub(super) fn unchanged(slot: Option<&Deployed>, logical_id: &str) -> Submission {
    let resources = slot.into_iter().flat_map(|it| it.resources.values());
    let name = slot.map_or(logical_id, |project| &project.facts.name);
    Submission {
        name: name.to_owned(),
        repo_url: slot.and_then(|project| project.facts.repo_url.clone()),
        resources: resources.cloned().collect(),
        preserve: false,
    }
}

/// Applies a submission to `slot` at `now`.
///
/// Returns the changes, and the preserved resources.
pub(super) fn deploy(
    slot: &mut Option<Deployed>,
    logical_id: &str,
    submission: &Submission,
    ids: &mut Ids,
    now: Duration,
) -> (Applied, Vec<Resource>) {
    let project = renewed(slot.as_ref(), logical_id, submission, ids, now);
    let mut before = slot
        .take()
        .map(|project| project.resources)
        .unwrap_or_default();
    let mut diff = changes(&before, submission);
    let mut after = BTreeMap::new();
    // The first rows of the diff are the submission's resources, one each.
    for Change { resource, .. } in &mut diff[..submission.resources.len()] {
        before.remove(&resource.key());
        ids.identify(resource);
        after.insert(resource.key(), resource.clone());
    }
    *slot = Some(Deployed {
        facts: project.clone(),
        resources: after,
    });
    let detached = before.into_values().filter(|_| submission.preserve);
    (Applied { project, diff }, detached.collect())
}

/// What [`deploy`] would do, without doing it.
pub(super) fn preview(
    slot: Option<&Deployed>,
    logical_id: &str,
    submission: &Submission,
    ids: &mut Ids,
    now: Duration,
) -> Applied {
    let nothing = BTreeMap::new();
    Applied {
        project: renewed(slot, logical_id, submission, ids, now),
        diff: changes(
            slot.map_or(&nothing, |project| &project.resources),
            submission,
        ),
    }
}

/// The facts of a project that is deployed for the first time or again.
fn renewed(
    slot: Option<&Deployed>,
    logical_id: &str,
    submission: &Submission,
    ids: &mut Ids,
    now: Duration,
) -> ProjectFacts {
    let before = slot.map(|project| &project.facts);
    ProjectFacts {
        id: before.map_or_else(|| ids.uuid(), |facts| facts.id.clone()),
        logical_id: logical_id.to_owned(),
        name: submission.name.clone(),
        repo_url: submission.repo_url.clone(),
        created: before.map_or(now, |facts| facts.created),
        updated: before.map(|_| now),
    }
}

/// One row per submitted resource, in order, then one per removed resource.
fn changes(before: &BTreeMap<Key, Resource>, submission: &Submission) -> Vec<Change> {
    let wanted: HashSet<Key> = submission.resources.iter().map(Resource::key).collect();
    let kept = submission.resources.iter().map(|resource| {
        let held = before.get(&resource.key());
        Change {
            action: held.map_or(Action::Create, |_| Action::Update),
            resource: Resource {
                id: held.and_then(|held| held.id.clone()),
                ..resource.clone()
            },
        }
    });
    let gone = before.iter().filter(|(key, _)| !wanted.contains(*key));
    kept.chain(gone.map(|(_, held)| leaving(held, submission.preserve)))
        .collect()
}

/// The rows of deleting the whole project.
pub(super) fn removal(project: &Deployed, preserve: bool) -> Applied {
    let rows = project.resources.values();
    Applied {
        project: project.facts.clone(),
        diff: rows.map(|held| leaving(held, preserve)).collect(),
    }
}

fn leaving(resource: &Resource, preserve: bool) -> Change {
    Change {
        action: if preserve {
            Action::Detached
        } else {
            Action::Delete
        },
        resource: resource.clone(),
    }
}
