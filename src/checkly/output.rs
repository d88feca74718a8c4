//! A finished bundle and its private directory.

use super::error::is_full;
use super::uploads;
use crate::model::{Contents, Note, Upload};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{Builder, TempDir};

/// A new directory that only its user can read.
pub(super) fn private_dir() -> io::Result<TempDir> {
    let mut builder = Builder::new();
    // Short: programs create sockets in it, whose paths are limited.
    builder
        .prefix("orch-")
        .permissions(Permissions::from_mode(0o700));
    // A relative TMPDIR would mean another directory to the child.
    builder.tempdir_in(std::path::absolute(std::env::temp_dir())?)
}

/// A finished bundle. Dropping it removes its file, and everything the CLI left in its directory for temporary files.
#[derive(Debug)]
pub struct BundleOutput {
    dir: TempDir,
    bundle: PathBuf,
    /// The configuration's directory, if the CLI made the bundle online.
    pub(super) uploaded_from: Option<PathBuf>,
    /// Messages for the user from bundling.
    pub(super) notes: Vec<Note>,
}

impl BundleOutput {
    /// The bundle. Only the user can read its directory and file.
    pub fn bundle(&self) -> &Path {
        &self.bundle
    }

    /// What is known of the files that the bundle refers to: nothing if another command than the CLI uploaded them.
    pub fn contents(&self, uploads: &[Upload]) -> Contents {
        let Some(from) = &self.uploaded_from else {
            return Contents::new();
        };
        // All suites share one upload of code.
        let has_one_code = uploads.iter().filter(|one| one.path.is_none()).count() == 1;
        let known = uploads.iter().filter(|upload| !upload.key.is_empty());
        let known = known.filter_map(|upload| {
            let digest = match &upload.path {
                Some(path) => uploads::snapshot(from, path),
                None if has_one_code => uploads::code(&self.tmp()),
                None => None,
            };
            Some((upload.key.clone(), digest?))
        });
        known.collect()
    }

    /// Messages for the user from bundling.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// A new directory without a bundle.
    pub(super) fn empty() -> io::Result<Self> {
        let dir = private_dir()?;
        fs::create_dir(dir.path().join("tmp"))?;
        let bundle = dir.path().join("bundle.json");
        Ok(Self {
            dir,
            bundle,
            uploaded_from: None,
            notes: vec![],
        })
    }

    /// The child's directory for temporary files.
    pub(super) fn tmp(&self) -> PathBuf {
        self.dir.path().join("tmp")
    }

    /// The file for the child's standard error. Unlike a pipe, it needs no reader and survives a killed child.
    pub(super) fn stderr(&self) -> PathBuf {
        self.dir.path().join("stderr")
    }

    /// The file for its standard output.
    pub(super) fn stdout(&self) -> PathBuf {
        self.dir.path().join("stdout")
    }

    /// The file that node loads before the CLI.
    pub(super) fn preload(&self) -> PathBuf {
        self.dir.path().join("preload.cjs")
    }

    /// Whether the disk is full. A child may then fail silently, since its output is written to the same disk.
    pub(super) fn is_full(&self) -> bool {
        let file = self.dir.path().join("room");
        let written = File::create(file).and_then(|mut file| file.write_all(&[0; 4096]));
        written.is_err_and(|error| is_full(&error))
    }

    /// Makes the bundle's file private; returns its size in bytes, or `None` if there is no such file.
    pub(super) fn seal(&self) -> io::Result<Option<u64>> {
        // Opening a pipe would wait for its writer.
        let about = match fs::metadata(&self.bundle) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        if !about.is_file() {
            return Ok(None);
        }
        let file = File::open(&self.bundle)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(Some(about.len()))
    }
}
