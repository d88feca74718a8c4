//! Deploy many Checkly projects from one manifest, in parallel, safely.

pub mod api;
pub mod model;
