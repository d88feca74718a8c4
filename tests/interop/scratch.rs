//! A copy of the example monorepo, or of other files, as a separate git repository, and processes that see nothing else of
//! this machine.

use super::INSTALLATION;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as SyncCommand, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;

/// The account that everything is deployed to.
pub(crate) const ACCOUNT: &str = "acme";

/// The time limit of processes, so the tests cannot hang.
const HUNG: Duration = Duration::from_secs(300);

/// The example in this repository.
pub(crate) fn monorepo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monorepo")
}

/// A temporary directory with the repository, and a home and a directory for temporary files.
pub(crate) struct Scratch {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// How a process ended, and its output.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; `None` after a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Scratch {
    /// The example, as one commit on `main` with this message, its objects loose.
    pub(crate) fn new(message: &str) -> Self {
        Self::of(&monorepo(), message)
    }

    /// The files of a directory, as one commit on `main` with this message, its objects loose.
    pub(crate) fn of(files: &Path, message: &str) -> Self {
        let scratch = Self {
            folder: tempfile::tempdir().unwrap(),
            variables: vec![],
        };
        for name in ["home", "tmp"] {
            fs::create_dir(scratch.folder.path().join(name)).unwrap();
        }
        let to = scratch.repo();
        copy(files, &to);
        // Without them, the CLI does not recognize an npm project.
        for (name, content) in [
            (
                "package.json",
                r#"{ "devDependencies": { "checkly": "*" } }"#,
            ),
            (
                "package-lock.json",
                r#"{ "lockfileVersion": 3, "packages": {} }"#,
            ),
        ] {
            if !to.join(name).exists() {
                fs::write(to.join(name), content).unwrap();
            }
        }
        std::os::unix::fs::symlink(INSTALLATION.modules(), to.join("node_modules")).unwrap();
        scratch.git(&["init", "--quiet", "--initial-branch", "main"]);
        fs::write(to.join(".git/info/exclude"), "node_modules\n").unwrap();
        scratch.git(&["add", "."]);
        scratch.git(&["commit", "--quiet", "--message", message]);
        scratch
    }

    /// The root of the repository.
    pub(crate) fn repo(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    /// Adds a project with one file of checks.
    pub(crate) fn project(&self, path: &str, logical_id: &str, check: &str) {
        let dir = self.repo().join(path);
        fs::create_dir_all(&dir).unwrap();
        let config = format!(
            "import {{ defineConfig }} from 'checkly'
            export default defineConfig({{ projectName: '{logical_id}', logicalId: '{logical_id}',
                checks: {{ checkMatch: '*.check.ts' }} }})"
        );
        fs::write(dir.join("checkly.config.ts"), config).unwrap();
        fs::write(dir.join("shop.check.ts"), check).unwrap();
    }

    /// Sets a variable for later processes.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs git in the repository, without user settings.
    pub(crate) fn git(&self, args: &[&str]) {
        let mut command = SyncCommand::new("git");
        command
            .args(["-c", "gc.auto=0"])
            .args(args)
            .current_dir(self.repo())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path().join("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "Ada Lovelace")
                .env(format!("GIT_{role}_EMAIL"), "ada@example.com");
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "git {args:?}: {output:?}");
    }

    /// Runs the Checkly CLI in the repository.
    pub(crate) async fn cli(&self, url: &str, args: &[&str], variables: &[(&str, &str)]) -> Ended {
        let program = self.repo().join("node_modules/.bin/checkly");
        self.run(program, url, args, variables).await
    }

    /// Runs `orchestrate` in the repository, identified as the installed version of the CLI, since the API is told a
    /// version.
    pub(crate) async fn orchestrate(&self, url: &str, args: &[&str]) -> Ended {
        let version = INSTALLATION.version();
        // The same as the CLI with --force.
        let told = [
            ("ORCHESTRATE_YES", "true"),
            ("CHECKLY_E2E_CLI_VERSION", version.as_str()),
        ];
        let variables = match INSTALLATION.is_our_version {
            true => &told[..1],
            false => &told[..],
        };
        let program = env!("CARGO_BIN_EXE_orchestrate");
        self.run(program, url, args, variables).await
    }

    /// Runs a program that deploys to `url`.
    pub(crate) async fn run(
        &self,
        program: impl AsRef<OsStr>,
        url: &str,
        args: &[&str],
        variables: &[(&str, &str)],
    ) -> Ended {
        let set = self.variables.iter();
        let set = set.map(|(name, value)| (name.as_str(), value.as_str()));
        let mut command = Command::new(program.as_ref());
        command
            .args(args)
            .current_dir(self.repo())
            .env_clear()
            .env("PATH", INSTALLATION.search_path())
            .env("HOME", self.folder.path().join("home"))
            .env("TMPDIR", self.folder.path().join("tmp"))
            .env("CHECKLY_ENV", "local")
            .env("CHECKLY_API_URL", url)
            .env("CHECKLY_ACCOUNT_ID", ACCOUNT)
            .env("CHECKLY_API_KEY", "secret")
            .env("CHECKLY_NO_DOTENV", "1")
            .env("CHECKLY_SKIP_NEW_VERSION_CHECK", "true")
            .envs(set)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = tokio::time::timeout(HUNG, command.output()).await;
        let what = program.as_ref();
        let Ok(output) = output else {
            panic!("{what:?} {args:?} does not come to an end");
        };
        let output = output.unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Asserts its exit code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        let Self { stdout, stderr, .. } = &self;
        assert_eq!(self.code, Some(code), "\n{stdout}\n{stderr}");
        self
    }
}

/// Copies a directory without installed packages.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, source) = (entry.file_name(), entry.path());
        if name == "node_modules" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&source, &to.join(name));
        } else {
            fs::copy(source, to.join(name)).unwrap();
        }
    }
}
