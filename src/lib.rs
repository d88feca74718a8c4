//! Deploy many Checkly projects from one manifest, in parallel, safely.

pub mod model;
pub mod sandbox;
