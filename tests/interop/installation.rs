//! The installed Checkly CLIs: each runs the whole suite.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A directory in which npm has installed the CLI.
pub(crate) struct Installation {
    /// From the root of this repository.
    pub(crate) folder: &'static str,
    /// The example's bundles were built by this version. Other versions describe the same projects differently.
    pub(crate) made_the_bundles: bool,
    /// `orchestrate` identifies as this version. Other versions must be configured.
    pub(crate) is_our_version: bool,
}

impl Installation {
    /// Its packages.
    pub(crate) fn modules(&self) -> PathBuf {
        let modules = self.path().join("node_modules");
        assert!(
            modules.join(".bin/checkly").is_file(),
            "the Checkly CLI is not installed; run `npm ci --prefix {}` first",
            self.folder
        );
        modules
    }

    /// The CLI's version.
    pub(crate) fn version(&self) -> String {
        let package = fs::read(self.modules().join("checkly/package.json")).unwrap();
        let package: serde_json::Value = serde_json::from_slice(&package).unwrap();
        package["version"].as_str().unwrap().to_owned()
    }

    /// `PATH`, with the `node` that is installed there first, if any.
    pub(crate) fn search_path(&self) -> OsString {
        let mut path = self.path().join("node_modules/.bin").into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        path
    }

    /// The example's manifest for comparisons with this CLI.
    pub(crate) fn manifest(&self) -> &'static str {
        match self.made_the_bundles {
            true => "projects.toml",
            false => FROM_FOLDERS,
        }
    }

    fn path(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(self.folder)
    }
}

/// The example's manifest that bundles directories.
pub(crate) const FROM_FOLDERS: &str = "from-folders.toml";
