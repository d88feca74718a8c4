//! Bundle files: refusals, digests, and payloads.

mod digest;
mod hostile;
mod payload;
mod refusals;

use super::{BundleError, Inspection, RepoInfo, inspect, inspect_with, prepare, write_by_content};
use crate::model::Contents;
use bytes::Bytes;
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use std::io::{Read, Write};
use std::path::PathBuf;
use tempfile::TempDir;

/// A bundle as `checkly deploy --debug-bundle` writes it, without most of the payloads.
const BUNDLE: &str = r#"{
  "project": {
    "logicalId": "shop",
    "name": "Shop é",
    "repoUrl": "https://example.com/shop"
  },
  "sharedFiles": [
    {
      "path": "lib/a.ts",
      "content": "export const a = \"{ }\"\n"
    },
    {
      "path": "lib/b.ts",
      "content": "export const b = 1"
    }
  ],
  "resources": [
    {
      "logicalId": "home",
      "type": "check",
      "member": true,
      "payload": {
        "name": "Home",
        "frequency": 10,
        "degradedResponseTime": 1000.5
      }
    },
    {
      "logicalId": "check-group-77",
      "type": "check-group",
      "physicalId": 77,
      "member": false,
      "payload": null
    }
  ]
}"#;

/// [`BUNDLE`] as it is sent, without `repoInfo`; made with `jq --compact-output`.
const COMPACT: &str = r#"{"project":{"logicalId":"shop","name":"Shop é","repoUrl":"https://example.com/shop"},"sharedFiles":[{"path":"lib/a.ts","content":"export const a = \"{ }\"\n"},{"path":"lib/b.ts","content":"export const b = 1"}],"resources":[{"logicalId":"home","type":"check","member":true,"payload":{"name":"Home","frequency":10,"degradedResponseTime":1000.5}},{"logicalId":"check-group-77","type":"check-group","physicalId":77,"member":false,"payload":null}]}"#;

/// A bundle file that is removed when this value is dropped.
struct File {
    path: PathBuf,
    _directory: TempDir,
}

fn file(content: impl AsRef<[u8]>) -> File {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("bundle.json");
    std::fs::write(&path, content).unwrap();
    File {
        path,
        _directory: directory,
    }
}

fn inspected(content: impl AsRef<[u8]>) -> Result<Inspection, BundleError> {
    inspect(&file(content).path)
}

fn prepared(content: impl AsRef<[u8]>, repo_info: Option<&RepoInfo>) -> Bytes {
    let file = file(content);
    let checked = inspect(&file.path).unwrap();
    prepare(&file.path, &checked, repo_info, &Contents::new()).unwrap()
}

fn gzipped(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(content.as_ref()).unwrap();
    gzip.finish().unwrap()
}

/// What the server reads.
fn body(payload: &[u8]) -> String {
    let mut body = String::new();
    let mut gzip = MultiGzDecoder::new(payload);
    gzip.read_to_string(&mut body).unwrap();
    body
}

#[test]
fn a_bundle_describes_itself() {
    let inspection = inspected(BUNDLE).unwrap();
    assert_eq!(inspection.logical_id, "shop");
    assert_eq!(inspection.name, "Shop é");
    assert_eq!(
        inspection.repo_url.as_deref(),
        Some("https://example.com/shop")
    );
    assert_eq!(inspection.facts.resources, 2);
    assert_eq!(inspection.facts.bytes, COMPACT.len() as u64);
    assert_eq!(inspection.facts.gzip_bytes, None);
}

#[test]
fn a_gzipped_bundle_is_recognized_by_content() {
    assert_eq!(
        inspected(gzipped(BUNDLE)).unwrap(),
        inspected(BUNDLE).unwrap()
    );
}

#[test]
fn gzip_data_may_have_several_members() {
    let (start, end) = BUNDLE.split_at(100);
    let members = [gzipped(start), gzipped(end)].concat();
    assert_eq!(inspected(members).unwrap(), inspected(BUNDLE).unwrap());
}

#[test]
fn the_smallest_bundle_has_no_resources() {
    let inspection =
        inspected(r#"{"project":{"logicalId":"a","name":""},"sharedFiles":[],"resources":[]}"#)
            .unwrap();
    assert_eq!(inspection.facts.resources, 0);
    assert_eq!(inspection.repo_url, None);
}

#[test]
fn a_logical_id_may_contain_every_allowed_character() {
    let bundle = BUNDLE.replace("\"shop\"", "\"AZ-az_09/x#y.z\"");
    assert_eq!(inspected(bundle).unwrap().logical_id, "AZ-az_09/x#y.z");
}

#[test]
fn resources_of_different_types_may_share_a_logical_id() {
    let bundle = BUNDLE.replace("check-group-77", "home");
    assert_eq!(inspected(bundle).unwrap().facts.resources, 2);
}
