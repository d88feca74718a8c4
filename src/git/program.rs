//! Runs the `git` program.

use super::GitError;
use crate::process::spawn;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Variables that a git hook sets for its own repository. Here, the directory determines the repository.
const OF_A_HOOK: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
];

/// The exit code for "no"; any other code but 0 is a failure.
const NO: i32 = 1;

/// Git in a directory.
pub(super) struct Git<'a> {
    dir: &'a Path,
    global: &'static [&'static str],
}

/// Reads a repository regardless of its owner, which in CI is often another user, since nothing that its configuration
/// names is run.
const UNOWNED: &[&str] = &["-c", "safe.directory=*", "-c", "core.fsmonitor=false"];

impl<'a> Git<'a> {
    pub(super) fn new(dir: &'a Path) -> Self {
        let here = dir.as_os_str().is_empty();
        let dir = if here { Path::new(".") } else { dir };
        Self { dir, global: &[] }
    }

    /// The same for commands that run no program, such as a filter, that a repository may configure.
    pub(super) fn unowned(dir: &'a Path) -> Self {
        Self {
            global: UNOWNED,
            ..Self::new(dir)
        }
    }

    pub(super) fn dir(&self) -> &Path {
        self.dir
    }

    /// The root of the repository, absolute and without symbolic links.
    pub(super) fn root(&self) -> Result<PathBuf, GitError> {
        let ended = self.run(["rev-parse", "--show-toplevel"])?;
        if ended.status.success() {
            return Ok(PathBuf::from(OsString::from_vec(line(ended.stdout))));
        }
        let said = String::from_utf8_lossy(&ended.stderr);
        match said.contains("not a git repository") {
            true => Err(GitError::NoRepository {
                dir: std::path::absolute(self.dir).unwrap_or_else(|_| self.dir.to_owned()),
            }),
            false => Err(failed(&ended)),
        }
    }

    /// The commit that a name stands for.
    pub(super) fn commit(&self, name: &str) -> Result<Option<String>, GitError> {
        let name = format!("{name}^{{commit}}");
        self.answer(["rev-parse", "--verify", "--quiet", &name])
    }

    /// Whether the clone is shallow.
    pub(super) fn is_shallow(&self) -> Result<bool, GitError> {
        Ok(self.output(["rev-parse", "--is-shallow-repository"])? == b"true\n")
    }

    /// The output of a command.
    pub(super) fn output(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Vec<u8>, GitError> {
        let ended = self.run(arguments)?;
        match ended.status.success() {
            true => Ok(ended.stdout),
            false => Err(failed(&ended)),
        }
    }

    /// The one line that a command prints; `None` if it exits with the code for "no".
    pub(super) fn answer<const N: usize>(
        &self,
        arguments: [&str; N],
    ) -> Result<Option<String>, GitError> {
        let ended = self.run(arguments)?;
        match ended.status.code() {
            Some(0) => Ok(Some(
                String::from_utf8_lossy(&line(ended.stdout)).into_owned(),
            )),
            Some(NO) => Ok(None),
            _ => Err(failed(&ended)),
        }
    }

    fn run(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Output, GitError> {
        let mut command = Command::new("git");
        // Read only: take no lock, and never prompt for a password.
        command
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .arg("-C")
            .arg(self.dir)
            .args(self.global)
            .args(arguments);
        if !self.global.is_empty() {
            // Fetches no missing object: the repository may configure the program for it.
            command.env("GIT_ALLOW_PROTOCOL", "none");
        }
        for name in OF_A_HOOK {
            command.env_remove(name);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = spawn(&mut command).and_then(Child::wait_with_output);
        output.map_err(|error| match error.kind() {
            ErrorKind::NotFound => GitError::NoGit,
            _ => GitError::Failed {
                said: error.to_string(),
            },
        })
    }
}

/// Removes one line end only, since a path may end in more.
fn line(mut output: Vec<u8>) -> Vec<u8> {
    if output.last() == Some(&b'\n') {
        output.pop();
    }
    output
}

fn failed(ended: &Output) -> GitError {
    let said = String::from_utf8_lossy(&ended.stderr);
    let said = match said.trim() {
        "" => ended.status.to_string(),
        said => said.to_owned(),
    };
    GitError::Failed { said }
}
