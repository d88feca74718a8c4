//! The last deployments from this machine, for `--skip-unchanged`: one small file for each project. The server's real
//! state is unknown here, so changes made by other means go unnoticed.
//!
//! A file is written completely or not at all. An unreadable file counts as missing: when in doubt, a project is
//! deployed again. Files contain no secrets.

use crate::hash;
use crate::model::{RunId, Timestamp};
use crate::private_dir::PrivateDir;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The version of the files; files of other versions count as missing.
const VERSION: u32 = 1;

/// A project as the server identifies it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// The API URL without a trailing slash.
    pub api_url: String,
    /// The account's id at Checkly.
    pub account_id: String,
    /// The project's logical id.
    pub logical_id: String,
}

/// A successful deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// The bundle's digest.
    pub sha256: String,
    /// The number of resources in the bundle; unknown for deployments by earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<usize>,
    /// Whether resources that were removed from the project were preserved.
    pub preserve_resources: bool,
    /// The repository it was deployed from, without scheme and credentials, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// When it ended.
    pub at: Timestamp,
    /// The run it belonged to.
    pub run: RunId,
}

/// Whether a deployment would change nothing, as far as this machine knows. The same bundle does change something if
/// resources were preserved and no longer should be.
pub fn is_unchanged(last: Option<&Deployed>, sha256: &str, preserve_resources: bool) -> bool {
    last.is_some_and(|last| {
        last.sha256 == sha256 && (preserve_resources || !last.preserve_resources)
    })
}

/// The fewest missing resources that are worth a warning.
const MANY: usize = 5;

/// The last bundle's number of resources, if the new number is likely a mistake: less than half.
pub fn shrunk_from(last: Option<&Deployed>, resources: usize) -> Option<usize> {
    let before = last?.resources?;
    let fewer = before.saturating_sub(resources);
    (fewer >= MANY && fewer > resources).then_some(before)
}

/// An account, and a directory that deploys to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Destination {
    /// The API, without a slash at its end.
    pub api_url: String,
    /// The account's id at Checkly.
    pub account_id: String,
    /// The manifest's directory.
    pub directory: PathBuf,
}

/// The last successful deployments, by project; and the directories that have deployed to each account.
#[derive(Clone, Debug)]
pub struct History {
    dir: PrivateDir,
    accounts: PrivateDir,
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
    /// Opens the history in a directory, and creates it if necessary.
    ///
    /// # Errors
    /// The directory cannot be created, or belongs to another user.
    pub fn open(dir: &Path) -> io::Result<Self> {
        Ok(Self {
            accounts: PrivateDir::open(&dir.join("accounts"))?,
            dir: PrivateDir::open(&dir.join("deployed"))?,
        })
    }

    /// Whether a directory has deployed to an account before.
    pub fn has_deployed(&self, destination: &Destination) -> bool {
        self.accounts.file(&destination.file()).is_file()
    }

    /// Records that a directory deploys to an account.
    ///
    /// # Errors
    /// It could not be written.
    pub fn record_destination(&self, destination: &Destination) -> io::Result<()> {
        let json = serde_json::to_vec(destination)?;
        self.accounts.write(|file| {
            file.write_all(&json)?;
            Ok(destination.file())
        })
    }

    /// A project's last deployment, if it succeeded and none was started since.
    pub fn last(&self, target: &Target) -> Option<Deployed> {
        let json = self.dir.read(&name(target)).ok()?;
        let record: Record<Target, Deployed> = serde_json::from_slice(&json).ok()?;
        let sound = record.version == VERSION && record.target == *target;
        sound.then_some(record.deployed)
    }

    /// Records a successful deployment.
    ///
    /// # Errors
    /// The record could not be written; the previous one is unchanged.
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

    /// Removes a project's record before a deployment, whose result is not known yet.
    ///
    /// # Errors
    /// The record could not be removed and is still in effect.
    pub fn forget(&self, target: &Target) -> io::Result<()> {
        self.dir.remove(&name(target))
    }
}

impl Destination {
    fn file(&self) -> String {
        let directory = self.directory.as_os_str().as_encoded_bytes();
        let parts = [
            self.api_url.as_bytes(),
            self.account_id.as_bytes(),
            directory,
        ];
        format!("{}.json", hash::of_parts(parts))
    }
}

fn name(target: &Target) -> String {
    let parts = [&target.api_url, &target.account_id, &target.logical_id];
    format!("{}.json", hash::of_parts(parts))
}

#[cfg(test)]
mod tests;
