//! The Checkly CLI of the example against the sandbox, and beside `orchestrate`: what is compared is told in
//! `docs/interop.md`.
//!
//! Needs node and git, and `npm ci` in `examples/monorepo`; contacts nothing but the sandbox. In real time, for
//! other processes know no other.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, which clippy does not know to be tests"
)]

mod body;
mod bundles;
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

/// The CLI that these tests run.
const INSTALLATION: Installation = Installation {
    folder: "examples/monorepo",
    made_the_bundles: true,
    is_our_version: false,
};
