//! Exit codes, as the contract numbers them.

use std::process::{ExitCode, Termination};

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// Everything is as the user wants it.
    pub const SUCCESS: Self = Self(0);
    /// Something did not succeed.
    pub const FAILURE: Self = Self(1);
    /// Nothing was done: somebody has to say yes, and nobody can be asked.
    pub const UNCONFIRMED: Self = Self(2);
    /// A preview found changes, and the flags say that this is worth a code.
    pub const CHANGES: Self = Self(2);
    /// The selection is empty.
    pub const EMPTY: Self = Self(3);
    /// A usage error on the command line.
    pub const USAGE: Self = Self(64);
    /// This program is broken.
    pub const INTERNAL: Self = Self(70);
    /// The manifest or a bundle is invalid; nothing was sent.
    pub const INVALID: Self = Self(78);

    /// The code that a run's report asks for.
    pub fn of_report(code: u8) -> Self {
        Self(code)
    }

    /// The number.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The same, unless that would call a failure a success.
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
