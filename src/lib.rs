//! Deploy many Checkly projects from one manifest, in parallel, safely.

pub mod bundle;
pub mod model;
