//! What this program last deployed, for `--skip-unchanged`: one small file a project. What the server really has is not
//! known here, so that whoever changes an account by other means is not noticed.
//!
//! A file is written whole or not at all, and one that cannot be read counts as none: in doubt a project is deployed once
//! more. There is nothing secret in it.

use crate::hash;
use crate::model::{RunId, Timestamp};
use crate::private_dir::PrivateDir;
use serde::{Deserialize, Serialize};
use std::fs::read;
use std::io::{self, Write};
use std::path::Path;

/// The version of the files; one of another version counts as none.
const VERSION: u32 = 1;

/// A project as the server knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// The API, without a slash at its end.
    pub api_url: String,
    /// The account's id at Checkly.
    pub account_id: String,
    /// The project's name in the account.
    pub logical_id: String,
}

/// A deployment that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// The bundle's digest.
    pub sha256: String,
    /// How many resources the bundle had; not known of deployments by earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<usize>,
    /// Whether resources that the project no longer contained were kept.
    pub preserve_resources: bool,
    /// The repository that it was deployed from, without scheme and credentials, where that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// When it ended.
    pub at: Timestamp,
    /// The run it belonged to.
    pub run: RunId,
}

/// Whether to deploy this would change nothing, as far as this program knows.
///
/// With the same bundle there still is something to do where resources were kept and no longer shall be.
pub fn is_unchanged(last: Option<&Deployed>, sha256: &str, preserve_resources: bool) -> bool {
    last.is_some_and(|last| {
        last.sha256 == sha256 && (preserve_resources || !last.preserve_resources)
    })
}

/// How many resources fewer are worth a warning at least.
const MANY: usize = 5;

/// The number of resources of the last bundle, if one with so many fewer is likely a mistake: less than half.
pub fn shrunk_from(last: Option<&Deployed>, resources: usize) -> Option<usize> {
    let before = last?.resources?;
    let fewer = before.saturating_sub(resources);
    (fewer >= MANY && fewer > resources).then_some(before)
}

/// The last successful deployments, by project.
#[derive(Clone, Debug)]
pub struct History {
    dir: PrivateDir,
}

#[derive(Serialize, Deserialize)]
struct Record<T, D> {
    version: u32,
    #[serde(flatten)]
    target: T,
    #[serde(flatten)]
    deployed: D,
}

impl History {
    /// Opens the history in a folder, and makes it where there is none.
    ///
    /// # Errors
    /// The folder cannot be made, or is somebody else's.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let dir = PrivateDir::open(&dir.join("deployed"))?;
        Ok(Self { dir })
    }

    /// The last deployment of a project, if it succeeded and nothing was begun since.
    pub fn last(&self, target: &Target) -> Option<Deployed> {
        let json = read(self.dir.file(&name(target))).ok()?;
        let record: Record<Target, Deployed> = serde_json::from_slice(&json).ok()?;
        let sound = record.version == VERSION && record.target == *target;
        sound.then_some(record.deployed)
    }

    /// Remembers a deployment that succeeded.
    ///
    /// # Errors
    /// It could not be written; what was known before is still there.
    pub fn record(&self, target: &Target, deployed: &Deployed) -> io::Result<()> {
        let record = Record {
            version: VERSION,
            target,
            deployed,
        };
        let json = serde_json::to_vec(&record)?;
        self.dir.write(|file| {
            file.write_all(&json)?;
            Ok(name(target))
        })
    }

    /// Forgets what is known of a project: something is about to change, and how that ends is not known.
    ///
    /// # Errors
    /// It could not be removed, and is still believed.
    pub fn forget(&self, target: &Target) -> io::Result<()> {
        self.dir.remove(&name(target))
    }
}

fn name(target: &Target) -> String {
    let parts = [&target.api_url, &target.account_id, &target.logical_id];
    format!("{}.json", hash::of_parts(parts))
}

#[cfg(test)]
mod tests;
