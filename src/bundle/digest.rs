//! The canonical digest of a bundle, independent of order, white space, and compression.
//!
//! The digest of a bundle is the SHA-256 of a listing with one line per top-level key except `repoInfo`,
//! sorted by key (by its UTF-8 bytes):
//!
//! ```text
//! <hash of the value> <the key as a JSON string>\n
//! ```
//!
//! - The hash of a value is the SHA-256 of its compact text: the file's text without white space outside strings.
//! - The hash of `resources` is the SHA-256 of another listing: the hashes of its elements, sorted, each followed by `\n`.
//!   The Checkly CLI writes resources in an order that changes from run to run and has no meaning.
//! - Hashes are written in lowercase hexadecimal.
//! - In a resource, the key of an upload (`payload.codeBundlePath`, `payload.snapshots[].key`) with known content
//!   counts as `"sha256:<hash of the content>"`, since the key changes with each bundling. The content is known for a
//!   bundle that was just made from a directory, not for a file.
//!
//! So the digest does not depend on the order of top-level keys or resources, on white space, compression, or
//! `repoInfo`. It depends on everything else: unknown keys, the order of shared files (resources refer to them by
//! index), the order of keys inside a value, and the spelling of numbers and strings.

use crate::hash::hex;
use memchr::memchr2;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Collects the hashes of a bundle's parts.
#[derive(Default)]
pub(super) struct Digest {
    parts: BTreeMap<String, [u8; 32]>,
    resources: Vec<[u8; 32]>,
}

impl Digest {
    /// A top-level key; `hasher` has received the compact text of its value.
    pub(super) fn part(&mut self, key: &str, hasher: Sha256) {
        self.parts.insert(key.to_owned(), hasher.finalize().into());
    }

    /// One resource, compact.
    pub(super) fn resource(&mut self, compact: &[u8]) {
        self.resources.push(Sha256::digest(compact).into());
    }

    /// The digest of the bundle.
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

/// Removes the white space outside strings and changes nothing else. Not a parser: the text must be valid JSON.
pub(super) fn compact(json: &mut Vec<u8>) {
    // The text from `kept` to `at` has yet to be moved to `end`.
    let (mut end, mut kept, mut at) = (0, 0, 0);
    while let Some(byte) = json.get(at) {
        if *byte == b'"' {
            at += 1 + length_of_string(&json[at + 1..]);
        } else if byte.is_ascii_whitespace() {
            json.copy_within(kept..at, end);
            end += at - kept;
            let space = json[at..]
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace());
            at += space.count();
            kept = at;
        } else {
            at += 1;
        }
    }
    json.copy_within(kept.., end);
    json.truncate(end + json.len() - kept);
}

/// The length of a string that has begun, with its closing quote.
fn length_of_string(text: &[u8]) -> usize {
    let mut length = 0;
    while let Some(at) = memchr2(b'"', b'\\', &text[length..]) {
        length += at + 1;
        if text[length - 1] == b'"' {
            return length;
        }
        // The escaped byte ends no string.
        length += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compacted(json: &str) -> String {
        let mut json = json.into();
        compact(&mut json);
        String::from_utf8(json).unwrap()
    }

    #[test]
    fn removes_white_space_between_tokens_only() {
        assert_eq!(
            compacted("{ \"a b\" :\t[ 1 ,\r\n 2 ] , \"c\": { } }"),
            r#"{"a b":[1,2],"c":{}}"#
        );
    }

    #[test]
    fn keeps_numbers_and_escapes_as_written() {
        let json = r#"[1.0,1e5,-0,12345678901234567890123,"\u00e9\/ é",null]"#;
        assert_eq!(compacted(json), json);
    }

    #[test]
    fn an_escaped_quote_or_backslash_does_not_end_a_string() {
        assert_eq!(
            compacted(r#"[ "a \" b" , "c \\" , "\\\" d" ]"#),
            r#"["a \" b","c \\","\\\" d"]"#
        );
    }
}
