//! The same tests as in `main.rs`, with the newest Checkly CLI and the Node.js that it needs.
//!
//! Needs `npm ci` in `tests/interop/newest`.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, which clippy does not know to be tests"
)]

mod body;
mod bundling;
mod conflicts;
mod deploys;
mod exit_codes;
mod folders;
mod identity;
mod init;
mod installation;
mod local;
mod projects;
mod recording;
mod repo_info;
mod repositories;
mod request;
mod rig;
mod scratch;
mod testing;
mod wire;

use installation::Installation;

/// The CLI of these tests.
const INSTALLATION: Installation = Installation {
    folder: "tests/interop/newest",
    made_the_bundles: false,
    is_our_version: true,
};
