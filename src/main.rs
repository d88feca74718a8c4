//! The `orchestrate` command.
fn main() {}
