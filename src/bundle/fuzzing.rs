//! Invariants that hold for any bundle file. Compiled for fuzzing and tests only.

use super::{inspect, prepare};
use crate::model::Contents;
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::Path;

/// A bundle is either refused with advice, or its payload is the same JSON with another `repoInfo` and has the same
/// digest.
///
/// # Panics
/// If an invariant does not hold, or the directory is not writable.
pub fn bundle(bytes: &[u8], directory: &Path) {
    let path = directory.join("bundle.json");
    assert!(fs::write(&path, bytes).is_ok());
    let inspection = match inspect(&path) {
        Ok(inspection) => inspection,
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty() && !error.hint().is_empty());
            assert!(!said.contains(char::is_control), "{said:?}");
            return;
        }
    };
    let Ok(payload) = prepare(&path, &inspection, None, &Contents::new()) else {
        unreachable!("it has been inspected");
    };
    let body = unzipped(&payload);
    let mut sent: Value = parsed(&body);
    let mut read: Value = match bytes {
        [0x1f, 0x8b, ..] => parsed(&unzipped(bytes)),
        _ => parsed(bytes),
    };
    // Numbers beyond the range of JSON readers are forwarded unchanged and cannot be compared.
    if !read.is_null() {
        read["repoInfo"] = Value::Null;
        assert!(sent["repoInfo"].is_null());
        assert_eq!(sent.take(), read);
    }
    assert!(fs::write(&path, body).is_ok());
    let Ok(again) = inspect(&path) else {
        unreachable!("what is sent is a bundle");
    };
    assert_eq!(again.facts.sha256, inspection.facts.sha256);
    assert_eq!(again.facts.resources, inspection.facts.resources);
}

fn parsed(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap_or_default()
}

fn unzipped(gzip: &[u8]) -> Vec<u8> {
    let mut bytes = vec![];
    assert!(MultiGzDecoder::new(gzip).read_to_end(&mut bytes).is_ok());
    bytes
}
