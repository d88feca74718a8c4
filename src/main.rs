//! The `orchestrate` program. All of it is in the library.

use orchestrate::cli::{self, Exit};
use std::panic::catch_unwind;

fn main() -> Exit {
    // The panic itself has been told by then.
    catch_unwind(|| cli::main(std::env::args_os())).unwrap_or(Exit::INTERNAL)
}
