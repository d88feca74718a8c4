//! Diagnostics for operators: `RUST_LOG=orchestrate=debug`, on standard error.

use std::io;
use tracing_subscriber::EnvFilter;

/// Without `RUST_LOG` nothing is logged: what users need to know is said by the reporters.
pub(super) fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
    let ansi = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && io::IsTerminal::is_terminal(&io::stderr());
    // Already set only when another program embeds this one: then that program's choice stands.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(ansi)
        .with_writer(io::stderr)
        .try_init();
}
