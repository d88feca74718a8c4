//! Deploy many Checkly projects from one manifest, in parallel, safely.

pub mod manifest;
pub mod model;
pub mod ui;
