//! Why bundling failed, with advice.

use crate::os_error::plain;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The signal that the system sends when memory runs out.
const SIGKILL: i32 = 9;

/// A failed bundling. Its message is a sentence without a full stop and without the project's name.
#[derive(Debug, Error)]
#[error("{cause}")]
pub struct BundlingError {
    cause: Cause,
    output: Option<String>,
}

/// The reason.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Cause {
    /// The directory does not exist, or is a file.
    #[error("there is no directory `{}`", .0.display())]
    NoDirectory(PathBuf),
    /// No Checkly CLI in the directory or above it.
    #[error("the Checkly CLI is not installed for `{}`", .dir.display())]
    NotInstalled {
        /// The project's directory.
        dir: PathBuf,
        /// Whether its packages are in Yarn's cache instead of `node_modules`.
        plug_n_play: bool,
    },
    /// The directory has no Checkly configuration. The CLI is not run, since it would write one beside a Playwright
    /// configuration.
    #[error("there is no {} in `{}`", configuration(.config.as_deref()), .dir.display())]
    NoConfiguration {
        /// The project's directory.
        dir: PathBuf,
        /// The file that the manifest names; `None` for the default names.
        config: Option<PathBuf>,
    },
    /// `bundle_command` is empty.
    #[error("`bundle_command` names no program")]
    NoCommand,
    /// The program cannot be started.
    #[error("cannot start `{program}`: {}", plain(error))]
    NotStarted {
        /// The program.
        program: String,
        /// The reason.
        error: io::Error,
    },
    /// Node.js, which the Checkly CLI needs, was not found.
    #[error("the Checkly CLI requires Node.js, but there is no `node` in PATH")]
    NoNode,
    /// The CLI requires a newer Node.js; in its own words.
    #[error("{0}")]
    NodeTooOld(String),
    /// A program that the CLI or the project runs, such as the package manager, is not installed.
    #[error("bundling requires `{0}`, which is not in PATH")]
    NoProgram(String),
    /// The installed CLI does not support the request. It is not run if its version is known.
    #[error("the Checkly CLI{} in `{}` is too old to {to}: {needed} or later is required", or_empty(" ", .version), .package.display())]
    TooOld {
        /// Its version.
        version: Option<String>,
        /// The directory of its package.
        package: PathBuf,
        /// What it does not support.
        to: &'static str,
        /// The version that does.
        needed: String,
        /// The command that updates it.
        update: &'static str,
    },
    /// The API refused the key.
    #[error("the API refused the credentials of account `{0}`")]
    Credentials(String),
    /// The CLI could not reach the API.
    #[error("the Checkly CLI got no usable response from the API")]
    Unreachable,
    /// The API responded to the CLI with this transient status.
    #[error("the API responded to the Checkly CLI with HTTP {}", status(*.0))]
    Busy(u16),
    /// A disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// Node or the system ran out of memory.
    #[error("bundling the project ran out of memory")]
    OutOfMemory,
    /// The program's own files could not be written or read.
    #[error("cannot access temporary files: {}", plain(.0))]
    Files(io::Error),
    /// The program failed in a way that only its output explains.
    #[error("{who} {how}{}", or_empty(": ", .line))]
    Failed {
        /// What failed.
        who: Tool,
        /// How it ended.
        how: Termination,
        /// The most informative line of its output.
        line: Option<String>,
    },
    /// The CLI reports mistakes in the project; one line for where there is little room.
    #[error("{0}")]
    Invalid(String),
    /// The CLI finds nothing to deploy.
    #[error("the project has no resources")]
    NoResources,
    /// Offline: the project uses runtimes that the CLI does not know. Bundling is repeated with them.
    #[error("the Checkly CLI does not know the runtime {}", .0.join(", "))]
    UnknownRuntimes(Vec<String>),
    /// The program succeeded without writing a bundle.
    #[error("{0} succeeded but wrote no bundle")]
    NoBundle(Tool),
    /// The bundle is empty.
    #[error("{0} succeeded but wrote an empty bundle")]
    EmptyBundle(Tool),
    /// The CLI's offline output is invalid.
    #[error("the Checkly CLI{} printed no readable project", or_empty(" ", .0))]
    Unreadable(Option<String>),
    /// Offline: the bundle would refer to files that must be uploaded first.
    #[error("{} uploaded files, which are not available offline", needing(.0))]
    NeedsUpload(Vec<String>),
    /// Offline: a check runs on a private location that only the account knows.
    #[error("a check runs on the private location `{0}`, which only the account knows")]
    PrivateLocation(String),
    /// Offline: `bundle_command` sent a request to the API.
    #[error("`bundle_command` requires the API, which is not available offline")]
    AsksApi,
    /// A check runs on a private location that the account does not have.
    #[error("a check runs on the private location `{0}`, which is not in the account")]
    UnknownLocation(String),
    /// It was [cancelled](super::CancellationToken::cancel).
    #[error("bundling was stopped")]
    Stopped,
}

/// Which program writes the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The project's Checkly CLI.
    Cli,
    /// `bundle_command`.
    Command,
}

/// How a failed program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Termination {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl BundlingError {
    /// The reason.
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// The end of the program's output: at most a few dozen lines, plain text, no secrets. `None` if nothing in it
    /// helps.
    pub fn output(&self) -> Option<&str> {
        self.output.as_deref()
    }

    /// Advice: an imperative without a full stop. `None` if the output is more helpful.
    pub fn hint(&self) -> Option<String> {
        let hint = match &self.cause {
            Cause::NoDirectory(_) => "check `path`",
            Cause::NotInstalled {
                plug_n_play: true, ..
            } => {
                "Yarn Plug'n'Play has no node_modules: use Yarn's node-modules linker, or set `bundle_command`"
            }
            Cause::NotInstalled { .. } => {
                "install the project's packages (`npm ci`); if they do not include the CLI, run `npm install --save-dev checkly`"
            }
            Cause::NoConfiguration {
                config: Some(_), ..
            } => "check `config`: the path starts at the project's directory",
            Cause::NoConfiguration { config: None, .. } => {
                "check `path`, name the file with `config`, or set `bundle_command`"
            }
            Cause::NoCommand => "name a program: bundle_command = [\"./bundle.sh\", \"{bundle}\"]",
            Cause::NotStarted { error, .. } => match error.kind() {
                io::ErrorKind::NotFound => {
                    "check that it exists; a relative path in `bundle_command` starts at the project's directory"
                }
                io::ErrorKind::PermissionDenied => "make it executable: `chmod +x`",
                _ => return None,
            },
            Cause::NoNode => "install Node.js 20 or newer, or add it to PATH",
            Cause::NodeTooOld(_) => {
                "add a newer Node.js to PATH, or install one for the project: `npm install --save-dev node@22`"
            }
            Cause::NoProgram(name) => {
                return Some(format!("install {name}, or add it to PATH"));
            }
            Cause::TooOld { update, .. } => return Some(format!("update it: `{update}`")),
            Cause::Credentials(_) => {
                "check the account's `account_id` and `api_key`: the key must be valid and belong to that account"
            }
            Cause::Busy(429) => "lower `bundle_concurrency`, then try again",
            Cause::Busy(_) => "try again later",
            Cause::Unreachable => "check the network and --api-url, then try again",
            Cause::DiskFull => {
                "free disk space; bundles are made in the directory that TMPDIR names, or in /tmp"
            }
            Cause::OutOfMemory => {
                "lower `bundle_concurrency`; if one project alone exceeds the memory limit of Node.js, set env = { NODE_OPTIONS = \"--max-old-space-size=4096\" }"
            }
            Cause::Failed {
                how: Termination::Signal(SIGKILL),
                ..
            } => {
                "signal 9 usually means that the system ran out of memory: lower `bundle_concurrency`"
            }
            Cause::Files(_) => "check the directory that TMPDIR names, or /tmp",
            Cause::NoBundle(Tool::Command) | Cause::EmptyBundle(Tool::Command) => {
                "the command must write the bundle to the path in ORCHESTRATE_BUNDLE_FILE, or to `{bundle}` in an argument"
            }
            Cause::AsksApi => "bundle it with credentials: `orchestrate preview`",
            Cause::NeedsUpload(_) => "bundle it with credentials",
            Cause::PrivateLocation(_) => {
                "bundle it with credentials; offline, only private locations that the project declares are known"
            }
            Cause::UnknownLocation(_) => {
                "create it in the account; if a project of the manifest creates it, add that project to `depends_on`"
            }
            Cause::NoBundle(Tool::Cli)
            | Cause::EmptyBundle(Tool::Cli)
            | Cause::Unreadable(_)
            | Cause::Failed { .. }
            | Cause::Invalid(_)
            | Cause::NoResources
            | Cause::UnknownRuntimes(_)
            | Cause::Stopped => return None,
        };
        Some(hint.to_owned())
    }

    /// The same with the program's output.
    pub(super) fn with_output(mut self, output: String) -> Self {
        self.output = Some(output).filter(|output| !output.is_empty());
        self
    }
}

impl From<Cause> for BundlingError {
    fn from(cause: Cause) -> Self {
        Self {
            cause,
            output: None,
        }
    }
}

impl From<io::Error> for BundlingError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) {
            return Cause::DiskFull.into();
        }
        Cause::Files(error).into()
    }
}

/// Whether a write failed because the disk is full.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cli => "the Checkly CLI",
            Self::Command => "`bundle_command`",
        })
    }
}

impl fmt::Display for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "ended with exit code {code}"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
        }
    }
}

fn configuration(named: Option<&Path>) -> String {
    named.map_or_else(
        || "checkly.config.ts (or .mts, .cts, .js, .mjs, .cjs)".to_owned(),
        |config| format!("`{}`", config.display()),
    )
}

/// The text after `before`, if there is one.
fn or_empty(before: &str, text: &Option<String>) -> String {
    text.iter().map(|text| format!("{before}{text}")).collect()
}

/// The checks that need something.
fn needing(checks: &[String]) -> String {
    let names: Vec<String> = checks.iter().map(|name| format!("`{name}`")).collect();
    match &names[..] {
        [] => "checks need".to_owned(),
        [one] => format!("the check {one} needs"),
        [others @ .., last] => format!("the checks {} and {last} need", others.join(", ")),
    }
}

/// The CLI does not distinguish server errors.
fn status(status: u16) -> String {
    match status {
        500 => "5xx".to_owned(),
        status => status.to_string(),
    }
}
