//! Signals that end a run.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A signal that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    /// Ctrl-C.
    Sigint,
    /// A request to terminate, as CI systems send it.
    Sigterm,
    /// The terminal was closed.
    Sighup,
    /// Ctrl-\\.
    Sigquit,
    /// Sent by some schedulers before their time limit.
    Sigusr1,
}

impl Signal {
    /// 128 plus the signal number, as in shells.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Sigint => 130,
            Self::Sigterm => 143,
            Self::Sighup => 129,
            Self::Sigquit => 131,
            // The number on Linux.
            Self::Sigusr1 => 138,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sigint => "SIGINT",
            Self::Sigterm => "SIGTERM",
            Self::Sighup => "SIGHUP",
            Self::Sigquit => "SIGQUIT",
            Self::Sigusr1 => "SIGUSR1",
        })
    }
}
