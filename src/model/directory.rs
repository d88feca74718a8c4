//! A Checkly project as files on disk, and how it is bundled.

use super::names::named;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

named! {
    /// Which process of the Checkly CLI bundles a directory.
    pub enum BundlerKind {
        /// A worker, which bundles one project after the other.
        Shared = "shared",
        /// A process of its own.
        Process = "process",
    }
}

/// A directory with a Checkly configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// The directory, absolute or relative to the working directory. It existed when the manifest was loaded.
    pub dir: PathBuf,
    /// The configuration file, relative to `dir`; `None` for the default names of the Checkly CLI.
    pub config: Option<PathBuf>,
    /// Where bundling starts, absolute or relative to the working directory; `None` for `dir`.
    pub cwd: Option<PathBuf>,
    /// The program and arguments that make the bundle; `None` for the project's own Checkly CLI.
    pub command: Option<Vec<String>>,
    /// Its environment variables, which override the inherited ones. [`Directory::RESERVED`] variables are ignored.
    pub env: BTreeMap<String, String>,
    /// Which process bundles it.
    pub bundler: BundlerKind,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether a bundle may be reused while its inputs are unchanged.
    pub cache: bool,
}

impl Directory {
    /// The default configuration files of the Checkly CLI, in its order of precedence.
    pub const CONFIGURATIONS: [&str; 6] = [
        "checkly.config.ts",
        "checkly.config.mts",
        "checkly.config.cts",
        "checkly.config.js",
        "checkly.config.mjs",
        "checkly.config.cjs",
    ];

    /// The variables that [`Directory::env`] cannot set: the account determines credentials and API, and the others determine
    /// where bundling works.
    pub const RESERVED: [&str; 10] = [
        "CHECKLY_ACCOUNT_ID",
        "CHECKLY_API_KEY",
        "CHECKLY_API_URL",
        "CHECKLY_ENV",
        "CHECKLY_SKIP_AUTH",
        "ORCHESTRATE_BUNDLE_FILE",
        "PWD",
        "TEMP",
        "TMP",
        "TMPDIR",
    ];
}

/// The input files of a project, as patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The base directory of the patterns, absolute or relative to the working directory.
    pub base: PathBuf,
    /// Globs; `*` does not match `/`, `**` does. Empty if there is nothing to deploy.
    pub globs: Vec<String>,
    /// Whether the manifest declares them; otherwise they are the project's directory or its bundle.
    pub declared: bool,
}
