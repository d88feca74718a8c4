//! Opens what earlier runs have left, as far as the flags allow. What cannot be opened makes a run slower and never
//! wrong, so that it is worth a warning and nothing more.

use super::flags::{MakeArgs, TargetArgs};
use super::folders;
use super::say::say;
use crate::cache::Cache;
use crate::history::History;
use crate::manifest::{Manifest, Origin};
use crate::run;
use std::io;
use std::path::{Path, PathBuf};

/// The cache of bundles, where a project asks for it. A sandbox has another address each time, so that nothing would be
/// found again.
pub(super) fn cache(args: &MakeArgs, target: &TargetArgs, manifest: &Manifest) -> Option<Cache> {
    let asks = |origin: &Origin| matches!(origin, Origin::Folder(folder) if folder.cache);
    let is_wanted = manifest
        .projects
        .iter()
        .any(|project| asks(&project.origin));
    if args.no_cache || target.sandbox || !is_wanted {
        return None;
    }
    let opened = open(folders::cache(), |dir| Cache::open(dir, run::now()));
    opened
        .inspect_err(|why| say(&format!("warning: every bundle is made anew: {why}")))
        .ok()
}

/// What was deployed last; for the same reason not in a sandbox. Is it asked for, it is worth a warning where there is none.
pub(super) fn history(target: &TargetArgs, is_asked: bool) -> Option<History> {
    if target.sandbox {
        return None;
    }
    let opened = open(folders::state(), History::open);
    opened
        .inspect_err(|why| match is_asked {
            true => say(&format!("warning: nothing is skipped: {why}")),
            false => tracing::debug!(why, "what is deployed is not remembered"),
        })
        .ok()
}

/// Opens a folder, or says why it cannot be opened.
fn open<T>(dir: Option<PathBuf>, open: impl FnOnce(&Path) -> io::Result<T>) -> Result<T, String> {
    let dir = dir.ok_or("there is no home folder")?;
    open(&dir).map_err(|error| format!("the folder {} cannot be used: {error}", dir.display()))
}
