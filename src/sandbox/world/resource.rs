//! One resource: its identity, and the few payload fields that other endpoints show.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The resource types of CLI 8 and 9.
pub(in crate::sandbox) const TYPES: [&str; 13] = [
    "status-page-service",
    "status-page",
    "status-page-component",
    "status-page-automation-rule",
    "check-group",
    "check",
    "alert-channel",
    "alert-channel-subscription",
    "maintenance-window",
    "private-location",
    "private-location-check-assignment",
    "private-location-group-assignment",
    "dashboard",
];

/// Whether a logical id may contain this byte.
pub(in crate::sandbox) fn is_logical_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-/#.".contains(&byte)
}

/// A resource: submitted, in an account, or in the file of one. With the few fields of its payload that other endpoints show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Resource {
    /// One of [`TYPES`].
    #[serde(rename = "type")]
    pub(in crate::sandbox) kind: String,
    /// The name its project gave it.
    pub(in crate::sandbox) logical_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) name: Option<String>,
    /// Such as `HEARTBEAT`; of checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) check_type: Option<String>,
    /// Of private locations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) slug_name: Option<String>,
    /// `None` if it has not been created yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) id: Option<PhysicalId>,
}

/// Type and logical id: unique in a project. In this order, deletions are listed in a diff.
pub(in crate::sandbox) type Key = (String, String);

impl Resource {
    pub(in crate::sandbox) fn key(&self) -> Key {
        (self.kind.clone(), self.logical_id.clone())
    }
}

/// The account's id of a resource, assigned once and kept over updates.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub(in crate::sandbox) enum PhysicalId {
    /// Of checks, private locations, and everything of status pages.
    Uuid(String),
    /// Of everything else.
    Number(u64),
}

/// Generates ids that never repeat in one world, nor between worlds that start at different times.
#[derive(Debug)]
pub(super) struct Ids {
    seed: u64,
    given: u64,
}

impl Ids {
    /// From the time of the world's start, so ids that a client remembers from an earlier sandbox do not exist in this one.
    pub(super) fn new(start: Duration) -> Self {
        let seed = u64::try_from(start.as_millis()).unwrap_or_default();
        Self { seed, given: 0 }
    }

    /// The next UUID.
    pub(super) fn uuid(&mut self) -> String {
        let mut tail = [0; 10];
        tail[2..].copy_from_slice(&self.next().to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(self.seed, &tail)
            .into_uuid()
            .to_string()
    }

    /// Gives the resource an id, unless it has one.
    pub(super) fn identify(&mut self, Resource { kind, id, .. }: &mut Resource) {
        let has_uuid = matches!(kind.as_str(), "check" | "private-location");
        id.get_or_insert_with(|| {
            if has_uuid || kind.starts_with("status-page") {
                PhysicalId::Uuid(self.uuid())
            } else {
                PhysicalId::Number(self.next())
            }
        });
    }

    /// Reserves this number.
    pub(super) fn reserve(&mut self, id: &PhysicalId) {
        if let PhysicalId::Number(id) = id {
            self.given = self.given.max(*id);
        }
    }

    fn next(&mut self) -> u64 {
        self.given += 1;
        self.given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_repeat_neither_in_a_world_nor_in_a_later_one() {
        let mut ids = Ids::new(Duration::from_millis(1_795_371_420_123));
        let mut later = Ids::new(Duration::from_millis(1_795_371_420_124));
        let first = ids.uuid();
        assert_ne!(first, ids.uuid());
        assert_ne!(first, later.uuid());
    }

    #[test]
    fn checks_have_uuids_and_alert_channels_numbers() {
        let mut ids = Ids::new(Duration::ZERO);
        let mut id = |kind: &str| {
            let mut resource = Resource {
                kind: kind.to_owned(),
                ..Resource::default()
            };
            ids.identify(&mut resource);
            resource.id.unwrap()
        };
        assert!(matches!(id("check"), PhysicalId::Uuid(_)));
        assert!(matches!(id("status-page"), PhysicalId::Uuid(_)));
        assert!(matches!(id("alert-channel"), PhysicalId::Number(_)));
    }
}
