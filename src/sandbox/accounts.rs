//! The contents of accounts as a file: written by people (a seed) or by the sandbox (a state).

use super::world::{PhysicalId, Resource, TYPES, is_logical_id};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::str::FromStr;

/// The contents of a sandbox's accounts. `docs/sandbox.md` in the repository describes the format, which is JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// By id.
    pub(super) accounts: BTreeMap<String, AccountEntry>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// The runtime of checks that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) runtime: Option<String>,
    /// In addition to those that every account has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) runtimes: Vec<RuntimeEntry>,
    /// Private locations that no project owns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) private_locations: Vec<LocationEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) projects: Vec<ProjectEntry>,
    /// Other resources that no project owns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) detached: Vec<Resource>,
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
    /// Such as `2026-11-22T18:17:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) resources: Vec<Resource>,
}

impl FromStr for Accounts {
    /// Why a file cannot be used as accounts.
    type Err = String;

    fn from_str(json: &str) -> Result<Self, String> {
        let accounts: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        for (id, account) in &accounts.accounts {
            account.check(&format!("accounts.{id}"))?;
        }
        Ok(accounts)
    }
}

impl Accounts {
    /// The file. It parses back to the same accounts.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings, numbers, and lists of them cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl AccountEntry {
    fn check(&self, place: &str) -> Result<(), String> {
        let mut seen = HashSet::new();
        for (nth, project) in self.projects.iter().enumerate() {
            let place = format!("{place}.projects[{nth}]");
            let id = &project.logical_id;
            if id.is_empty() || !id.bytes().all(is_logical_id) {
                return Err(format!(
                    "{place}: invalid logical_id {id:?}: use A-Z a-z 0-9 _ - / # ."
                ));
            }
            if !seen.insert(id) {
                return Err(format!("{place}: duplicate project {id:?}"));
            }
            if let Some(at) = &project.created_at
                && humantime::parse_rfc3339(at).is_err()
            {
                return Err(format!(
                    "{place}: invalid created_at {at:?}: use the format 2026-11-22T18:17:00Z"
                ));
            }
            check_resources(&place, "resources", &project.resources)?;
        }
        check_resources(place, "detached", &self.detached)
    }
}

fn check_resources(place: &str, list: &str, resources: &[Resource]) -> Result<(), String> {
    let mut seen = HashSet::new();
    for (nth, resource) in resources.iter().enumerate() {
        let place = format!("{place}.{list}[{nth}]");
        let (kind, logical_id) = resource.key();
        if !TYPES.contains(&kind.as_str()) {
            let known = TYPES.join(", ");
            return Err(format!(
                "{place}: unknown type {kind:?}, expected one of {known}"
            ));
        }
        if list == "resources" && !seen.insert(resource.key()) {
            return Err(format!("{place}: duplicate {kind} {logical_id:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        json.parse::<Accounts>().unwrap_err()
    }

    #[test]
    fn errors_name_their_position() {
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
            "accounts.acme.projects[1]: duplicate project \"a\""
        );
        assert_eq!(
            project(r#"{"logical_id":"a b"}"#),
            "accounts.acme.projects[1]: invalid logical_id \"a b\": use A-Z a-z 0-9 _ - / # ."
        );
        assert_eq!(
            project(r#"{"logical_id":"b","created_at":"today"}"#),
            "accounts.acme.projects[1]: invalid created_at \"today\": use the format 2026-11-22T18:17:00Z"
        );
        let check = r#"{"type":"check","logical_id":"home"}"#;
        assert_eq!(
            project(&format!(
                r#"{{"logical_id":"b","resources":[{check},{check}]}}"#
            )),
            "accounts.acme.projects[1].resources[1]: duplicate check \"home\""
        );
        let kind = r#"{"logical_id":"b","resources":[{"type":"chekc","logical_id":"home"}]}"#;
        let message = project(kind);
        let start =
            "accounts.acme.projects[1].resources[0]: unknown type \"chekc\", expected one of ";
        assert!(message.starts_with(start), "{message}");
    }
}
