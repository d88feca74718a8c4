//! The canonical digest: one name for one content, however it is ordered, spaced or compressed.
//!
//! The digest of a bundle is the SHA-256 of a listing with one line per top-level key except `repoInfo`,
//! sorted by key (by its UTF-8 bytes):
//!
//! ```text
//! <hash of the value> <the key as a JSON string>\n
//! ```
//!
//! - The hash of a value is the SHA-256 of its compact text: the text in the file without whitespace outside strings.
//! - The hash of `resources` is the SHA-256 of another listing: the hashes of its elements, sorted, each followed by `\n`.
//!   The Checkly CLI writes resources in an order that changes from run to run and means nothing.
//! - Hashes are written in lower-case hexadecimal.
//!
//! - In a resource, the key of an upload (`payload.codeBundlePath`, `payload.snapshots[].key`) whose content is known is
//!   replaced by the string `"sha256:<hash of the content>"`: the key is another one each time a bundle is made. The content
//!   of uploads is known of a bundle that was just made from a directory, not of a file.
//!
//! So the digest does not change with the order of the top-level keys or of the resources, with whitespace, compression or `repoInfo`.
//! It changes with everything else: unknown keys, the order of shared files (they are referred to by index), the order
//! of keys inside a value, the way a number or a string is spelt.

use crate::hash::hex;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Gathers the hashes of a bundle's parts.
#[derive(Default)]
pub(super) struct Digest {
    parts: BTreeMap<String, [u8; 32]>,
    resources: Vec<[u8; 32]>,
}

impl Digest {
    /// A top-level key and the compact text of its value, fed to `hasher`.
    pub(super) fn part(&mut self, key: &str, hasher: Sha256) {
        self.parts.insert(key.to_owned(), hasher.finalize().into());
    }

    /// One resource, compact.
    pub(super) fn resource(&mut self, compact: &[u8]) {
        self.resources.push(Sha256::digest(compact).into());
    }

    /// The digest of the whole.
    pub(super) fn finish(mut self) -> String {
        self.resources.sort_unstable();
        let mut resources = Sha256::new();
        for hash in &self.resources {
            resources.update(hex(hash));
            resources.update("\n");
        }
        self.part("resources", resources);

        let mut listing = Sha256::new();
        for (key, hash) in &self.parts {
            let key = serde_json::Value::from(key.as_str());
            listing.update(format!("{} {key}\n", hex(hash)));
        }
        hex(&listing.finalize())
    }
}
