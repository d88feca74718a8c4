//! The command line, as clap reads it. Every flag has an environment variable, `ORCHESTRATE_<FLAG>`.

use super::deploy_args::DeployArgs;
use super::destroy_args::DestroyArgs;
use super::flags::{CommonArgs, InProcessArgs, InputArgs, SelectArgs, TakeoverArgs, TargetArgs};
use super::preview_args::PreviewArgs;
use super::values::{ListFormat, time_scale};
use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Every flag has an environment variable: --report-file is ORCHESTRATE_REPORT_FILE. A flag wins over a variable, \
both win over the manifest; an empty variable counts as unset.

Exit codes: 0 all succeeded, 1 some project did not, or the answer was no, 2 nothing done, nobody could be asked, \
3 nothing selected, 64 usage, 70 internal error, 75 only passing causes (try again), 77 credentials refused, 78 invalid manifest or bundle (nothing was sent), \
124 --timeout ran out, 130/143/129 interrupted.";

/// Deploy many Checkly projects from one manifest, in parallel, safely.
///
/// Without a command, `deploy` is meant: all flags below are those of `orchestrate deploy`.
#[derive(Debug, Parser)]
#[command(name = "orchestrate", version, after_help = AFTER_HELP, max_term_width = 100)]
#[command(subcommand_help_heading = "Commands")]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) deploy: DeployArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Deploy every selected project in parallel and report
    Deploy(Box<DeployArgs>),
    /// Ask what a deployment of every selected project would change; change nothing
    #[command(visible_alias = "plan")]
    Preview(Box<PreviewArgs>),
    /// Delete every selected project from its account, dependents first
    Destroy(Box<DestroyArgs>),
    /// Check the manifest, the graph and the bundles; deploy nothing
    Validate(ValidateArgs),
    /// Show the selected projects in the order in which they would start
    List(ListArgs),
    /// List the projects of the accounts that no project of the manifest deploys
    Orphans(OrphansArgs),
    /// Find the Checkly projects below a folder and write a manifest for them
    Init(InitArgs),
    /// Serve a local deploy API on loopback, for trying things out
    Sandbox(SandboxArgs),
    /// Look after the bundles that are kept from run to run
    Cache(CacheArgs),
}

#[derive(Debug, Args)]
pub(super) struct CacheArgs {
    #[command(subcommand)]
    pub(super) command: CacheCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// Remove all bundles that are kept
    Clean,
}

#[derive(Debug, Args)]
pub(super) struct ReadArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct ValidateArgs {
    #[command(flatten)]
    pub(super) read: ReadArgs,
    /// Also ask the API whether it takes the credentials of each account, and whether a project belongs to another repository
    #[arg(long, env = "ORCHESTRATE_ONLINE", hide_env = true, value_parser = BoolishValueParser::new(), conflicts_with = "sandbox", help_heading = "Input")]
    pub(super) online: bool,
    /// Also bundle every folder: offline, without credentials
    #[arg(long, env = "ORCHESTRATE_BUNDLE", hide_env = true, value_parser = BoolishValueParser::new(), help_heading = "Input")]
    pub(super) bundle: bool,
    #[command(flatten)]
    pub(super) takeover: TakeoverArgs,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) read: ReadArgs,
    /// How to show them, on standard output
    #[arg(long, env = "ORCHESTRATE_FORMAT", hide_env = true, value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
    pub(super) format: ListFormat,
}

#[derive(Debug, Args)]
pub(super) struct OrphansArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) in_process: InProcessArgs,
    /// How to show them, on standard output
    #[arg(long, env = "ORCHESTRATE_FORMAT", hide_env = true, value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
    pub(super) format: ListFormat,
    /// End with exit code 2 where there are any
    #[arg(long, env = "ORCHESTRATE_DETAILED_EXITCODE", hide_env = true, value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub(super) detailed_exitcode: bool,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct SandboxArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(
        long,
        env = "ORCHESTRATE_PORT",
        hide_env = true,
        value_name = "PORT",
        default_value_t = 3000
    )]
    pub(super) port: u16,
    /// How long deployments take: 2 is twice as long, 0.1 a tenth
    #[arg(long, env = "ORCHESTRATE_TIME_SCALE", hide_env = true, value_name = "FACTOR", default_value_t = 1.0, value_parser = time_scale)]
    pub(super) time_scale: f64,
    /// A file that says which requests go wrong, and how (docs/sandbox.md)
    #[arg(long, env = "ORCHESTRATE_SCRIPT", hide_env = true, value_name = "FILE")]
    pub(super) script: Option<PathBuf>,
    /// A file that says what the accounts have at the start (docs/sandbox.md)
    #[arg(long, env = "ORCHESTRATE_SEED", hide_env = true, value_name = "FILE")]
    pub(super) seed: Option<PathBuf>,
    /// A file that keeps what the accounts have: read at the start instead of the seed, if it exists, and written at the end
    #[arg(long, env = "ORCHESTRATE_STATE", hide_env = true, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The folder; its projects.toml must not exist yet
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) dir: PathBuf,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}
