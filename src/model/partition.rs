//! `--partition`: one of several shards, which deploy a manifest together.

use super::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named! {
    /// How projects are assigned to shards.
    pub enum PartitionKind {
        /// By a hash of their names: other projects do not move when one is added.
        Hash = "hash",
        /// In equal numbers, as far as dependencies allow.
        Slice = "slice",
    }
}

const MAX_SHARDS: usize = 1000;

/// The value of `--partition`: `hash:2/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Partition {
    /// How projects are assigned.
    pub kind: PartitionKind,
    /// The shard, from 1.
    pub index: usize,
    /// The number of shards.
    pub count: usize,
}

/// A shard of a run: what `run.started` says about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shard {
    /// Which.
    #[serde(flatten)]
    pub partition: Partition,
    /// The hash of the assignment of all selected projects: equal for the shards of one run.
    pub plan: String,
    /// The number of selected projects of all shards.
    pub selected: usize,
    /// The places of its projects among these, from 0.
    pub places: Vec<usize>,
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = || {
            let (kind, part) = text.split_once(':')?;
            let (index, count) = part.split_once('/')?;
            let kind = PartitionKind::ALL.iter().find(|it| it.as_str() == kind)?;
            Some((*kind, index.parse().ok()?, count.parse().ok()?))
        };
        let (kind, index, count) =
            parsed().ok_or("expected hash:M/N or slice:M/N, such as hash:2/4")?;
        if !(1..=count).contains(&index) || count > MAX_SHARDS {
            return Err(format!(
                "there is no shard {index} of {count}: in {kind}:M/N, M is between 1 and N, and N is at most {MAX_SHARDS}"
            ));
        }
        Ok(Self { kind, index, count })
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, index, count } = self;
        write!(f, "{kind}:{index}/{count}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_one_of_its_shards() {
        for text in ["hash:1/1", "slice:4/4", "hash:2/16"] {
            assert_eq!(text.parse::<Partition>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "1/4",
            "hash:",
            "hash:1",
            "Hash:1/4",
            "count:1/4",
            "hash:-1/4",
            "hash:1/4/4",
        ] {
            let error = text.parse::<Partition>().unwrap_err();
            assert!(error.starts_with("expected "), "{text}: {error}");
        }
        for text in ["hash:0/4", "slice:5/4", "slice:1/0", "hash:1/1001"] {
            let error = text.parse::<Partition>().unwrap_err();
            assert!(error.starts_with("there is no shard "), "{text}: {error}");
        }
    }
}
