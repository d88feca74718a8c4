//! Deploy many Checkly projects from one manifest, in parallel, safely.

pub mod backoff;
pub mod deployment;
pub mod bundle;
pub mod model;
pub mod schedule;
pub mod manifest;
pub mod model;
pub mod report;
pub mod ui;
pub mod sandbox;
