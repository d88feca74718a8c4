//! Bundles a project by running what its folder has for that: the Checkly CLI installed there, or a command of the
//! user's. Tests it by that CLI ([`Gate`]). What the CLI is given, which of its traps are stepped around and why, is told in `docs/bundling.md`.
//!
//! Synchronous, and not for an actor's thread: bundling takes seconds. There is no time limit here and no look at a
//! clock; whoever waits holds the [`Stop`]. What stands in a bundle is the business of `bundle`.

mod check_match;
mod diagnostic;
mod environment;
mod error;
mod find;
mod gate;
mod job;
mod made;
mod notes;
mod offline;
mod snapshots;
#[cfg(test)]
mod tests;
mod uploads;
mod verdict;

pub use crate::process::{Stop, Variables};
pub use check_match::check_match;
pub use environment::{credentials, loopback};
pub use error::{Ended, MakeError, Why};
pub use find::{Cli, find};
pub use gate::Gate;
pub use job::{make, sketch};
pub use made::Made;

use crate::model::Secret;

/// With or without the API.
#[derive(Clone, Copy, Debug)]
pub enum Mode<'a> {
    /// The CLI asks the API for the account, its runtimes and its private locations, and uploads what the bundle refers
    /// to: Playwright suites and snapshots. It deploys nothing.
    Online {
        /// The address of the API, without a slash at its end.
        api_url: &'a str,
        /// The account's id at Checkly.
        account_id: &'a str,
        /// Its key.
        api_key: &'a Secret,
    },
    /// No credentials, and nothing is contacted.
    Offline,
    /// The same, and files that would have to be uploaded are left out, and the account has private locations of these
    /// names: to be looked at, not to be deployed.
    Sketch(&'a [String]),
}
