//! The command line: commands, flags, and exit codes.
//!
//! Text for people goes to standard error, output for programs to standard output.

mod approval;
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
mod in_process;
mod init;
mod list;
mod load;
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
mod selection;
mod signals;
mod tips;
mod validate;
mod values;

pub use exit::Exit;

use args::{Cli, Command};
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// Runs the command in the arguments.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = command_first::reorder::<Cli>(arguments.into_iter().collect());
    let cli = match environment::parse::<Cli>(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help and version to standard output, errors to standard error.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::USAGE
            } else {
                Exit::SUCCESS
            };
        }
    };
    init_log();
    // If this fails, the run reports the connections that it could not open.
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

/// Logs to standard error what `RUST_LOG` asks for; without it nothing, since reporters print what users need.
fn init_log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
    let ansi = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && io::stderr().is_terminal();
    // Fails only if an embedding program has already set a subscriber.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(ansi)
        .with_writer(io::stderr)
        .try_init();
}
