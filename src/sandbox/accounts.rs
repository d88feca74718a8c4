//! What accounts have, as a file: written by people to begin with (a seed), and by the sandbox to go on with (a state).

use super::world::{PhysicalId, TYPES, is_logical_id};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::str::FromStr;
use thiserror::Error;

/// What the accounts of a sandbox have. `docs/sandbox.md` in the repository describes the format, which is JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// By id.
    pub(super) accounts: BTreeMap<String, AccountEntry>,
}

/// Why a text says nothing of accounts.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct AccountsError(String);

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// What checks run on that name no runtime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) runtime: Option<String>,
    /// Besides those that every account has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) runtimes: Vec<RuntimeEntry>,
    /// Those that no project owns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) private_locations: Vec<LocationEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) projects: Vec<ProjectEntry>,
    /// What else no project owns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) detached: Vec<ResourceEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuntimeEntry {
    pub(super) name: String,
    /// npm packages that browser checks may import, and their versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) dependencies: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LocationEntry {
    pub(super) slug_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<PhysicalId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectEntry {
    pub(super) logical_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) repo_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// As `2026-11-22T18:17:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) resources: Vec<ResourceEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceEntry {
    pub(super) r#type: String,
    pub(super) logical_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) check_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) slug_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<PhysicalId>,
}

impl FromStr for Accounts {
    type Err = AccountsError;

    fn from_str(json: &str) -> Result<Self, AccountsError> {
        let accounts: Self =
            serde_json::from_str(json).map_err(|error| AccountsError(error.to_string()))?;
        for (id, account) in &accounts.accounts {
            account.check(&format!("accounts.{id}"))?;
        }
        Ok(accounts)
    }
}

impl Accounts {
    /// As a file, which reads back as the same accounts.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts, numbers and lists of them: this cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl AccountEntry {
    fn check(&self, place: &str) -> Result<(), AccountsError> {
        let mut seen = HashSet::new();
        for (nth, project) in self.projects.iter().enumerate() {
            let place = format!("{place}.projects[{nth}]");
            let id = &project.logical_id;
            if id.is_empty() || !id.bytes().all(is_logical_id) {
                return refuse(
                    &place,
                    &format!("logical_id {id:?} is not one: use A-Z a-z 0-9 _ - / # ."),
                );
            }
            if !seen.insert(id) {
                return refuse(&place, &format!("there is a project {id:?} already"));
            }
            if let Some(at) = &project.created_at
                && humantime::parse_rfc3339(at).is_err()
            {
                return refuse(
                    &place,
                    &format!("created_at {at:?} is no time such as 2026-11-22T18:17:00Z"),
                );
            }
            check_resources(&place, "resources", &project.resources)?;
        }
        check_resources(place, "detached", &self.detached)
    }
}

fn check_resources(
    place: &str,
    list: &str,
    resources: &[ResourceEntry],
) -> Result<(), AccountsError> {
    let mut seen = HashSet::new();
    for (
        nth,
        ResourceEntry {
            r#type, logical_id, ..
        },
    ) in resources.iter().enumerate()
    {
        let place = format!("{place}.{list}[{nth}]");
        if !TYPES.contains(&r#type.as_str()) {
            let known = TYPES.join(", ");
            return refuse(&place, &format!("type {type:?} is none of {known}"));
        }
        if list == "resources" && !seen.insert((r#type, logical_id)) {
            return refuse(
                &place,
                &format!("the project has a {type} {logical_id:?} already"),
            );
        }
    }
    Ok(())
}

fn refuse(place: &str, what: &str) -> Result<(), AccountsError> {
    Err(AccountsError(format!("{place}: {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        json.parse::<Accounts>().unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        assert_eq!(
            refused("{\n  \"accounts\": { \"acme\": { \"private_location\": [] } }\n}"),
            "unknown field `private_location`, expected one of `name`, `runtime`, `runtimes`, `private_locations`, \
             `projects`, `detached` at line 2 column 44"
        );
        let project = |project: &str| {
            refused(&format!(
                r#"{{"accounts":{{"acme":{{"projects":[{{"logical_id":"a"}},{project}]}}}}}}"#
            ))
        };
        assert_eq!(
            project(r#"{"logical_id":"a"}"#),
            "accounts.acme.projects[1]: there is a project \"a\" already"
        );
        assert_eq!(
            project(r#"{"logical_id":"a b"}"#),
            "accounts.acme.projects[1]: logical_id \"a b\" is not one: use A-Z a-z 0-9 _ - / # ."
        );
        assert_eq!(
            project(r#"{"logical_id":"b","created_at":"today"}"#),
            "accounts.acme.projects[1]: created_at \"today\" is no time such as 2026-11-22T18:17:00Z"
        );
        let check = r#"{"type":"check","logical_id":"home"}"#;
        assert_eq!(
            project(&format!(
                r#"{{"logical_id":"b","resources":[{check},{check}]}}"#
            )),
            "accounts.acme.projects[1].resources[1]: the project has a check \"home\" already"
        );
        let kind = r#"{"logical_id":"b","resources":[{"type":"chekc","logical_id":"home"}]}"#;
        let message = project(kind);
        let start = "accounts.acme.projects[1].resources[0]: type \"chekc\" is none of ";
        assert!(message.starts_with(start), "{message}");
    }
}
