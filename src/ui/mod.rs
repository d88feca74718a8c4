//! What people read on a terminal.

pub mod problem;
