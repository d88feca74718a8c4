//! The `orchestrate` program, a thin wrapper around the library.

use orchestrate::cli::{self, Exit};
use std::panic::catch_unwind;

fn main() -> Exit {
    // The panic hook has already reported it.
    catch_unwind(|| cli::main(std::env::args_os())).unwrap_or(Exit::INTERNAL)
}
