//! Why there is no bundle, and what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// By which the system ends what takes too much memory.
const SIGKILL: i32 = 9;

/// No bundle was made. Its message is a sentence without a full stop and without the project's name.
#[derive(Debug, Error)]
#[error("{why}")]
pub struct MakeError {
    why: Why,
    output: Option<String>,
}

/// What went wrong.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Why {
    /// The folder is not there, or is no folder.
    #[error("there is no folder `{}`", .0.display())]
    NoFolder(PathBuf),
    /// No Checkly CLI in the folder or above it.
    #[error("the Checkly CLI is not installed for `{}`", .dir.display())]
    NotInstalled {
        /// The project's folder.
        dir: PathBuf,
        /// Whether its packages are not in a `node_modules` but in Yarn's cache.
        plug_n_play: bool,
    },
    /// The folder has no Checkly configuration. The CLI is not run then: beside a Playwright configuration it would write
    /// one.
    #[error("there is no {} in `{}`", Configuration(.config), .dir.display())]
    NoConfiguration {
        /// The project's folder.
        dir: PathBuf,
        /// The file that the manifest names; `None` for the usual names.
        config: Option<PathBuf>,
    },
    /// `bundle_command` is empty.
    #[error("`bundle_command` names no program")]
    NoCommand,
    /// The system does not start the program.
    #[error("`{program}` cannot be started: {error}")]
    NotStarted {
        /// What was to be run.
        program: String,
        /// Why not.
        error: io::Error,
    },
    /// The Checkly CLI needs node, which is not to be found.
    #[error("the Checkly CLI needs Node.js, and there is no `node` on the PATH")]
    NoNode,
    /// The CLI needs a newer node, in its own words.
    #[error("{0}")]
    NodeTooOld(String),
    /// A program that the CLI or the project runs is not installed: the package manager, for example.
    #[error("bundling needs `{0}`, which is not on the PATH")]
    NoProgram(String),
    /// The installed CLI cannot do what is asked of it. It is not run where its version is known.
    #[error("the Checkly CLI{} in `{}` is too old to {to}: {needed} or later is required", Version(.version), .package.display())]
    TooOld {
        /// Its version.
        version: Option<String>,
        /// The folder of its package.
        package: PathBuf,
        /// What it cannot do.
        to: &'static str,
        /// The version that can.
        needed: String,
        /// The command that updates it.
        update: &'static str,
    },
    /// The API refused the key.
    #[error("the API refused the credentials of account `{0}`")]
    Credentials(String),
    /// The CLI could not reach the API, or got no usable answer.
    #[error("the Checkly CLI got no answer from the API")]
    Unreachable,
    /// A disk is full.
    #[error("there is no space left on the disk")]
    DiskFull,
    /// Node or the system ran out of memory.
    #[error("there was not enough memory to bundle the project")]
    OutOfMemory,
    /// Files of ours could not be written or read.
    #[error("files for bundling cannot be used: {0}")]
    Files(io::Error),
    /// The program failed, in a way that only its output explains.
    #[error("{who} {how}{}", Words(.line))]
    Failed {
        /// Who failed.
        who: Who,
        /// How it ended.
        how: Ended,
        /// The line of its output that says most.
        line: Option<String>,
    },
    /// The CLI says what is wrong with the project, in a line here. It stands where there is little room.
    #[error("{0}")]
    Invalid(String),
    /// The CLI finds nothing to deploy.
    #[error("the project has no resources")]
    NoResources,
    /// Offline: the project names runtimes that the CLI's list does not have. The bundling is repeated with them.
    #[error("the Checkly CLI's list has no runtime {}", .0.join(", "))]
    UnknownRuntimes(Vec<String>),
    /// The program said that all is well and wrote no bundle.
    #[error("{0} ended without an error, but wrote no bundle")]
    NoBundle(Who),
    /// The bundle has no content.
    #[error("{0} ended without an error, but its bundle is empty")]
    EmptyBundle(Who),
    /// What the CLI printed offline is not what it should be.
    #[error("the Checkly CLI{} printed no project that could be read", Version(.0))]
    Unreadable(Option<String>),
    /// Offline: the bundle would have to refer to files that only an upload gives a name.
    #[error("{} uploaded files, which there are none of offline", Need(.0))]
    NeedsUpload(Vec<String>),
    /// Offline: a check runs on a private location that only the account knows.
    #[error("a check runs on the private location `{0}`, which only the account knows")]
    PrivateLocation(String),
    /// Offline: `bundle_command` wants an answer from the API.
    #[error("`bundle_command` asks the API, which it cannot reach offline")]
    AsksApi,
    /// A check runs on a private location that the account does not have.
    #[error("a check runs on the private location `{0}`, which is not in the account")]
    UnknownLocation(String),
    /// [`Stop::stop`](super::Stop::stop) was called.
    #[error("the bundling was stopped")]
    Stopped,
}

/// Who was to write the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The project's Checkly CLI.
    Cli,
    /// `bundle_command`.
    Command,
}

/// How a program ended that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl MakeError {
    /// What went wrong.
    pub fn why(&self) -> &Why {
        &self.why
    }

    /// What the program said at last: at most a few dozen lines, plain text, no secrets. `None` where it said nothing that
    /// helps.
    pub fn output(&self) -> Option<&str> {
        self.output.as_deref()
    }

    /// Whether the same may succeed a little later.
    pub fn is_transient(&self) -> bool {
        matches!(self.why, Why::Unreachable)
    }

    /// What to do about it: an imperative without a full stop. `None` where the output says more than we could.
    pub fn hint(&self) -> Option<String> {
        let hint = match &self.why {
            Why::NoFolder(_) => "check `path`",
            Why::NotInstalled {
                plug_n_play: true, ..
            } => {
                "Yarn Plug'n'Play has no node_modules: use Yarn's node-modules linker, or set `bundle_command`"
            }
            Why::NotInstalled { .. } => {
                "install the project's packages first (`npm ci`); where the CLI is not among them: `npm install --save-dev checkly`"
            }
            Why::NoConfiguration {
                config: Some(_), ..
            } => "check `config`: it is a path from the project's folder",
            Why::NoConfiguration { config: None, .. } => {
                "check `path`, name the file with `config`, or set `bundle_command`"
            }
            Why::NoCommand => "name a program: bundle_command = [\"./bundle.sh\", \"{bundle}\"]",
            Why::NotStarted { error, .. } => match error.kind() {
                io::ErrorKind::NotFound => {
                    "check that it exists; a path in `bundle_command` is from the project's folder"
                }
                io::ErrorKind::PermissionDenied => "make it executable: `chmod +x`",
                _ => return None,
            },
            Why::NoNode => "install Node.js 20 or newer, or put it on the PATH",
            Why::NodeTooOld(_) => {
                "put a newer Node.js on the PATH, or install one for the project: `npm install --save-dev node@22`"
            }
            Why::NoProgram(name) => {
                return Some(format!("install {name}, or put it on the PATH"));
            }
            Why::TooOld { update, .. } => return Some(format!("update it: `{update}`")),
            Why::Credentials(_) => {
                "check the account's `account_id` and `api_key`: the key must be valid and belong to that account"
            }
            Why::Unreachable => "check the network and --api-url, then run the same again",
            Why::DiskFull => {
                "make space; bundles are made in the folder that TMPDIR names, else in /tmp"
            }
            Why::OutOfMemory => {
                "lower `bundle_concurrency`; where one project alone needs more than Node.js allows itself: env = { NODE_OPTIONS = \"--max-old-space-size=4096\" }"
            }
            Why::Failed {
                how: Ended::Signal(SIGKILL),
                ..
            } => {
                "signal 9 usually means that the system ran out of memory: lower `bundle_concurrency`"
            }
            Why::Files(_) => "check the folder that TMPDIR names, else /tmp",
            Why::NoBundle(Who::Command) | Why::EmptyBundle(Who::Command) => {
                "the command must write the bundle to the file that the variable ORCHESTRATE_BUNDLE_FILE names, or `{bundle}` in an argument"
            }
            Why::AsksApi => "bundle it with credentials: `orchestrate preview`",
            Why::NeedsUpload(_) => "bundle it with credentials",
            Why::PrivateLocation(_) => {
                "bundle it with credentials; offline, only private locations that the project declares itself are known"
            }
            Why::UnknownLocation(_) => {
                "create it in the account; where a project of the manifest creates it, name that in `depends_on`"
            }
            Why::NoBundle(Who::Cli)
            | Why::EmptyBundle(Who::Cli)
            | Why::Unreadable(_)
            | Why::Failed { .. }
            | Why::Invalid(_)
            | Why::NoResources
            | Why::UnknownRuntimes(_)
            | Why::Stopped => return None,
        };
        Some(hint.to_owned())
    }

    /// The same, with what the program said.
    pub(super) fn saying(mut self, output: String) -> Self {
        self.output = Some(output).filter(|output| !output.is_empty());
        self
    }
}

impl From<Why> for MakeError {
    fn from(why: Why) -> Self {
        Self { why, output: None }
    }
}

impl From<io::Error> for MakeError {
    fn from(error: io::Error) -> Self {
        match is_full(&error) {
            true => Why::DiskFull.into(),
            false => Why::Files(error).into(),
        }
    }
}

/// Whether there is no space left where something was to be written.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cli => "the Checkly CLI",
            Self::Command => "`bundle_command`",
        })
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "ended with exit code {code}"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
        }
    }
}

struct Configuration<'a>(&'a Option<PathBuf>);

impl fmt::Display for Configuration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(config) => write!(f, "`{}`", config.display()),
            None => f.write_str("checkly.config.ts (or .mts, .cts, .js, .mjs, .cjs)"),
        }
    }
}

struct Words<'a>(&'a Option<String>);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| write!(f, ": {line}"))
    }
}

struct Version<'a>(&'a Option<String>);

impl fmt::Display for Version<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|version| write!(f, " {version}"))
    }
}

struct Need<'a>(&'a [String]);

impl fmt::Display for Need<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [one] => write!(f, "the check `{one}` needs"),
            [first, rest @ ..] => {
                write!(f, "the checks `{first}`")?;
                for (ix, name) in rest.iter().enumerate() {
                    let and = if ix + 1 == rest.len() { " and" } else { "," };
                    write!(f, "{and} `{name}`")?;
                }
                f.write_str(" need")
            }
            [] => f.write_str("checks need"),
        }
    }
}
