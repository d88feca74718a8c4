//! Bundling with programs that stand in for the Checkly CLI. With the real one: `tests/interop`.
