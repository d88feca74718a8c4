//! The tests that run with each Checkly CLI.

use super::INSTALLATION;

mod body;
pub(super) mod bundling;
mod conflicts;
mod deploys;
mod exit_codes;
mod folders;
mod identity;
mod init;
mod local;
mod orders;
pub(super) mod projects;
mod recording;
mod repo_info;
mod repositories;
mod request;
pub(super) mod rig;
pub(super) mod scratch;
mod testing;
mod wire;
mod workers;
