//! The example's Checkly CLI with the sandbox, compared with `orchestrate`. `docs/interop.md` describes the comparison.
//!
//! Needs Node and git, and `npm ci` in `examples/monorepo`; connects only to the sandbox. In real time, since other
//! processes have no virtual time.

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

/// The CLI of these tests.
const INSTALLATION: Installation = Installation {
    folder: "examples/monorepo",
    made_the_bundles: true,
    is_our_version: false,
};
