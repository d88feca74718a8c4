//! Directories with manifests and bundles.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory that is removed after the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A manifest with these projects: `name`, or `name < dependency dependency`. Each has a bundle with one check.
    pub(crate) fn of(projects: &[&str]) -> Self {
        let folder = Self::empty();
        let mut manifest = String::new();
        for line in projects {
            let (name, after) = line.split_once('<').unwrap_or((line, ""));
            let (name, after) = (name.trim(), after.split_whitespace().collect::<Vec<_>>());
            manifest += &format!(
                "[[project]]\nname = \"{name}\"\nbundle = \"{name}.json\"\ndepends_on = {after:?}\n"
            );
            folder.write(&format!("{name}.json"), &bundle(name, 1).to_string());
        }
        folder.write("projects.toml", &manifest);
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Prepends lines to the manifest.
    pub(crate) fn with(self, settings: &str) -> Self {
        let projects = self.read("projects.toml");
        self.write("projects.toml", &format!("{settings}\n{projects}"));
        self
    }

    /// Gives a project's bundle this many checks.
    pub(crate) fn checks(self, name: &str, checks: usize) -> Self {
        self.write(&format!("{name}.json"), &bundle(name, checks).to_string());
        self
    }

    /// Makes a project's bundle one that only the API rejects.
    pub(crate) fn refused(self, name: &str) -> Self {
        let mut bundle = bundle(name, 1);
        bundle["resources"][0]["type"] = json!("not-a-type");
        self.write(&format!("{name}.json"), &bundle.to_string());
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// The names in the directory.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.unwrap().file_name().into_string().unwrap()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }
}

/// A payload as the Checkly CLI writes it.
pub(crate) fn bundle(name: &str, checks: usize) -> Value {
    let check = |nth| {
        json!({ "logicalId": format!("check-{nth}"), "type": "check", "member": true,
                "payload": { "name": format!("Check {nth}"), "checkType": "API" } })
    };
    let checks: Vec<Value> = (1..=checks).map(check).collect();
    json!({ "project": { "logicalId": name, "name": name }, "sharedFiles": [], "resources": checks })
}

/// The example with ten projects.
pub(crate) fn monorepo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monorepo")
}
