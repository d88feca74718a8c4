//! Bundles, which `checkly deploy --debug-bundle` writes: checked, identified by a digest, and turned into payloads.
//!
//! A bundle is one JSON object, plain or gzipped: the body of a deploy request without its `repoInfo`.
//!
//! ```json
//! {"project": {"logicalId": "shop", "name": "Shop"}, "sharedFiles": [], "resources": []}
//! ```
//!
//! Resources are forwarded byte for byte; only white space outside strings is removed. While a bundle is read, memory holds
//! its text once.
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
use flate2::{Compress, Compression, write::ZlibEncoder};
use serde::Deserialize;
use std::cell::Cell;
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
    /// Recognizes its text when it is read again. `None` if the text has a `repoInfo`, which is not sent.
    pub text_hash: Option<u64>,
    /// Its digest and size, without `gzip_bytes`. Like the digest, `bytes` does not include `repoInfo`.
    pub facts: BundleFacts,
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
    let (inspection, _) = read::read(&source::read(path)?, io::sink(), contents, false)?;
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
    let (_, mut out) = read::read(&source::read(path)?, out, contents, true)?;
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

/// The gzipped body of `POST /v1/projects/deploy` for a bundle that has been checked with these `contents`.
///
/// The body has the file's keys and elements in the file's order. The file's `repoInfo` is replaced by the given one,
/// or by `null`. The same file and `repo_info` give the same bytes. `contents` are the known uploads, for the digest
/// only; the body has the keys of the file.
///
/// # Errors
/// The file cannot be read, or has another content than the checked one.
pub fn prepare(
    path: &Path,
    checked: &Inspection,
    repo_info: Option<&RepoInfo>,
    contents: &Contents,
) -> Result<Bytes, BundleError> {
    let mut text = source::read(path)?;
    if checked.text_hash == Some(source::hash(&text)) {
        digest::compact(&mut text);
        text.pop();
    } else {
        // The same content may have been written in another order.
        let read = read::read(&text, Vec::new(), contents, false);
        let (inspection, body) = read.map_err(|_| BundleError::Changed)?;
        if inspection.facts.sha256 != checked.facts.sha256 {
            return Err(BundleError::Changed);
        }
        text = body;
    }
    compress(&text, repo_info).map_err(BundleError::Compression)
}

/// Compresses a body without its last `}`, which is completed.
fn compress(body: &[u8], repo_info: Option<&RepoInfo>) -> io::Result<Bytes> {
    thread_local! {
        /// A new compressor would allocate and clear 300 KB.
        static GZIP: Cell<Option<ZlibEncoder<Vec<u8>>>> = const { Cell::new(None) };
    }
    let mut gzip = GZIP.take().unwrap_or_else(|| {
        let gzip = Compress::new_gzip(Compression::new(GZIP_LEVEL), 15);
        ZlibEncoder::new_with_compress(Vec::new(), gzip)
    });
    gzip.write_all(body)?;
    gzip.write_all(b",\"repoInfo\":")?;
    gzip.write_all(&serde_json::to_vec(&repo_info)?)?;
    gzip.write_all(b"}")?;
    let compressed = gzip.reset(Vec::new())?;
    GZIP.set(Some(gzip));
    // A boxed slice, since a vector could keep half of its memory unused during the whole deployment.
    Ok(Bytes::from(compressed.into_boxed_slice()))
}

#[cfg(test)]
mod tests;
