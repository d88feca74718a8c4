//! The directories for files that later runs use: one for the cache, one for state that cannot be rebuilt.

use etcetera::base_strategy::{BaseStrategy, Xdg, choose_native_strategy};
use std::path::PathBuf;

/// The bundle cache: `ORCHESTRATE_CACHE_DIR`, or below the system's cache directory. `None` without a home directory.
pub(super) fn cache() -> Option<PathBuf> {
    named("ORCHESTRATE_CACHE_DIR").or_else(|| {
        let system = choose_native_strategy().ok()?;
        Some(system.cache_dir().join("orchestrate"))
    })
}

/// The deployment history: `ORCHESTRATE_STATE_DIR`, or below the XDG state directory, also on macOS, which has none.
pub(super) fn state() -> Option<PathBuf> {
    named("ORCHESTRATE_STATE_DIR").or_else(|| {
        let system = Xdg::new().ok()?;
        Some(system.state_dir()?.join("orchestrate"))
    })
}

fn named(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable);
    folder.filter(|name| !name.is_empty()).map(PathBuf::from)
}
