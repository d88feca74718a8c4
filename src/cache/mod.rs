//! A cache of bundles that were made from directories.
//!
//! A bundle is stored under its [`Key`], the hash of everything it is made of, in a file whose name also contains the
//! hash of its content. So damage is detected, and two runs can store the same bundle at once. A lookup returns a
//! private copy, which no cleanup removes while it is in use.
//!
//! Everything here is synchronous: call it from a blocking thread. A failing cache makes a run slower, never wrong:
//! treat its errors as warnings.

mod key;

pub(crate) use key::LOCKFILES;
pub use key::{CacheKeyInputs, Key, KeyError, Target};

use crate::hash::hex;
use crate::model::Timestamp;
use crate::private_dir::{PrivateDir, UNFINISHED};
use sha2::{Digest, Sha256};
use std::fs::{DirEntry, File, remove_dir};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};
use tempfile::{NamedTempFile, TempPath};

/// How long an unused bundle is kept: 30 days.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The subdirectory for bundles; nothing outside of it is ever removed.
const BUNDLES: &str = "bundles";

/// The stored bundles.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: PrivateDir,
    now: Timestamp,
}

/// What was removed from a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The number of bundles.
    pub bundles: usize,
    /// Their size.
    pub bytes: u64,
}

impl Cache {
    /// Opens the cache in a directory, creates it if necessary, and removes bundles that were unused for 30 days.
    ///
    /// # Errors
    /// The directory cannot be created, or belongs to another user.
    pub fn open(dir: &Path, now: Timestamp) -> io::Result<Self> {
        let dir = PrivateDir::open(&dir.join(BUNDLES))?;
        let kept_for = KEPT_FOR.as_millis();
        sweep(&dir, |entry| {
            let modified = entry.metadata().and_then(|entry| entry.modified());
            modified.is_ok_and(|used| u128::from(now.millis_since(used.into())) > kept_for)
        })?;
        Ok(Self { dir, now })
    }

    /// A copy of the bundle stored under a key, in the directory for temporary files; dropping it removes the file.
    ///
    /// `None` if there is no such bundle, if it cannot be read or copied, or if it is damaged; a damaged bundle is
    /// removed.
    pub fn get(&self, key: &Key) -> Option<TempPath> {
        let start = format!("{}-", key.as_str());
        let names = self.dir.entries().ok()?.map(|(name, _)| name);
        let mut kept = names.filter(|name| name.starts_with(&start) && is_bundle(name));
        kept.find_map(|name| self.copy(&name).ok().flatten())
    }

    /// Stores a bundle under the key that its inputs had before and after bundling; if these differ, the bundle's
    /// inputs are unknown.
    ///
    /// # Errors
    /// The bundle could not be stored, for example because the disk is full.
    pub fn put(&self, key: &Key, bundle: &Path) -> io::Result<()> {
        let bundle = File::open(bundle)?;
        self.dir.write(|file| {
            let content = copy(bundle, &mut *file)?;
            file.set_modified(UNIX_EPOCH + Duration::from_millis(self.now.0))?;
            Ok(name(key, &content))
        })
    }

    /// Removes all bundles from the cache in a directory, and nothing else.
    ///
    /// # Errors
    /// Not everything could be removed. A missing cache is not an error.
    pub fn clean(dir: &Path) -> io::Result<Pruned> {
        let path = dir.join(BUNDLES);
        if !path.try_exists()? {
            return Ok(Pruned::default());
        }
        let pruned = sweep(&PrivateDir::open(&path)?, |_| true)?;
        // The directory stays if it contains other files.
        let _ = remove_dir(&path);
        Ok(pruned)
    }

    /// Copies a file if its content matches its name.
    fn copy(&self, name: &str) -> io::Result<Option<TempPath>> {
        let kept = File::open(self.dir.file(name))?;
        let mut out = NamedTempFile::new()?;
        if !name.ends_with(&format!("-{}.json", copy(&kept, &mut out)?)) {
            self.dir.remove(name)?;
            return Ok(None);
        }
        // Marks the bundle as used. If that fails, the bundle is rebuilt after 30 days.
        let _ = kept.set_modified(UNIX_EPOCH + Duration::from_millis(self.now.0));
        Ok(Some(out.into_temp_path()))
    }
}

/// Copies everything and returns its hash.
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

/// Removes the cache's own files.
fn sweep(dir: &PrivateDir, is_due: impl Fn(&DirEntry) -> bool) -> io::Result<Pruned> {
    let mut pruned = Pruned::default();
    for (name, entry) in dir.entries()? {
        let is_bundle = is_bundle(&name);
        if (is_bundle || name.starts_with(UNFINISHED)) && is_due(&entry) {
            pruned.bundles += usize::from(is_bundle);
            pruned.bytes += entry.metadata().map_or(0, |entry| entry.len());
            dir.remove(&name)?;
        }
    }
    Ok(pruned)
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
