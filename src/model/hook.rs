//! The user's commands that run before and after a deployment or a run.

use super::names::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

named! {
    /// When a command runs.
    pub enum Hook {
        /// Before anything is sent.
        Pre = "pre",
        /// After `pre`, before anything is sent: the built-in `checkly test` of the project.
        Test = "test",
        /// After a success.
        Post = "post",
        /// After any other result.
        OnFailure = "on_failure",
    }
}

impl Hook {
    /// Whether it runs before anything is sent.
    pub fn is_before(self) -> bool {
        matches!(self, Self::Pre | Self::Test)
    }
}

/// A program and its arguments, run without a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookCommand {
    /// The program, then its arguments; never empty.
    pub command: Vec<String>,
    /// Its working directory, absolute.
    pub dir: PathBuf,
}

impl HookCommand {
    /// The program's path. With a `/`, it is relative to the working directory; a bare name is searched in `PATH`.
    pub fn program(&self) -> PathBuf {
        match self.command.first() {
            Some(name) if name.contains('/') => self.dir.join(name).components().collect(),
            Some(name) => PathBuf::from(name),
            None => PathBuf::new(),
        }
    }

    /// Its arguments.
    pub fn arguments(&self) -> &[String] {
        self.command.get(1..).unwrap_or_default()
    }
}

/// The hooks of a project or of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hooks {
    /// See [`Hook::Pre`].
    pub pre: Option<HookCommand>,
    /// See [`Hook::Test`]: additional arguments of `checkly test`, which requires a directory.
    pub test: Option<Vec<String>>,
    /// See [`Hook::Post`].
    pub post: Option<HookCommand>,
    /// See [`Hook::OnFailure`].
    pub on_failure: Option<HookCommand>,
    /// The timeout of each hook.
    pub timeout: Duration,
    /// Whether hooks receive the project's environment variables and credentials.
    pub credentials: bool,
}

impl Hooks {
    /// The user's command for a hook.
    pub fn get(&self, hook: Hook) -> Option<&HookCommand> {
        match hook {
            Hook::Pre => self.pre.as_ref(),
            Hook::Test => None,
            Hook::Post => self.post.as_ref(),
            Hook::OnFailure => self.on_failure.as_ref(),
        }
    }

    /// A hook in a sentence, such as `its pre hook ./seed.sh`; `whose` is "its" for a project, and "the run's" for a run.
    /// `None` if it is not set.
    pub fn called(&self, hook: Hook, whose: &str) -> Option<String> {
        if hook == Hook::Test {
            return self.test.as_ref().map(|_| format!("{whose} test suite"));
        }
        let command = &self.get(hook)?.command;
        let program = command.first().map_or("", String::as_str);
        Some(format!("{whose} {hook} hook {program}"))
    }

    /// Which hooks are set.
    pub fn set(&self) -> HookSet {
        HookSet {
            pre: self.pre.is_some(),
            test: self.test.is_some(),
            post: self.post.is_some(),
            on_failure: self.on_failure.is_some(),
        }
    }
}

/// Which hooks are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the names say it
pub struct HookSet {
    pub pre: bool,
    pub test: bool,
    pub post: bool,
    pub on_failure: bool,
}

/// How a hook ended.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct HookRecord {
    /// Which.
    pub hook: Hook,
    /// Its exit code; `None` if it was not started or a signal ended it.
    pub exit_code: Option<i32>,
    /// How long it ran.
    pub duration_ms: u64,
    /// The error, as a sentence; `None` on success.
    pub error: Option<String>,
    /// The last lines of its output, secrets redacted; `None` if it printed nothing.
    pub output: Option<String>,
    /// The report of a test, as Markdown; omitted if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

/// A running hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AwaitedHook {
    /// The project; `None` for a hook of the run.
    pub project: Option<String>,
    /// Which.
    pub hook: Hook,
}
