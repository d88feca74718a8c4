//! The command line: which command, with which flags, and the exit code.
//!
//! Human text goes to standard error, machine output to standard output.

mod affected;
mod args;
mod background;
mod cache;
mod command_first;
mod deploy;
mod deploy_args;
mod destroy;
mod destroy_args;
mod envelope;
mod environment;
mod exit;
mod flags;
mod folders;
mod guard;
mod in_process;
mod init;
mod list;
mod load;
mod log;
mod memory;
mod objection;
mod online;
mod orphans;
mod out_file;
mod output;
mod preview;
mod preview_args;
mod question;
mod report_file;
mod reuse;
mod run;
mod run_args;
mod sandbox;
mod say;
mod signals;
mod validate;
mod values;
mod why;

pub use exit::Exit;

use args::{Cli, Command};
use std::ffi::OsString;

/// Runs the command that the arguments name, and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = command_first::reorder::<Cli>(arguments.into_iter().collect());
    let cli = match environment::parse::<Cli>(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors, and clap knows where each belongs. A closed pipe is not worth a word.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::USAGE
            } else {
                Exit::SUCCESS
            };
        }
    };
    log::init();
    // Where it cannot be raised, the run says which connection could not be had.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    match cli.command {
        None => deploy::main(&cli.deploy, &arguments),
        Some(Command::Deploy(args)) => deploy::main(&args, &arguments),
        Some(Command::Preview(args)) => preview::main(&args),
        Some(Command::Destroy(args)) => destroy::main(&args, &arguments),
        Some(Command::Validate(args)) => validate::main(&args),
        Some(Command::List(args)) => list::main(&args),
        Some(Command::Orphans(args)) => orphans::main(&args),
        Some(Command::Init(args)) => init::main(&args),
        Some(Command::Sandbox(args)) => sandbox::main(&args),
        Some(Command::Cache(args)) => cache::main(&args),
    }
}
