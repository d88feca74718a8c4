//! Exit codes.

use std::process::{ExitCode, Termination};

/// An exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// Every project succeeded.
    pub const SUCCESS: Self = Self(0);
    /// A project did not succeed, or the answer was no.
    pub const FAILURE: Self = Self(1);
    /// Nothing was done: confirmation is required, but the run is not interactive.
    pub const UNCONFIRMED: Self = Self(2);
    /// `--detailed-exitcode`: there are changes, or orphans.
    pub const CHANGES: Self = Self(2);
    /// The selection is empty.
    pub const EMPTY: Self = Self(3);
    /// A usage error on the command line.
    pub const USAGE: Self = Self(64);
    /// A bug in this program.
    pub const INTERNAL: Self = Self(70);
    /// The manifest or a bundle is invalid; nothing was sent.
    pub const INVALID: Self = Self(78);

    /// The exit code in a report.
    pub fn of_report(code: u8) -> Self {
        Self(code)
    }

    /// The number.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The same, or [`Exit::FAILURE`] instead of success.
    #[must_use]
    pub fn or_failure(self) -> Self {
        if self == Self::SUCCESS {
            Self::FAILURE
        } else {
            self
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.0)
    }
}
