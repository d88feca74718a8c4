//! Finds a directory's Checkly CLI: the one that `npx checkly` would run there.

use super::Mode;
use super::error::{BundlingError, Cause};
use crate::model::checkly_env;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// A project's own Checkly CLI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cli {
    /// The file to run, absolute.
    pub program: PathBuf,
    /// Its version according to its `package.json`, if that has one.
    pub version: Option<String>,
    /// The package's directory, absolute.
    pub package: PathBuf,
}

/// The first minor version that writes bundles in the API's current format.
const BUNDLES: Release = (6, 0);

/// The first minor version with a configurable API URL; earlier ones know only Checkly's own and `http://127.0.0.1:3000`.
const ADDRESS: Release = (7, 5);

/// The first minor version with `debug parse-project`.
const OFFLINE: Release = (7, 0);

/// The first two numbers of a version.
type Release = (u64, u64);

impl Cli {
    /// Whether it supports the mode, as far as its version is known.
    ///
    /// # Errors
    /// [`Cause::TooOld`].
    pub(super) fn check(&self, mode: Mode<'_>) -> Result<(), Cause> {
        let (needed, _) = needed(mode);
        match self.version.as_deref().and_then(release) {
            Some(release) if release < needed => Err(self.too_old(mode)),
            _ => Ok(()),
        }
    }

    /// The error for a mode it does not support.
    pub(super) fn too_old(&self, mode: Mode<'_>) -> Cause {
        let ((major, minor), to) = needed(mode);
        Cause::TooOld {
            version: self.version.clone(),
            package: self.package.clone(),
            to,
            needed: format!("{major}.{minor}"),
            update: self.update(),
        }
    }

    /// The command that updates it, according to the nearest lockfile.
    fn update(&self) -> &'static str {
        let locks = [
            ("pnpm-lock.yaml", "pnpm add --save-dev checkly@latest"),
            ("yarn.lock", "yarn add --dev checkly@latest"),
            ("bun.lock", "bun add --dev checkly@latest"),
            ("bun.lockb", "bun add --dev checkly@latest"),
            ("package-lock.json", UPDATE),
        ];
        let mut commands = self.package.ancestors().filter_map(|dir| {
            let mut locks = locks.iter();
            locks.find_map(|&(lock, command)| dir.join(lock).is_file().then_some(command))
        });
        commands.next().unwrap_or(UPDATE)
    }
}

const UPDATE: &str = "npm install --save-dev checkly@latest";

/// The version that a mode requires, and for what.
fn needed(mode: Mode<'_>) -> (Release, &'static str) {
    match mode {
        Mode::Offline | Mode::ParseOnly(..) => (OFFLINE, "bundle without the API"),
        Mode::Online(account) if checkly_env(account.api_url) != "local" => {
            (BUNDLES, "write bundles")
        }
        Mode::Online(_) => (ADDRESS, "use any API but Checkly's own"),
    }
}

/// `None` if unknown: a build of a branch is a `0.0.0-…`.
fn release(version: &str) -> Option<Release> {
    let mut numbers = version.split('.');
    let mut next = || numbers.next()?.parse().ok();
    let release = (next()?, next()?);
    (!version.starts_with("0.0.0")).then_some(release)
}

/// The Checkly CLI in the nearest `node_modules`, going up from `dir`.
///
/// Nothing is run. `npx` would also look for a global installation and in its cache, but a configuration imports the
/// package `checkly`, which must be installed anyway.
///
/// # Errors
/// [`Cause::NoDirectory`], [`Cause::NotInstalled`].
pub fn find(dir: &Path) -> Result<Cli, BundlingError> {
    let absolute = resolve(dir)?;
    let modules = absolute.ancestors().map(|dir| dir.join("node_modules"));
    for modules in modules {
        let program = modules.join(".bin/checkly");
        if program.is_file() {
            let package = modules.join("checkly");
            let version = version(&package);
            return Ok(Cli {
                program,
                version,
                package,
            });
        }
    }
    let plug_n_play = absolute
        .ancestors()
        .any(|dir| dir.join(".pnp.cjs").is_file());
    Err(Cause::NotInstalled {
        dir: dir.to_owned(),
        plug_n_play,
    }
    .into())
}

/// The directory without symbolic links, as its programs see it when they look for packages.
pub(super) fn resolve(dir: &Path) -> Result<PathBuf, BundlingError> {
    let resolved = fs::canonicalize(dir).ok().filter(|dir| dir.is_dir());
    resolved.ok_or_else(|| Cause::NoDirectory(dir.to_owned()).into())
}

fn version(package: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Package {
        version: String,
    }
    let text = fs::read(package.join("package.json")).ok()?;
    let package: Package = serde_json::from_slice(&text).ok()?;
    Some(package.version)
}
