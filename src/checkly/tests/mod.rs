//! Bundling with programs that replace the Checkly CLI. `tests/interop` uses the real one.

mod diagnostics;
mod environment;
mod failures;
mod find;
mod making;
mod notes;
mod offline;
mod old;
mod stopping;
mod workers;

use super::*;
use crate::model::{BundlerKind, Directory};
use crate::process::Timing;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// The API key of all tests, as long as a real one.
const KEY: &str = "cu_0123456789abcdef0123456789abcdef";

/// For tests that never wait.
const SHORT: Timing = Timing {
    poll_interval: Duration::from_millis(1),
    stable_polls: 3,
    grace: 20,
};

/// A project with a CLI that the test scripts.
struct Project {
    root: TempDir,
    directory: Directory,
    inherited: Variables,
    workers: Workers,
}

impl Project {
    /// Runs `script` instead of the CLI, with the same arguments.
    fn new(script: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("shop");
        let bin = root.path().join("node_modules/.bin");
        for dir in [&dir, &bin, &root.path().join("node_modules/checkly")] {
            fs::create_dir_all(dir).unwrap();
        }
        let fake = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checkly/tests/fake-checkly");
        symlink(fake, bin.join("checkly")).unwrap();
        let package = root.path().join("node_modules/checkly/package.json");
        fs::write(package, r#"{"name": "checkly", "version": "8.23.2"}"#).unwrap();
        fs::write(dir.join("checkly.config.ts"), "").unwrap();
        fs::write(dir.join("fake.sh"), format!("{BUNDLE_ARGUMENT}\n{script}")).unwrap();
        let directory = Directory {
            dir,
            config: None,
            cwd: None,
            command: None,
            env: [].into(),
            bundler: BundlerKind::Process,
            timeout: Duration::from_secs(300),
            cache: false,
        };
        let inherited = ["PATH", "HOME"]
            .iter()
            .filter_map(|name| Some((name.into(), std::env::var_os(name)?)))
            .collect();
        Self {
            root,
            directory,
            inherited,
            workers: Workers::new(1),
        }
    }

    /// With `bundle_command` instead of the CLI.
    fn with_command(script: &str, command: &[&str]) -> Self {
        let mut project = Self::new(script);
        project.directory.command = Some(command.iter().map(|&word| word.to_owned()).collect());
        project
    }

    fn make(&self) -> Result<BundleOutput, BundlingError> {
        self.make_in(online())
    }

    fn make_offline(&self) -> Result<BundleOutput, BundlingError> {
        self.make_in(Mode::Offline)
    }

    fn make_in(&self, mode: Mode<'_>) -> Result<BundleOutput, BundlingError> {
        self.bundling(&CancellationToken::default())
            .run_within(SHORT, mode)
    }

    fn bundling<'a>(&'a self, token: &'a CancellationToken) -> Bundling<'a> {
        Bundling {
            directory: &self.directory,
            inherited: &self.inherited,
            keys: &[],
            token,
            workers: &self.workers,
            is_repeated: false,
        }
    }

    /// A file that the script has written to its own directory.
    fn noted(&self, file: &str) -> String {
        fs::read_to_string(self.directory.dir.join(file)).unwrap()
    }
}

/// Lets a script write to `"$bundle"`.
const BUNDLE_ARGUMENT: &str = r#"
for argument; do case $argument in --debug-bundle-output-file=*) bundle=${argument#*=};; esac; done
"#;

fn online() -> Mode<'static> {
    static KEY_OF_ALL: std::sync::LazyLock<Secret> = std::sync::LazyLock::new(|| Secret::new(KEY));
    Mode::Online(Account {
        api_url: "https://api.checklyhq.com",
        account_id: "acme",
        api_key: &KEY_OF_ALL,
    })
}
