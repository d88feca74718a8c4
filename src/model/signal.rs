//! Signals that end a run.

use super::names::named;

named! {
    /// A signal that ends a run.
    pub enum Signal {
        /// Ctrl-C.
        Sigint = "SIGINT",
        /// A request to terminate, as CI systems send it.
        Sigterm = "SIGTERM",
        /// The terminal was closed.
        Sighup = "SIGHUP",
        /// Ctrl-\\.
        Sigquit = "SIGQUIT",
    }
}

impl Signal {
    /// 128 plus the signal number, as in shells.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Sigint => 130,
            Self::Sigterm => 143,
            Self::Sighup => 129,
            Self::Sigquit => 131,
        }
    }
}
