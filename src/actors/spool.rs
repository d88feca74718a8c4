//! Payloads that a preview keeps for the following deployment, in private files since they may exceed memory.

use bytes::Bytes;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

/// A payload in an unnamed file, which only this process can read, and which is deleted with the process.
#[derive(Debug)]
pub(super) struct SpooledPayload {
    file: File,
    len: usize,
}

impl SpooledPayload {
    /// # Errors
    /// It cannot be written: no space, or no directory for temporary files.
    pub(super) fn write(payload: &[u8]) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        file.write_all(payload)?;
        Ok(Self {
            file,
            len: payload.len(),
        })
    }

    /// # Errors
    /// It cannot be read any more, or is incomplete.
    pub(super) fn read(&self) -> io::Result<Bytes> {
        let mut payload = vec![0; self.len];
        self.file.read_exact_at(&mut payload, 0)?;
        Ok(payload.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_spooled_payload_has_no_name_and_reads_back_unchanged() {
        let spooled = SpooledPayload::write(b"gzip").unwrap();
        assert_eq!(spooled.read().unwrap(), &b"gzip"[..]);
        assert_eq!(
            spooled.file.metadata().unwrap().nlink(),
            0,
            "it has no name"
        );
        spooled.file.set_len(2).unwrap();
        assert!(spooled.read().is_err(), "a truncated payload is not sent");
    }
}
