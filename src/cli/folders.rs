//! Where this program keeps what it wants to find again: one folder for what can be made anew, one for what cannot.

use etcetera::base_strategy::{BaseStrategy, Xdg, choose_native_strategy};
use std::path::PathBuf;

/// The cache of bundles: `ORCHESTRATE_CACHE_DIR`, or below the system's folder for caches. `None` where nobody knows a
/// home folder.
pub(super) fn cache() -> Option<PathBuf> {
    named("ORCHESTRATE_CACHE_DIR").or_else(|| {
        let system = choose_native_strategy().ok()?;
        Some(system.cache_dir().join("orchestrate"))
    })
}

/// What was deployed last: `ORCHESTRATE_STATE_DIR`, or below the folder for state that the XDG specification names. macOS
/// has none of its own.
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
