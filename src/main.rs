//! The `orchestrate` program. All of it is in the library.

use orchestrate::cli::{self, Exit};

fn main() -> Exit {
    cli::main(std::env::args_os())
}
