//! The command line: commands, flags, and exit codes.
//!
//! Text for people goes to standard error, output for programs to standard output.

mod approval;
mod args;
mod background;
mod cache;
mod cancel;
mod console;
mod crash;
mod deploy;
mod destroy;
mod envelope;
mod flags;
mod github;
mod in_process;
mod init;
mod journal;
mod list;
mod live;
mod load;
mod manual;
mod orphans;
mod out_file;
mod output;
mod parse;
mod preview;
mod prompt;
mod report_file;
mod resume;
mod reuse;
mod run;
mod runs;
mod sandbox;
mod selection;
mod signals;
mod tips;
mod validate;
mod values;

use args::Command;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::{ExitCode, Termination};
use tracing_subscriber::EnvFilter;

/// Runs the command in the arguments.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = Vec::from_iter(arguments);
    let parse::Parsed { cli, flags } = match parse::parse(&arguments) {
        Ok(parsed) => parsed,
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
    crash::report_panics();
    // If this fails, the run reports the connections that it could not open.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let ended = match cli.command {
        None => deploy::main(cli.deploy, &arguments, &flags, None),
        Some(Command::Deploy(args)) => deploy::main(*args, &arguments, &flags, None),
        Some(Command::Preview(args)) => preview::main(&args),
        Some(Command::Destroy(args)) => destroy::main(&args, &arguments, &flags, None),
        Some(Command::Cancel(args)) => cancel::main(&args),
        Some(Command::Runs(args)) => runs::main(&args.command),
        Some(Command::Resume(args)) => resume::main(&args, &flags),
        Some(Command::Validate(args)) => validate::main(&args),
        Some(Command::List(args)) => list::main(&args),
        Some(Command::Graph(args)) => list::graph(&args),
        Some(Command::Orphans(args)) => orphans::main(&args),
        Some(Command::Init(args)) => init::main(&args),
        Some(Command::Sandbox(args)) => sandbox::main(&args),
        Some(Command::Cache(args)) => cache::main(&args),
        Some(Command::Schema(args)) => manual::schema(&args),
        Some(Command::Completions(args)) => manual::completions(&args),
        Some(Command::Man(args)) => manual::man(&args),
    };
    match ended {
        Ok(exit) | Err(exit) => exit,
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
        .with_writer(|| console::Log)
        .try_init();
}

/// An exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// Every project succeeded.
    pub const SUCCESS: Self = Self(0);
    /// A project did not succeed, or the answer was no.
    pub const FAILURE: Self = Self(1);
    /// Nothing was done: confirmation is required, but the run is not interactive.
    pub const UNCONFIRMED: Self = Self(2);
    /// `--detailed-exitcode`: there are changes, or orphans.
    pub const CHANGES: Self = Self(2);
    /// The selection is empty.
    pub const EMPTY: Self = Self(3);
    /// A usage error on the command line.
    pub const USAGE: Self = Self(64);
    /// A bug in this program.
    pub const INTERNAL: Self = Self(70);
    /// The same command may succeed later.
    pub const TRANSIENT: Self = Self(75);
    /// The manifest or a bundle is invalid; nothing was sent.
    pub const INVALID: Self = Self(78);

    /// The exit code in a report.
    pub fn of_report(code: u8) -> Self {
        Self(code)
    }

    /// The number.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The same, or [`Exit::FAILURE`] instead of success.
    #[must_use]
    pub fn or_failure(self) -> Self {
        if self == Self::SUCCESS {
            Self::FAILURE
        } else {
            self
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.0)
    }
}
