//! A Checkly project as files on disk, and how a bundle is made of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A folder with a Checkly configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The folder, from the working directory or absolute. It existed when the manifest was loaded.
    pub dir: PathBuf,
    /// The configuration file, from `dir`; where there is none, the Checkly CLI's usual names.
    pub config: Option<PathBuf>,
    /// Where the bundling is started, from the working directory or absolute; `None` for `dir`.
    pub cwd: Option<PathBuf>,
    /// What makes the bundle instead of the project's own Checkly CLI: a program and its arguments.
    pub command: Option<Vec<String>>,
    /// Variables for that, over those of the environment. Those in [`Folder::RESERVED`] are not heard.
    pub env: BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether a bundle may be used again while what it is made of has not changed.
    pub cache: bool,
}

impl Folder {
    /// The configurations that the Checkly CLI finds by itself, in its order.
    pub const CONFIGURATIONS: [&str; 6] = [
        "checkly.config.ts",
        "checkly.config.mts",
        "checkly.config.cts",
        "checkly.config.js",
        "checkly.config.mjs",
        "checkly.config.cjs",
    ];

    /// The variables that [`Folder::env`] cannot set: who deploys where is said by the account, and the others say where a
    /// bundling works.
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

/// The files that a project is made of, as patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The folder that the patterns start from, from the working directory or absolute.
    pub base: PathBuf,
    /// Globs, in which `*` stops at `/` and `**` does not. Empty where there is nothing to deploy.
    pub globs: Vec<String>,
    /// Whether the manifest says so; otherwise they are the project's folder, or its bundle.
    pub declared: bool,
}
