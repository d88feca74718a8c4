//! A bundle that was made, and the private folder it was made in.

use super::error::is_full;
use super::uploads;
use crate::model::Note;
use crate::model::{Contents, Upload};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{Builder, TempDir};

/// A bundle that was made. Its file goes away with this value, as does whatever the CLI has left in its folder for
/// temporary files.
#[derive(Debug)]
pub struct Made {
    folder: TempDir,
    bundle: PathBuf,
    /// The folder of the configuration, where the CLI has made the bundle online.
    pub(super) uploaded_from: Option<PathBuf>,
    /// What was printed while it was made that people should read.
    pub(super) notes: Vec<Note>,
}

impl Made {
    /// The bundle. Its folder and its file are the user's alone.
    pub fn bundle(&self) -> &Path {
        &self.bundle
    }

    /// What is known of the files that the bundle refers to. Of those that another command than the CLI has uploaded,
    /// nothing is.
    pub fn contents(&self, uploads: &[Upload]) -> Contents {
        let Some(dir) = &self.uploaded_from else {
            return Contents::new();
        };
        // The code of all suites is one upload.
        let has_one_code = uploads.iter().filter(|one| one.path.is_none()).count() == 1;
        let known = uploads.iter().filter(|upload| !upload.key.is_empty());
        let known = known.filter_map(|upload| {
            let digest = match &upload.path {
                Some(path) => uploads::snapshot(dir, path),
                None if has_one_code => uploads::code(&self.tmp()),
                None => None,
            };
            Some((upload.key.clone(), digest?))
        });
        known.collect()
    }

    /// What was printed while it was made that people should read.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// A new folder without a bundle.
    pub(super) fn empty() -> io::Result<Self> {
        let mut builder = Builder::new();
        // Short: programs put sockets below it, whose paths have a limit.
        builder
            .prefix("orch-")
            .permissions(Permissions::from_mode(0o700));
        // A relative TMPDIR would mean another folder to the child.
        let folder = builder.tempdir_in(std::path::absolute(std::env::temp_dir())?)?;
        fs::create_dir(folder.path().join("tmp"))?;
        let bundle = folder.path().join("bundle.json");
        Ok(Self {
            folder,
            bundle,
            uploaded_from: None,
            notes: vec![],
        })
    }

    /// Where the child puts its temporary files.
    pub(super) fn tmp(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    /// Where the child's standard error goes. A file takes any amount of it without a reader, and keeps it when the child is
    /// killed.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Where its standard output goes.
    pub(super) fn answer(&self) -> PathBuf {
        self.folder.path().join("answer")
    }

    /// What node loads before the CLI.
    pub(super) fn preload(&self) -> PathBuf {
        self.folder.path().join("preload.cjs")
    }

    /// Whether nothing more can be written here. A child on a full disk may fail without a word: its output goes here, too.
    pub(super) fn is_full(&self) -> bool {
        let file = self.folder.path().join("room");
        let written = File::create(file).and_then(|mut file| file.write_all(&[0; 4096]));
        written.is_err_and(|error| is_full(&error))
    }

    /// Makes the bundle's file the user's alone; its size in bytes, or `None` where there is no such file.
    pub(super) fn seal(&self) -> io::Result<Option<u64>> {
        let file = match File::open(&self.bundle) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let about = file.metadata()?;
        if !about.is_file() {
            return Ok(None);
        }
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(Some(about.len()))
    }
}
