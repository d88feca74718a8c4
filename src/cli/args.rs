//! The commands and their flags, and how these override the manifest. `parse.rs` adds a variable for each flag.

use super::flags::{
    CommonArgs, ConfirmArgs, ConflictArgs, InProcessArgs, InputArgs, JournalArgs, KeepArgs,
    MakeArgs, OutputArgs, ReuseArgs, SafetyArgs, ScheduleArgs, SelectArgs, StateArgs, TakeoverArgs,
    TargetArgs,
};
use super::values::{GraphFormat, ListFormat, SchemaOf, at_least_one, duration, port, time_scale};
use crate::manifest::Overrides;
use crate::model::BundlerKind;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;
use std::time::Duration;

/// Flags that require another, if the command has it. Not clap's `requires`: one of them may be before the command, or a
/// variable.
pub(super) const REQUIRES: [(&str, &str); 7] = [
    ("time_scale", "sandbox"),
    ("sandbox_script", "sandbox"),
    ("sandbox_seed", "sandbox"),
    ("sandbox_state", "sandbox"),
    ("sandbox_hooks", "sandbox"),
    ("out", "preview"),
    ("detailed_exitcode", "preview"),
];

pub(super) const ENVIRONMENT: &str = "\
Every flag has an environment variable: --report-file is ORCHESTRATE_REPORT_FILE. Flags override variables, \
and both override the manifest. An empty variable counts as unset.";

pub(super) const EXIT_CODES: [(&str, &str); 11] = [
    ("0", "Every project succeeded"),
    ("1", "A project did not succeed, or the answer was no"),
    (
        "2",
        "Confirmation required, nothing done; or\n--detailed-exitcode found something",
    ),
    ("3", "No projects selected"),
    ("64", "Usage error"),
    ("70", "Internal error"),
    ("75", "Transient failures only; try again"),
    ("77", "Credentials refused"),
    ("78", "Invalid manifest or bundle; nothing was sent"),
    ("124", "--timeout expired"),
    ("129, 130, 131, 143", "Interrupted by a signal"),
];

fn after_help() -> String {
    let code = |(code, meaning): &(&str, &str)| {
        format!("\n  {code:>3}  {}", meaning.replace('\n', "\n       "))
    };
    let codes: String = EXIT_CODES.iter().map(code).collect();
    format!("{ENVIRONMENT}\n\nExit codes:{codes}")
}

/// Deploy many Checkly projects in parallel from one manifest.
///
/// Without a command, `orchestrate` runs `deploy`: the flags below are those of `orchestrate deploy`.
#[derive(Debug, Parser)]
#[command(name = "orchestrate", version, after_help = after_help(), max_term_width = 100)]
#[command(subcommand_help_heading = "Commands")]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) deploy: DeployArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Deploy the selected projects in parallel
    Deploy(Box<DeployArgs>),
    /// Show what deploying the selected projects would change, without changing it
    #[command(visible_alias = "plan")]
    Preview(Box<PreviewArgs>),
    /// Delete the selected projects from their accounts, dependents first
    Destroy(Box<DestroyArgs>),
    /// Finish an earlier run: follow running deployments, deploy projects that failed or never started
    Resume(Box<ResumeArgs>),
    /// Cancel the deployments that a run left in flight
    Cancel(CancelArgs),
    /// List, show, report, or remove earlier runs
    Runs(RunsArgs),
    /// Check the manifest, the dependencies, and the bundles without deploying
    Validate(ValidateArgs),
    /// List the selected projects in start order
    List(ListArgs),
    /// Draw the selected projects and their dependencies
    Graph(GraphArgs),
    /// List the projects in the accounts that are not in the manifest
    Orphans(OrphansArgs),
    /// Write a manifest for the Checkly projects in a directory
    Init(InitArgs),
    /// Serve a local stand-in for the deploy API, for trials and tests
    Sandbox(SandboxArgs),
    /// Manage the bundle cache
    Cache(CacheArgs),
    /// Print the JSON Schema of the manifest, of events, or of the report
    Schema(SchemaArgs),
    /// Print a script that completes commands and flags in a shell
    Completions(CompletionsArgs),
    /// Print the man page, or write one for each command
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// What the schema describes
    #[arg(value_name = "WHAT", value_enum, default_value_t = SchemaOf::Manifest)]
    pub(super) of: SchemaOf,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(super) shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Write a page for each command to DIR, which is created if necessary
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(super) output_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct CacheArgs {
    #[command(subcommand)]
    pub(super) command: CacheCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// Remove all cached bundles
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
    /// Also check the credentials and the ownership of the projects with the API
    #[arg(long, conflicts_with = "sandbox", help_heading = "Input")]
    pub(super) online: bool,
    /// Also bundle every directory, offline and without credentials
    #[arg(long, help_heading = "Input")]
    pub(super) bundle: bool,
    /// Bundle directories with shared workers, or each with a process of its own
    #[arg(long, value_name = "KIND", value_enum, help_heading = "Input")]
    pub(super) bundler: Option<BundlerKind>,
    /// Bundle every directory in both ways, and show the differences
    #[arg(long, requires = "bundle", help_heading = "Input")]
    pub(super) compare: bool,
    #[command(flatten)]
    pub(super) takeover: TakeoverArgs,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) read: ReadArgs,
    /// Format of the list
    #[arg(long, value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
    pub(super) format: ListFormat,
}

#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    #[command(flatten)]
    pub(super) read: ReadArgs,
    /// Format of the graph: a tree, or the source of a diagram for Graphviz (dot) or Mermaid
    #[arg(long, value_enum, default_value_t = GraphFormat::Tree, help_heading = "Output")]
    pub(super) format: GraphFormat,
}

#[derive(Debug, Args)]
pub(super) struct OrphansArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) in_process: InProcessArgs,
    /// Format of the list
    #[arg(long, value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
    pub(super) format: ListFormat,
    /// Exit with code 2 if there are orphans
    #[arg(long, help_heading = "Output")]
    pub(super) detailed_exitcode: bool,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct SandboxArgs {
    /// Port on 127.0.0.1; 0 picks a free port
    #[arg(long, value_name = "PORT", default_value_t = 3000, allow_negative_numbers = true, value_parser = port)]
    pub(super) port: u16,
    /// Scale deployment times: 2 takes twice as long, 0.1 a tenth
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, allow_negative_numbers = true, value_parser = time_scale)]
    pub(super) time_scale: f64,
    /// Inject the faults that FILE describes (docs/sandbox.md)
    #[arg(long, value_name = "FILE")]
    pub(super) script: Option<PathBuf>,
    /// Fill the accounts from FILE on start (docs/sandbox.md)
    #[arg(long, value_name = "FILE")]
    pub(super) seed: Option<PathBuf>,
    /// Save the accounts to FILE on exit, and load them from it on the next start instead of from the seed
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Directory to search; it must not have a projects.toml yet
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) dir: PathBuf,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// The flags of `deploy`, `preview`, and `destroy` that determine what is planned.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) in_process: InProcessArgs,
    #[command(flatten)]
    pub(super) make: MakeArgs,
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) schedule: ScheduleArgs,
}

/// The flags of `deploy` and `preview` that determine what is shown.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct ReportArgs {
    /// Save the preview as a plan for `deploy --plan FILE` (docs/plan.md)
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Exit with code 2 if the preview creates, deletes, or preserves anything
    #[arg(long)]
    pub(super) detailed_exitcode: bool,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct DeployArgs {
    #[command(flatten)]
    pub(super) plan: PlanArgs,
    #[command(flatten)]
    pub(super) reuse: ReuseArgs,
    #[command(flatten)]
    pub(super) conflict: ConflictArgs,
    #[command(flatten)]
    pub(super) safety: SafetyArgs,
    #[command(flatten)]
    pub(super) runs: JournalArgs,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

impl DeployArgs {
    /// How the flags override the manifest.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            preserve_resources: self.safety.keep.preserve_resources.then_some(true),
            schedule_on_deploy: self.safety.no_schedule_on_deploy.then_some(false),
            max_deletes: self.safety.max_deletes,
            ..self.plan.schedule.overrides(Some(&self.conflict))
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct PreviewArgs {
    #[command(flatten)]
    pub(super) plan: PlanArgs,
    #[command(flatten)]
    pub(super) reuse: ReuseArgs,
    #[command(flatten)]
    pub(super) keep: KeepArgs,
    #[command(flatten)]
    pub(super) takeover: TakeoverArgs,
    #[command(flatten)]
    pub(super) state: StateArgs,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

impl PreviewArgs {
    /// How the flags override the manifest.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            preserve_resources: self.keep.preserve_resources.then_some(true),
            ..self.plan.schedule.overrides(None)
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct DestroyArgs {
    #[command(flatten)]
    pub(super) plan: PlanArgs,
    #[command(flatten)]
    pub(super) conflict: ConflictArgs,
    #[command(flatten)]
    pub(super) confirm: ConfirmArgs,
    /// Keep the resources of deleted projects in the account
    #[arg(long, help_heading = "Safety")]
    pub(super) preserve_resources: bool,
    #[command(flatten)]
    pub(super) takeover: TakeoverArgs,
    #[command(flatten)]
    pub(super) runs: JournalArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

impl DestroyArgs {
    /// How the flags override the manifest.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            to_destroy: true,
            preserve_resources: self.preserve_resources.then_some(true),
            ..self.plan.schedule.overrides(Some(&self.conflict))
        }
    }
}

/// `resume`: its flags for the schedule, conflicts, and confirmation override those of the earlier run.
#[derive(Debug, Args)]
pub(super) struct ResumeArgs {
    /// Journal of the run, or the beginning of its id [default: the latest run of the manifest]
    #[arg(value_name = "RUN")]
    pub(super) run: Option<String>,
    /// Deploy only failed projects and skip those that never started
    #[arg(long, help_heading = "Runs")]
    pub(super) failed: bool,
    /// Path to the manifest [default: the manifest of the run]
    #[arg(short, long, value_name = "FILE", help_heading = "Input")]
    pub(super) config: Option<PathBuf>,
    #[command(flatten)]
    pub(super) schedule: ScheduleArgs,
    #[command(flatten)]
    pub(super) conflict: ConflictArgs,
    #[command(flatten)]
    pub(super) confirm: ConfirmArgs,
    #[command(flatten)]
    pub(super) state: StateArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct CancelArgs {
    /// Cancel only the deployments of matching projects: a name, a glob, or tag:TAG
    #[arg(value_name = "NAME")]
    pub(super) names: Vec<String>,
    /// Journal of the run, or the beginning of its id [default: the latest run of the manifest]
    #[arg(long, value_name = "RUN", help_heading = "Runs")]
    pub(super) run: Option<String>,
    /// Path to the manifest [default: the manifest of the run]
    #[arg(short, long, value_name = "FILE", help_heading = "Input")]
    pub(super) config: Option<PathBuf>,
    #[command(flatten)]
    pub(super) state: StateArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct RunsArgs {
    #[command(subcommand)]
    pub(super) command: RunsCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsCommand {
    /// List the runs that have a journal, latest first
    List(RunsListArgs),
    /// Show the summary of a run
    Show(RunsShowArgs),
    /// Write the report of an earlier run, in any format
    Report(RunsReportArgs),
    /// Join the journals of all shards of a run into one report
    Merge(Box<RunsMergeArgs>),
    /// Remove old journals
    Prune(RunsPruneArgs),
}

#[derive(Debug, Args)]
pub(super) struct RunsListArgs {
    /// Format of the list
    #[arg(long, value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
    pub(super) format: ListFormat,
    #[command(flatten)]
    pub(super) state: StateArgs,
}

#[derive(Debug, Args)]
pub(super) struct RunsShowArgs {
    /// Journal of the run, or the beginning of its id [default: the latest run of the manifest]
    #[arg(value_name = "RUN")]
    pub(super) run: Option<String>,
    /// Format of the output: the summary as a table, or the report as JSON
    #[arg(long, value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
    pub(super) format: ListFormat,
    /// List every resource that was created, updated, deleted, or preserved
    #[arg(long, help_heading = "Output")]
    pub(super) output: bool,
    #[command(flatten)]
    pub(super) state: StateArgs,
}

#[derive(Debug, Args)]
pub(super) struct RunsReportArgs {
    /// Journal of the run, or the beginning of its id [default: the latest run of the manifest]
    #[arg(value_name = "RUN")]
    pub(super) run: Option<String>,
    /// Write the report to FILE, in the format of its extension: .json, .csv, .xml, .md, or .html; gl-code-quality*.json is for
    /// GitLab (repeatable)
    #[arg(
        short = 'o',
        long,
        value_name = "FILE",
        required = true,
        help_heading = "Output"
    )]
    pub(super) report_file: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) state: StateArgs,
}

#[derive(Debug, Args)]
pub(super) struct RunsMergeArgs {
    /// The journals, which the shards wrote with --journal
    #[arg(value_name = "FILE", required = true)]
    pub(super) journals: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct RunsPruneArgs {
    /// Keep the latest N runs of each manifest
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one, help_heading = "Runs")]
    pub(super) keep: Option<usize>,
    /// Remove runs that ended longer ago than this, such as 30d
    #[arg(long, value_name = "DURATION", value_parser = duration, help_heading = "Runs")]
    pub(super) older_than: Option<Duration>,
    #[command(flatten)]
    pub(super) state: StateArgs,
}
