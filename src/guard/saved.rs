//! A saved plan: the result of a preview, which a later deployment must match. It contains no secrets.

use super::deletions::is_deletion;
use crate::model::{Change, PlannedProject, ProjectReport, Report, RunId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::fmt;

/// The version of the file format.
const VERSION: u32 = 1;

/// A saved plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPlan {
    /// Always 1.
    pub version: u32,
    /// The version of this program that wrote it.
    pub orchestrate: String,
    /// The run of the preview.
    pub run: RunId,
    /// When the preview ended.
    pub planned_at: Timestamp,
    /// The manifest, as the user named it.
    pub manifest: String,
    /// The URL of the API.
    pub api_url: String,
    /// The selected projects, in the manifest's order.
    pub projects: Vec<SavedProject>,
}

/// One project of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedProject {
    /// The project's name in the manifest.
    pub name: String,
    /// Its name in the account.
    pub logical_id: String,
    /// The account's name in the manifest.
    pub account: String,
    /// The account's id at Checkly.
    pub account_id: String,
    /// The bundle's digest.
    pub sha256: String,
    /// Whether removed resources are preserved.
    pub preserve_resources: bool,
    /// The resources that a deployment would delete.
    pub deletes: BTreeSet<SavedResource>,
}

/// A resource of a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedResource {
    /// Its type, such as `check`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name in the project.
    pub logical_id: String,
}

impl fmt::Display for SavedResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.logical_id)
    }
}

impl SavedPlan {
    /// The plan of a successful preview. `preserve_resources` has a value for each row.
    pub fn of(report: &Report, api_url: &str, preserve_resources: &[bool]) -> Self {
        let project = |(row, preserve_resources): (&ProjectReport, &bool)| {
            Some(SavedProject {
                name: row.name.clone(),
                logical_id: row.logical_id.clone()?,
                account: row.account.clone(),
                account_id: row.account_id.clone()?,
                sha256: row.bundle.as_ref()?.sha256.clone(),
                preserve_resources: *preserve_resources,
                deletes: deletes(row),
            })
        };
        let rows = report.projects.iter().zip(preserve_resources);
        Self {
            version: VERSION,
            orchestrate: env!("CARGO_PKG_VERSION").to_owned(),
            run: report.run.clone(),
            planned_at: report.finished_at,
            manifest: report.manifest.clone(),
            api_url: api_url.to_owned(),
            projects: rows.filter_map(project).collect(),
        }
    }

    /// The plan as indented JSON with a newline at the end.
    pub fn to_json(&self) -> Vec<u8> {
        // Cannot fail: it has no maps, and writing to memory succeeds.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    /// Parses a plan.
    ///
    /// # Errors
    /// Why it is not a valid plan.
    pub fn from_json(json: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let no_plan = |error| format!("not a saved plan: {error}");
        let Versioned { version } = serde_json::from_slice(json).map_err(no_plan)?;
        if version != VERSION {
            return Err(format!(
                "the plan has version {version}; this orchestrate reads version {VERSION}"
            ));
        }
        serde_json::from_slice(json).map_err(no_plan)
    }

    /// All differences from the plan. The projects have a row after their preview. Unknown values are not compared, and fewer
    /// deletions than planned are not a difference.
    pub fn differences<'p>(
        &self,
        api_url: &str,
        now: impl Iterator<Item = (&'p PlannedProject, Option<&'p ProjectReport>)>,
    ) -> Vec<String> {
        let now: HashMap<&str, _> = now.map(|now| (now.0.name.as_str(), now)).collect();
        let mut differences = vec![];
        if self.api_url != api_url {
            differences.push(changed("the API", &self.api_url, api_url));
        }
        for planned in &self.projects {
            match now.get(planned.name.as_str()) {
                Some((now, row)) => planned.compare(now, *row, &mut differences),
                None => differences.push(format!("{}: no longer in the manifest", planned.name)),
            }
        }
        differences
    }
}

impl SavedProject {
    fn compare(
        &self,
        now: &PlannedProject,
        row: Option<&ProjectReport>,
        differences: &mut Vec<String>,
    ) {
        let name = &self.name;
        let mut same = |what: &str, planned: &str, now: &str| {
            if planned != now {
                differences.push(format!("{name}: {}", changed(what, planned, now)));
            }
        };
        same("its account", &self.account_id, &now.account_id);
        let logical_id = row.and_then(|row| row.logical_id.as_ref());
        if let Some(logical_id) = logical_id.or(now.logical_id.as_ref()) {
            same("its logical id", &self.logical_id, logical_id);
        }
        let bundle = row.and_then(|row| row.bundle.as_ref());
        if let Some(bundle) = bundle.or(now.bundle.as_ref()) {
            same("its bundle", &self.sha256, &bundle.sha256);
        }
        let planned = self.preserve_resources.to_string();
        let preserve = now.policy.preserve_resources.to_string();
        same("its preserve_resources", &planned, &preserve);
        let deletes = row.into_iter().flat_map(deletes);
        let unplanned = deletes.filter(|resource| !self.deletes.contains(resource));
        differences.extend(unplanned.map(|it| format!("{name}: would now also delete {it}")));
    }
}

pub(super) fn changed(what: &str, planned: &str, now: &str) -> String {
    format!("{what} changed from {planned} to {now}")
}

fn deletes(row: &ProjectReport) -> BTreeSet<SavedResource> {
    let resource = |change: &Change| SavedResource {
        kind: change.kind.clone(),
        logical_id: change.logical_id.clone(),
    };
    let changes = row.changes.iter().filter(|change| is_deletion(change));
    changes.map(resource).collect()
}
