//! Commands of the user's that run before and after a deployment, or a run.

use super::Folder;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// When a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hook {
    /// Before anything is sent.
    Pre,
    /// After that, and also before anything is sent: the project's own `checkly test`. It is built in.
    Test,
    /// After success.
    Post,
    /// After anything else.
    OnFailure,
}

impl Hook {
    /// The key of the manifest, and the word in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::Test => "test",
            Self::Post => "post",
            Self::OnFailure => "on_failure",
        }
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A program and its arguments; no shell reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookCommand {
    /// The program, then its arguments; never empty.
    pub command: Vec<String>,
    /// The folder it runs in, absolute.
    pub dir: PathBuf,
}

impl HookCommand {
    /// The program's file: one with a `/` in it starts from the folder, and a mere name is looked for as usual.
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

/// The commands of one project, or of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hooks {
    /// See [`Hook::Pre`].
    pub pre: Option<HookCommand>,
    /// See [`Hook::Test`]: further arguments of `checkly test`, which needs a folder.
    pub test: Option<Vec<String>>,
    /// See [`Hook::Post`].
    pub post: Option<HookCommand>,
    /// See [`Hook::OnFailure`].
    pub on_failure: Option<HookCommand>,
    /// How long each of them may take.
    pub timeout: Duration,
    /// Whether they get the project's variables and credentials.
    pub credentials: bool,
    /// The project's folder, where it has one.
    pub folder: Option<Arc<Folder>>,
}

impl Hooks {
    /// The user's command of a hook.
    pub fn get(&self, hook: Hook) -> Option<&HookCommand> {
        match hook {
            Hook::Pre => self.pre.as_ref(),
            Hook::Test => None,
            Hook::Post => self.post.as_ref(),
            Hook::OnFailure => self.on_failure.as_ref(),
        }
    }

    /// Which hooks there are.
    pub fn set(&self) -> HookSet {
        HookSet {
            pre: self.pre.is_some(),
            test: self.test.is_some(),
            post: self.post.is_some(),
            on_failure: self.on_failure.is_some(),
        }
    }
}

/// Which hooks there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the names say it
pub struct HookSet {
    pub pre: bool,
    pub test: bool,
    pub post: bool,
    pub on_failure: bool,
}

/// How a hook ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HookRecord {
    /// Which.
    pub hook: Hook,
    /// Its exit code; `None` where it was not started, or ended by a signal.
    pub exit_code: Option<i32>,
    /// How long it ran.
    pub duration_ms: u64,
    /// What went wrong, as a sentence; `None` where nothing did.
    pub error: Option<String>,
    /// The last lines it said, without what looks like a secret; `None` where it said nothing.
    pub output: Option<String>,
    /// What a test reported, as Markdown; left out where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

/// A hook that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitedHook {
    /// Whose; `None` for the run's own.
    pub project: Option<String>,
    /// Which.
    pub hook: Hook,
}
