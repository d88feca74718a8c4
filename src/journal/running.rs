//! The runs in progress on this machine, so two never deploy the same project at the same time. Each has a file with the
//! projects that it may change, and holds a lock on it, which the system releases however its process ends.

use crate::model::RunId;
use crate::private_dir::PrivateDir;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A run in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningRun {
    /// Its id.
    pub run: RunId,
    /// Its process.
    pub pid: u32,
    /// The manifest, as its user named it.
    pub manifest: String,
    /// The API, the account, and the project of each deployment, as one text.
    pub targets: BTreeSet<String>,
}

/// The directory of the files.
#[derive(Clone, Debug)]
pub struct RunningRuns(PrivateDir);

/// Holds the projects of a run until it is dropped.
#[derive(Debug)]
pub struct Hold {
    path: PathBuf,
    _locked: File,
}

impl RunningRuns {
    /// Those of a state directory.
    ///
    /// # Errors
    /// The directory cannot be created or read.
    pub fn open(state_dir: &Path) -> io::Result<Self> {
        PrivateDir::open(&state_dir.join("running")).map(Self)
    }

    /// Holds the projects of a run, unless another one holds one of them: that is returned.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn hold(&self, run: &RunningRun) -> io::Result<Result<Hold, RunningRun>> {
        // One process at a time reads and writes the files.
        let turn = File::create(self.0.file("lock"))?;
        turn.lock()?;
        for (name, _) in self.0.entries()? {
            let path = self.0.file(&name);
            if name == "lock" {
                continue;
            }
            if File::open(&path)?.try_lock_shared().is_ok() {
                // Its process has ended.
                self.0.remove(&name)?;
                continue;
            }
            let other = self.0.read(&name)?;
            let other: RunningRun = serde_json::from_slice(&other)?;
            if !other.targets.is_disjoint(&run.targets) {
                return Ok(Err(other));
            }
        }
        // A resumed run has the id of its earlier process.
        let path = self.0.file(&format!("{}-{}.json", run.run, run.pid));
        let mut file = File::create(&path)?;
        file.lock()?;
        file.write_all(&serde_json::to_vec(run)?)?;
        Ok(Ok(Hold {
            path,
            _locked: file,
        }))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // If this fails, the next run removes it.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, targets: &[&str]) -> RunningRun {
        RunningRun {
            run: RunId(name.into()),
            pid: 7,
            manifest: "projects.toml".into(),
            targets: targets.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn runs_with_a_common_project_exclude_each_other_and_others_do_not() {
        let state = tempfile::tempdir().unwrap();
        let runs = RunningRuns::open(state.path()).unwrap();
        let first = runs.hold(&run("1", &["a", "b"])).unwrap().unwrap();
        assert_eq!(
            runs.hold(&run("2", &["b", "c"])).unwrap().unwrap_err(),
            run("1", &["a", "b"])
        );
        let other = runs.hold(&run("3", &["c"])).unwrap().unwrap();
        drop(first);
        let _second = runs.hold(&run("2", &["b"])).unwrap().unwrap();
        drop(other);
    }

    #[test]
    fn the_file_of_a_process_that_was_killed_holds_nothing() {
        let state = tempfile::tempdir().unwrap();
        let runs = RunningRuns::open(state.path()).unwrap();
        let stale = state.path().join("running/1-7.json");
        std::fs::write(&stale, "cut off").unwrap();
        let _hold = runs.hold(&run("2", &["a"])).unwrap().unwrap();
        assert!(!stale.exists());
    }
}
