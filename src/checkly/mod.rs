//! Bundles a project with the Checkly CLI that is installed in its directory, or with a command of the user's. Tests
//! it with that CLI ([`TestRun`]). `docs/bundling.md` explains the CLI's environment and workarounds.
//!
//! Synchronous, and not for an actor's thread: bundling takes seconds. There is no time limit and no clock here; the
//! caller holds the [`CancellationToken`]. `bundle` interprets the result.

mod check_match;
mod diagnostic;
mod environment;
mod error;
mod find;
mod job;
mod launch;
mod notes;
mod offline;
mod output;
mod test_run;
#[cfg(test)]
mod tests;
mod uploads;
mod verdict;
mod worker;
mod workers;

pub use crate::process::{CancellationToken, Variables};
pub use check_match::check_match;
pub use environment::credentials;
pub use error::{BundlingError, Cause, Termination};
pub use find::find;
pub use job::Bundling;
pub use output::BundleOutput;
pub use test_run::TestRun;
pub use workers::Workers;

use crate::model::Secret;

/// With or without the API.
#[derive(Clone, Copy, Debug)]
pub enum Mode<'a> {
    /// The CLI gets the account, its runtimes, and its private locations from the API, and uploads the files that the
    /// bundle refers to: Playwright suites and snapshots. It deploys nothing.
    Online(Account<'a>),
    /// Without credentials and without the network.
    Offline,
    /// As `Offline`, but for display only: files that would have to be uploaded are left out, and the account is assumed to
    /// have private locations with these names. The CLI sends no request to an account, but the project's code may: it has
    /// the variables of `Online`, so the same bundling worker can do it.
    ParseOnly(&'a [String], Option<Account<'a>>),
}

/// An account at the API.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The API URL without a trailing slash.
    pub api_url: &'a str,
    /// The account's id at Checkly.
    pub account_id: &'a str,
    /// The API key.
    pub api_key: &'a Secret,
}
