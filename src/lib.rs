//! Deploy many Checkly projects from one manifest, in parallel, safely.

mod actors;
pub mod api;
pub mod backoff;
pub mod bundle;
pub mod cli;
pub mod deployment;
pub mod manifest;
mod messages;
pub mod model;
pub mod rate;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod schedule;
pub mod ui;
