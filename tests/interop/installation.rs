//! Which of the installed Checkly CLIs runs: each has a crate of tests of its own.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder in which npm has installed the CLI.
pub(crate) struct Installation {
    /// From the root of this repository.
    pub(crate) folder: &'static str,
    /// The bundles of the example were made by this version of it. Others describe the same projects in other words.
    pub(crate) made_the_bundles: bool,
    /// `orchestrate` calls itself this version of it. For others it has to be told.
    pub(crate) is_our_version: bool,
}

impl Installation {
    /// Where its packages are.
    pub(crate) fn modules(&self) -> PathBuf {
        let modules = self.path().join("node_modules");
        assert!(
            modules.join(".bin/checkly").is_file(),
            "the Checkly CLI is not installed; run `npm ci --prefix {}` first",
            self.folder
        );
        modules
    }

    /// What the CLI calls itself.
    pub(crate) fn version(&self) -> String {
        let package = fs::read(self.modules().join("checkly/package.json")).unwrap();
        let package: serde_json::Value = serde_json::from_slice(&package).unwrap();
        package["version"].as_str().unwrap().to_owned()
    }

    /// The search path, with the `node` in front that is installed there, if there is one.
    pub(crate) fn search_path(&self) -> OsString {
        let mut path = self.path().join("node_modules/.bin").into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        path
    }

    /// The manifest of the example that this CLI can be compared with.
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

/// The manifest of the example that bundles.
pub(crate) const FROM_FOLDERS: &str = "from-folders.toml";
