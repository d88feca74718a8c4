//! Bundles: what `checkly deploy --debug-bundle` writes, checked, named by a digest, and made into what is uploaded.
//!
//! A bundle is one JSON object, plain or gzipped: the body of a deploy request without its `repoInfo`.
//!
//! ```json
//! {"project": {"logicalId": "shop", "name": "Shop"}, "sharedFiles": [], "resources": []}
//! ```
//!
//! What stands in a resource is nobody's business here: it is forwarded byte for byte, and only
//! whitespace outside strings is dropped. A bundle is read as a stream, one shared file or resource at a time, so that
//! memory holds the largest of them, 32 bytes and the name of each resource, and the compressed payload.
//!
//! Everything here is synchronous and keeps a core busy: call it from a blocking thread. Nothing here decides when
//! a bundle is read, and no error names the file: the caller knows it under the name the user gave.

mod body;
mod compact;
mod digest;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod git;
mod heartbeats;
mod members;
mod read;
mod repo_info;
mod source;
mod uploads;

pub use error::{BundleError, TextPlace};
pub use git::GitFacts;
pub use repo_info::{Commit, GitHub, RepoInfo};

use crate::model::{BundleFacts, Contents, Upload};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use std::io::{self, Write};
use std::path::Path;

/// What a sound bundle says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The project's name in the account: not empty, only `A-Z a-z 0-9 _ - / # .`.
    pub logical_id: String,
    /// The project's name for people.
    pub name: String,
    /// The repository's address from the Checkly configuration.
    pub repo_url: Option<String>,
    /// The files it refers to that were uploaded when it was made: Playwright suites, snapshots. How long the server keeps
    /// those is not known, so a bundle with any should be deployed soon and once.
    pub uploads: Vec<Upload>,
    /// The logical ids of its heartbeat checks.
    pub heartbeats: Vec<String>,
    /// Its digest and size, without `gzip_bytes`. The same as those of its [`Payload`].
    pub facts: BundleFacts,
}

/// What is uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The gzipped body of `POST /v1/projects/deploy`.
    pub gzip: Bytes,
    /// Digest and sizes. `bytes` does not count `repoInfo`, as the digest does not: both name the bundle's content.
    pub facts: BundleFacts,
    /// The logical ids of its heartbeat checks.
    pub heartbeats: Vec<String>,
}

/// Level 6, the Checkly CLI's, takes twice the CPU time to save a percentage point or so of the size.
const GZIP_LEVEL: u32 = 3;

/// Reads a bundle to its end and checks it, without keeping it.
///
/// # Errors
/// The first mistake in the file; [`BundleError::hint`] says what to do about it.
pub fn inspect(path: &Path) -> Result<Inspection, BundleError> {
    inspect_with(path, &Contents::new())
}

/// The same, where something is known of the uploads that it refers to: the digest goes by their content.
///
/// # Errors
/// Those of [`inspect`].
pub fn inspect_with(path: &Path, contents: &Contents) -> Result<Inspection, BundleError> {
    let (inspection, _) = read::read(path, io::sink(), contents, false)?;
    Ok(inspection)
}

/// Writes a bundle with digests in the place of all keys of uploads whose content is known: to be compared, not to be
/// deployed. Its digest is that of the bundle itself with these `contents`.
///
/// # Errors
/// Those of [`inspect`], and that it cannot be written.
pub fn write_by_content(
    path: &Path,
    contents: &Contents,
    out: impl Write,
) -> Result<(), BundleError> {
    let (_, mut out) = read::read(path, out, contents, true)?;
    let written = out.write_all(b"}").and_then(|()| out.flush());
    written.map_err(BundleError::Compression)
}

/// Reads a bundle as [`inspect`] does, and compresses it on the way.
///
/// The body keeps the order of the file's keys and elements. A `repoInfo` of the file is dropped and the given one appended, as
/// `null` where there is none. The same file and the same `repo_info` give the same bytes. `contents` is what is known of
/// uploads, for the digest; the body has the keys of the file.
///
/// # Errors
/// Those of [`inspect`]: the file is read anew, and may have changed since.
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
    // Boxed, because a vector would keep up to half of its memory unused for the whole deployment.
    let gzip = Bytes::from(gzip.into_boxed_slice());
    let heartbeats = inspection.heartbeats;
    Ok(Payload {
        gzip,
        facts,
        heartbeats,
    })
}

/// Ends the body that `read` began.
fn close(mut gzip: GzEncoder<Vec<u8>>, repo_info: Option<&RepoInfo>) -> io::Result<Vec<u8>> {
    gzip.write_all(b",\"repoInfo\":")?;
    serde_json::to_writer(&mut gzip, &repo_info)?;
    gzip.write_all(b"}")?;
    gzip.finish()
}

#[cfg(test)]
mod tests;
