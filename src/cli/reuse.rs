//! Opens the cache and the history, if the flags allow it. Without them, a run is slower but correct, so failures are
//! warnings.

use super::console::say;
use super::flags::{StateArgs, TargetArgs};
use crate::cache::Cache;
use crate::history::History;
use crate::manifest::{Manifest, Origin};
use crate::os_error::plain;
use crate::run;
use etcetera::base_strategy::{BaseStrategy, Xdg, choose_native_strategy};
use std::path::PathBuf;

const NO_HOME: &str = "there is no home directory";

/// The bundle cache, if a project uses it. Not for an in-process sandbox: its address, part of the key, changes every run.
pub(super) fn cache(no_cache: bool, target: &TargetArgs, manifest: &Manifest) -> Option<Cache> {
    let asks = |origin: &Origin| matches!(origin, Origin::Directory(directory) if directory.cache);
    let is_wanted = manifest
        .projects
        .iter()
        .any(|project| asks(&project.origin));
    if no_cache || target.sandbox || !is_wanted {
        return None;
    }
    let dir = cache_dir().ok_or_else(|| NO_HOME.to_owned());
    let opened = dir.and_then(|dir| {
        let opened = Cache::open(&dir, run::now());
        opened.map_err(|error| format!("cannot use directory {}: {}", dir.display(), plain(&error)))
    });
    opened
        .inspect_err(|why| say(&format!("warning: rebuilding every bundle: {why}")))
        .ok()
}

/// The deployment history; for the same reason not for an in-process sandbox. Warns if `--skip-unchanged` needs it, or, if this
/// run is recorded, would need it later.
pub(super) fn history(
    target: &TargetArgs,
    state: &StateArgs,
    is_recorded: bool,
    is_asked: bool,
) -> Option<History> {
    if target.sandbox {
        return None;
    }
    let dir = state_dir(state).ok_or_else(|| NO_HOME.to_owned());
    let opened = dir.and_then(|dir| {
        let has_one = History::path(&dir).is_file();
        let opened = History::open(&dir).map_err(|error| error.to_string());
        if let Err(why) = &opened && has_one && is_recorded {
            say(&format!("warning: this run is not recorded in the deployment history: {why}\nhelp: do not use --skip-unchanged until a run succeeds without this warning"));
        }
        opened
    });
    opened
        .inspect_err(|why| match is_asked {
            true => say(&format!("warning: --skip-unchanged skips nothing: {why}")),
            false => tracing::debug!(why, "no deployment history is kept"),
        })
        .ok()
}

/// The deployment history, if there is one.
pub(super) fn existing_history(target: &TargetArgs) -> Option<History> {
    let dir = default_state_dir().filter(|dir| !target.sandbox && History::path(dir).is_file())?;
    History::open(&dir)
        .inspect_err(
            |error| tracing::debug!(%error, "durations of earlier deployments are not known"),
        )
        .ok()
}

/// The directory of the bundle cache: `ORCHESTRATE_CACHE_DIR`, or below the system's cache directory. `None` without a home directory.
pub(super) fn cache_dir() -> Option<PathBuf> {
    named("ORCHESTRATE_CACHE_DIR").or_else(|| {
        let system = choose_native_strategy().ok()?;
        Some(system.cache_dir().join("orchestrate"))
    })
}

/// The directory of the journals and the deployment history: `--state-dir`, or below the XDG state directory, also on macOS,
/// which has none.
pub(super) fn state_dir(args: &StateArgs) -> Option<PathBuf> {
    args.state_dir.clone().or_else(default_state_dir)
}

pub(super) fn default_state_dir() -> Option<PathBuf> {
    named("ORCHESTRATE_STATE_DIR").or_else(|| {
        let system = Xdg::new().ok()?;
        Some(system.state_dir()?.join("orchestrate"))
    })
}

fn named(variable: &str) -> Option<PathBuf> {
    let directory = std::env::var_os(variable);
    directory.filter(|name| !name.is_empty()).map(PathBuf::from)
}
