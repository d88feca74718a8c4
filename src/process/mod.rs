//! Programs of others: run with all that they start, ended when that is wished, and what they have said made fit to be shown.
//!
//! Synchronous, and not for an actor's thread. What is run, and what comes of its end, is the business of whoever asks.

mod child;
mod output;
mod stop;
#[cfg(test)]
mod tests;

pub(crate) use child::{End, PATIENCE, Patience, is_no_program, run};
pub(crate) use output::{COLUMNS, Secrets, clean, end_of, plain, tail};
pub use stop::Stop;

use std::collections::BTreeMap;
use std::ffi::OsString;

/// Environment variables by name: of this process, `std::env::vars_os().collect()`.
pub type Variables = BTreeMap<OsString, OsString>;
