//! Runs external programs with everything they start, stops them on request, and sanitizes their output.
//!
//! Synchronous, and not for an actor's thread. The caller decides what to run and interprets the result.

mod cancellation;
mod child;
mod output;
#[cfg(test)]
mod tests;

pub use cancellation::CancellationToken;
pub(crate) use cancellation::within;
pub(crate) use child::{BUNDLING, End, Group, ResultFile, Timing, is_no_program, run};
pub(crate) use output::{COLUMNS, Secrets, clean, end_of, is_foreign, plain, tail};

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::process::{Child, Command};

/// Environment variables by name; those of this process are `std::env::vars_os().collect()`.
pub type Variables = BTreeMap<OsString, OsString>;

/// Starts a program: every child process begins here.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    #[cfg(test)]
    let _starting = crate::tests::Starting::new();
    command.spawn()
}
