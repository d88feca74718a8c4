//! Deploy many Checkly projects from one manifest, in parallel, safely.

pub mod backoff;
pub mod bundle;
pub mod deployment;
pub mod manifest;
pub mod api;
pub mod model;
pub mod report;
pub mod sandbox;
pub mod schedule;
pub mod ui;
