//! Bundles, which `checkly deploy --debug-bundle` writes: checked, identified by a digest, and turned into payloads.
//!
//! A bundle is one JSON object, plain or gzipped: the body of a deploy request without its `repoInfo`.
//!
//! ```json
//! {"project": {"logicalId": "shop", "name": "Shop"}, "sharedFiles": [], "resources": []}
//! ```
//!
//! Resources are forwarded byte for byte; only white space outside strings is removed. A bundle of more than a megabyte is
//! read as a stream, one shared file or resource at a time, so memory holds the largest of them, 32 bytes and the name of
//! each resource, and the compressed payload.
//!
//! Everything here is synchronous and keeps a core busy: call it from a blocking thread. Errors do not name the file;
//! the caller adds the name that the user gave.

mod body;
mod compare;
mod digest;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod members;
mod read;
mod repo_info;
mod resource;
mod source;

pub use compare::{Difference, compare};
pub use error::BundleError;
pub use repo_info::{Commit, RepoInfo};

use crate::model::{BundleFacts, Contents, Upload};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

/// A valid bundle's description of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The project's logical id: not empty, only `A-Z a-z 0-9 _ - / # .`.
    pub logical_id: String,
    /// The project's display name.
    pub name: String,
    /// The repository URL of the Checkly configuration.
    pub repo_url: Option<String>,
    /// The files that were uploaded when the bundle was made and that it refers to: Playwright suites, snapshots. It
    /// is unknown how long the server stores them, so deploy such a bundle soon and only once.
    pub uploads: Vec<Upload>,
    /// The logical ids of its heartbeat checks.
    pub heartbeats: Vec<String>,
    /// Its digest and size, without `gzip_bytes`. Equal to those of its [`Payload`].
    pub facts: BundleFacts,
}

/// What is uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The gzipped body of `POST /v1/projects/deploy`.
    pub gzip: Bytes,
    /// Digest and sizes. Like the digest, `bytes` does not include `repoInfo`.
    pub facts: BundleFacts,
    /// The logical ids of its heartbeat checks.
    pub heartbeats: Vec<String>,
}

/// Level 6, which the Checkly CLI uses, takes twice the CPU time to save about one percent of the size.
const GZIP_LEVEL: u32 = 3;

/// Reads and checks a whole bundle without storing it.
///
/// # Errors
/// The first mistake in the file, with advice in its `hint`.
pub fn inspect(path: &Path) -> Result<Inspection, BundleError> {
    inspect_with(path, &Contents::new())
}

/// The same with known uploads: the digest covers their content.
///
/// # Errors
/// As for [`inspect`].
pub fn inspect_with(path: &Path, contents: &Contents) -> Result<Inspection, BundleError> {
    let (inspection, _) = read::read(path, io::sink(), contents, false)?;
    Ok(inspection)
}

/// Writes a bundle with the known uploads' keys replaced by digests, for comparison, not for deployment. Its digest
/// is that of the bundle itself with these `contents`.
///
/// # Errors
/// As for [`inspect`], and that it cannot be written.
pub fn write_by_content(
    path: &Path,
    contents: &Contents,
    out: impl Write,
) -> Result<(), BundleError> {
    let (_, mut out) = read::read(path, out, contents, true)?;
    let written = out.write_all(b"}").and_then(|()| out.flush());
    written.map_err(BundleError::Compression)
}

/// The resources that deploying the bundle creates or updates, by type and logical id.
///
/// # Errors
/// The file cannot be read, or is no bundle.
pub fn members(path: &Path) -> io::Result<BTreeSet<(String, String)>> {
    #[derive(Deserialize)]
    struct Bundle {
        resources: Vec<Resource>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Resource {
        r#type: String,
        logical_id: String,
        #[serde(default = "is_member")]
        member: bool,
    }
    fn is_member() -> bool {
        true
    }
    let bundle: Bundle = source::parse(path)?;
    let members = bundle.resources.into_iter().filter(|it| it.member);
    Ok(members.map(|it| (it.r#type, it.logical_id)).collect())
}

/// Reads a bundle like [`inspect`] and compresses it.
///
/// The body has the file's keys and elements in the file's order. The file's `repoInfo` is replaced by the given one,
/// or by `null`. The same file and `repo_info` give the same bytes. `contents` are the known uploads, for the digest
/// only; the body has the keys of the file.
///
/// # Errors
/// As for [`inspect`]: the file is read again and may have changed.
pub fn prepare(
    path: &Path,
    repo_info: Option<&RepoInfo>,
    contents: &Contents,
) -> Result<Payload, BundleError> {
    let gzip = GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL));
    let (inspection, gzip) = read::read(path, gzip, contents, false)?;
    let gzip = close(gzip, repo_info).map_err(BundleError::Compression)?;
    let facts = BundleFacts {
        gzip_bytes: Some(gzip.len() as u64),
        ..inspection.facts
    };
    // A boxed slice, since a vector could keep half of its memory unused during the whole deployment.
    let gzip = Bytes::from(gzip.into_boxed_slice());
    let heartbeats = inspection.heartbeats;
    Ok(Payload {
        gzip,
        facts,
        heartbeats,
    })
}

/// Completes the body that `read` began.
fn close(mut gzip: GzEncoder<Vec<u8>>, repo_info: Option<&RepoInfo>) -> io::Result<Vec<u8>> {
    gzip.write_all(b",\"repoInfo\":")?;
    serde_json::to_writer(&mut gzip, &repo_info)?;
    gzip.write_all(b"}")?;
    gzip.finish()
}

#[cfg(test)]
mod tests;
