//! The real program: arguments in; streams, files, and an exit code out.
//!
//! These tests do not use the library; expectations come from the documented contract. Time is real, so deployments are
//! short and every wait is for a line of output; a program that hangs fails its test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests, which clippy does not know to be tests"
)]

mod affected;
mod api;
mod budgets;
mod bundling;
mod bundling_stopped;
mod commands;
mod conflicts;
mod deferred;
mod destroy;
mod empty_projects;
mod environment;
mod events;
mod exit_codes;
mod folder;
mod github;
mod guard;
mod heartbeats;
mod help;
mod hooks;
mod init;
mod keeping;
mod live;
mod local_credentials;
mod manual;
mod nothing_sent;
mod order;
mod orphans;
mod output;
mod owners;
mod plans;
mod preview;
mod program;
mod report;
mod runs;
mod sandboxes;
mod schemas;
mod secrets;
mod shards;
mod signals;
mod terminal;
mod testing;
mod uploads;
