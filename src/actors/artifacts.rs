//! What a preview keeps for the following deployment: payloads, in private files since they may exceed memory.

use crate::bundle::Payload;
use crate::model::BundleFacts;
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

/// A payload in an unnamed file, which only this process can read, and which is deleted with the process.
#[derive(Debug)]
pub(super) struct SpooledPayload {
    file: File,
    facts: BundleFacts,
    heartbeats: Vec<String>,
}

impl SpooledPayload {
    /// # Errors
    /// It cannot be written: no space, or no directory for temporary files.
    pub(super) fn write(payload: &Payload) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        file.write_all(&payload.gzip)?;
        Ok(Self {
            file,
            facts: payload.facts.clone(),
            heartbeats: payload.heartbeats.clone(),
        })
    }

    /// # Errors
    /// It cannot be read any more, or is incomplete.
    pub(super) fn read(&self) -> io::Result<Payload> {
        let len = self.facts.gzip_bytes.unwrap_or_default();
        if self.file.metadata()?.len() != len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut gzip = vec![0; usize::try_from(len).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut gzip, 0)?;
        Ok(Payload {
            gzip: Bytes::from(gzip.into_boxed_slice()),
            facts: self.facts.clone(),
            heartbeats: self.heartbeats.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_spooled_payload_has_no_name_and_reads_back_unchanged() {
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
        let spooled = SpooledPayload::write(&payload).unwrap();
        assert_eq!(spooled.read().unwrap(), payload);
        assert_eq!(
            spooled.file.metadata().unwrap().nlink(),
            0,
            "it has no name"
        );
        spooled.file.set_len(2).unwrap();
        assert!(spooled.read().is_err(), "a truncated payload is not sent");
    }
}
