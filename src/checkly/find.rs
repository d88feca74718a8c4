//! Which Checkly CLI a folder has: the one that `npx checkly` would run there.

use super::error::{MakeError, Why};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// A project's own Checkly CLI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cli {
    /// What is run, absolute.
    pub program: PathBuf,
    /// Its version, read and not asked for; `None` where its `package.json` does not say.
    pub version: Option<String>,
    /// The folder of the package, absolute.
    pub package: PathBuf,
}

/// The Checkly CLI in the nearest `node_modules`, going up from `dir`.
///
/// Nothing is run for it. `npx` would look for a global installation, too, and in its own cache; but a configuration imports
/// from the package `checkly`, which must be installed beside it anyway.
///
/// # Errors
/// [`Why::NoFolder`], [`Why::NotInstalled`].
pub fn find(dir: &Path) -> Result<Cli, MakeError> {
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
    Err(Why::NotInstalled {
        dir: dir.to_owned(),
        plug_n_play,
    }
    .into())
}

/// The folder without symbolic links: a program in it sees it so, and looks for packages from there.
pub(super) fn resolve(dir: &Path) -> Result<PathBuf, MakeError> {
    let resolved = fs::canonicalize(dir).ok().filter(|dir| dir.is_dir());
    resolved.ok_or_else(|| Why::NoFolder(dir.to_owned()).into())
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
