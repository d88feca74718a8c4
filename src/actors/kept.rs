//! What a preview keeps for the deployment after it: payloads in private files, since together they may be larger than the
//! memory, and the bundles that were made from folders.

use super::{Bundle, Job};
use crate::bundle::Payload;
use crate::model::BundleFacts;
use bytes::Bytes;
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::{NamedTempFile, TempPath};

/// A payload in a file that only its user can read, and that goes away with this.
#[derive(Debug)]
pub(super) struct KeptPayload {
    file: TempPath,
    facts: BundleFacts,
    heartbeats: Vec<String>,
}

impl KeptPayload {
    /// # Errors
    /// It cannot be written: no space, or no folder for temporary files.
    pub(super) fn write(payload: &Payload) -> io::Result<Self> {
        let mut file = NamedTempFile::with_prefix("orchestrate-payload-")?;
        file.write_all(&payload.gzip)?;
        Ok(Self {
            file: file.into_temp_path(),
            facts: payload.facts.clone(),
            heartbeats: payload.heartbeats.clone(),
        })
    }

    /// # Errors
    /// It cannot be read any more, or is not whole.
    pub(super) fn read(&self) -> io::Result<Payload> {
        let gzip = std::fs::read(&self.file)?;
        if self.facts.gzip_bytes != Some(gzip.len() as u64) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Payload {
            gzip: Bytes::from(gzip.into_boxed_slice()),
            facts: self.facts.clone(),
            heartbeats: self.heartbeats.clone(),
        })
    }
}

/// The bundles that were made from folders, by the names of their projects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made(Arc<Mutex<HashMap<Arc<str>, Arc<Bundle>>>>);

impl Made {
    pub(super) fn add(&self, job: &Job, bundle: &Arc<Bundle>) {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.insert(job.name.clone(), bundle.clone());
    }

    /// Takes one out.
    pub(crate) fn take(&self, job: &Job) -> Option<Arc<Bundle>> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.remove(&job.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_kept_payload_is_read_back_as_it_was_and_only_by_its_user() {
        let payload = Payload {
            gzip: Bytes::from_static(b"gzip"),
            facts: BundleFacts {
                sha256: "00ff".into(),
                resources: 2,
                bytes: 9,
                gzip_bytes: Some(4),
            },
            heartbeats: vec!["nightly".into()],
        };
        let kept = KeptPayload::write(&payload).unwrap();
        assert_eq!(kept.read().unwrap(), payload);
        let path = kept.file.to_path_buf();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(&path, "gz").unwrap();
        assert!(kept.read().is_err(), "one that was cut short is not sent");
        drop(kept);
        assert!(!path.exists());
    }
}
