//! Diagnostic logs on standard error: `RUST_LOG=orchestrate=debug`.

use std::io;
use tracing_subscriber::EnvFilter;

/// Without `RUST_LOG`, nothing is logged: reporters print what users need.
pub(super) fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
    let ansi = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && io::IsTerminal::is_terminal(&io::stderr());
    // Fails only if an embedding program has already set a subscriber.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(ansi)
        .with_writer(io::stderr)
        .try_init();
}
