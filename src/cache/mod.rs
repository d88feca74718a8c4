//! Bundles made from folders, kept while what they are made of has not changed.
//!
//! A bundle is kept under its [`Key`], the hash of everything it is made of, in a file whose name also holds the hash of
//! its content. So a file that was damaged is found out, and two runs that keep one bundle at once do not disturb each
//! other. Whoever asks for a bundle gets a copy of its own, which nobody cleans away while it is in use.
//!
//! Everything here is synchronous: call it from a blocking thread. A cache that fails makes a run slower and never wrong:
//! each error is worth a warning and nothing more.

mod files;
mod key;

pub(crate) use key::LOCKFILES;
pub use key::{Ingredients, Key, KeyError, Receiver};

use crate::hash::hex;
use crate::model::Timestamp;
use crate::private_dir::{PrivateDir, UNFINISHED};
use sha2::{Digest, Sha256};
use std::fs::{DirEntry, File, remove_dir};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};
use tempfile::{NamedTempFile, TempPath};

/// How long a bundle is kept that nobody asks for: 30 days.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The folder in the cache's folder that the bundles are in; nothing outside of it is ever removed.
const BUNDLES: &str = "bundles";

/// The bundles that are kept.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: PrivateDir,
    now: Timestamp,
}

/// What was removed from a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freed {
    /// How many bundles.
    pub bundles: usize,
    /// Their size.
    pub bytes: u64,
}

impl Cache {
    /// Opens the cache in a folder, makes it where there is none, and removes what nobody has asked for in 30 days.
    ///
    /// # Errors
    /// The folder cannot be made, or is somebody else's.
    pub fn open(dir: &Path, now: Timestamp) -> io::Result<Self> {
        let dir = PrivateDir::open(&dir.join(BUNDLES))?;
        let kept_for = KEPT_FOR.as_millis();
        sweep(&dir, |entry| {
            let modified = entry.metadata().and_then(|entry| entry.modified());
            modified.is_ok_and(|used| u128::from(now.millis_since(used.into())) > kept_for)
        })?;
        Ok(Self { dir, now })
    }

    /// A copy of the bundle that is kept under a key, in the folder for temporary files; it is removed with the value.
    ///
    /// `None` where there is none, where it cannot be read or copied, or where it is damaged; then it is removed.
    pub fn get(&self, key: &Key) -> Option<TempPath> {
        let start = format!("{}-", key.as_str());
        let names = self.dir.entries().ok()?.map(|(name, _)| name);
        let mut kept = names.filter(|name| name.starts_with(&start) && is_bundle(name));
        kept.find_map(|name| self.copy(&name).ok().flatten())
    }

    /// Keeps a bundle under the key that its ingredients had both before and after it was made; otherwise nobody knows
    /// which of them it is made of.
    ///
    /// # Errors
    /// It is not kept, because the folder has become unwritable or the disk is full.
    pub fn put(&self, key: &Key, bundle: &Path) -> io::Result<()> {
        let bundle = File::open(bundle)?;
        self.dir.write(|file| {
            let content = copy(bundle, &mut *file)?;
            file.set_modified(UNIX_EPOCH + Duration::from_millis(self.now.0))?;
            Ok(name(key, &content))
        })
    }

    /// Removes all bundles from the cache in a folder, and nothing else.
    ///
    /// # Errors
    /// Not everything could be removed. That there is no cache is none.
    pub fn clean(dir: &Path) -> io::Result<Freed> {
        let path = dir.join(BUNDLES);
        if !path.try_exists()? {
            return Ok(Freed::default());
        }
        let freed = sweep(&PrivateDir::open(&path)?, |_| true)?;
        // Who has put something else into it keeps it.
        let _ = remove_dir(&path);
        Ok(freed)
    }

    /// Copies one file while its content is what its name says.
    fn copy(&self, name: &str) -> io::Result<Option<TempPath>> {
        let kept = File::open(self.dir.file(name))?;
        let mut out = NamedTempFile::new()?;
        if !name.ends_with(&format!("-{}.json", copy(&kept, &mut out)?)) {
            self.dir.remove(name)?;
            return Ok(None);
        }
        // It was of use today. Where that cannot be written down, it is made again after 30 days.
        let _ = kept.set_modified(UNIX_EPOCH + Duration::from_millis(self.now.0));
        Ok(Some(out.into_temp_path()))
    }
}

/// Copies everything, and gives the hash of it.
fn copy(mut from: impl Read, mut to: impl Write) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match from.read(&mut piece)? {
            0 => return Ok(hex(&hasher.finalize())),
            read => {
                hasher.update(&piece[..read]);
                to.write_all(&piece[..read])?;
            }
        }
    }
}

/// Removes files of ours.
fn sweep(dir: &PrivateDir, is_due: impl Fn(&DirEntry) -> bool) -> io::Result<Freed> {
    let mut freed = Freed::default();
    for (name, entry) in dir.entries()? {
        let is_bundle = is_bundle(&name);
        if (is_bundle || name.starts_with(UNFINISHED)) && is_due(&entry) {
            freed.bundles += usize::from(is_bundle);
            freed.bytes += entry.metadata().map_or(0, |entry| entry.len());
            dir.remove(&name)?;
        }
    }
    Ok(freed)
}

fn name(key: &Key, content: &str) -> String {
    format!("{}-{content}.json", key.as_str())
}

fn is_bundle(name: &str) -> bool {
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let hashes = name.strip_suffix(".json");
    hashes
        .and_then(|hashes| hashes.split_once('-'))
        .is_some_and(|(key, content)| is_hash(key) && is_hash(content))
}

#[cfg(test)]
mod tests;
