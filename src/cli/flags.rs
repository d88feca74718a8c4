//! The groups of flags that several commands share, and how they override the manifest.

use super::values::{
    DEFAULT_BRANCH, IfRunning, InCi, MessageFormat, Since, at_least_one, duration, since,
    some_time, time_scale, whole_number,
};
use crate::manifest::{Overrides, Selection};
use crate::model::{BundlerKind, OnConflict, OnInterrupt, Partition, Rate};
use crate::ui::{ColorChoice, FailureOutput, ProgressChoice, StatusLevel};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct InProcessArgs {
    /// Scale deployment times in the sandbox: 2 takes twice as long, 0.1 a tenth
    #[arg(long, value_name = "FACTOR", allow_negative_numbers = true, value_parser = time_scale)]
    pub(super) time_scale: Option<f64>,
    /// Inject the faults that FILE describes into the sandbox (docs/sandbox.md)
    #[arg(long, value_name = "FILE")]
    pub(super) sandbox_script: Option<PathBuf>,
    /// Fill the accounts of the sandbox from FILE on start (docs/sandbox.md)
    #[arg(long, value_name = "FILE")]
    pub(super) sandbox_seed: Option<PathBuf>,
    /// Save the accounts of the sandbox to FILE on exit, and load them from it on the next start instead of from the seed
    #[arg(long, value_name = "FILE")]
    pub(super) sandbox_state: Option<PathBuf>,
}

impl InProcessArgs {
    /// Whether the accounts of the sandbox are empty at the start.
    pub(super) fn starts_empty(&self) -> bool {
        self.sandbox_seed.is_none() && self.sandbox_state.is_none()
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct InputArgs {
    /// Path to the manifest, or `-` for standard input [default: projects.toml in this or the nearest parent directory]
    #[arg(short, long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Apply [profile.NAME] of the manifest, which overrides [defaults] and [limits]
    #[arg(short = 'P', long, value_name = "NAME")]
    pub(super) profile: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct TargetArgs {
    /// URL of the API (also CHECKLY_API_URL)
    #[arg(long, value_name = "URL")]
    pub(super) api_url: Option<String>,
    /// Use a built-in stand-in for the API: no account, no network
    #[arg(long, conflicts_with = "api_url")]
    pub(super) sandbox: bool,
}

impl TargetArgs {
    /// The name of the API in a saved plan: the address of an in-process sandbox changes with every run.
    pub(super) fn name<'a>(&self, api_url: &'a str) -> &'a str {
        if self.sandbox { "sandbox" } else { api_url }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct ReuseArgs {
    /// Skip a project if this machine deployed the same bundle last; changes by others since then are not detected
    #[arg(long)]
    pub(super) skip_unchanged: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct MakeArgs {
    /// Bundle directories without credentials or API requests; a project that must upload files fails
    #[arg(long)]
    pub(super) offline_bundle: bool,
    /// Rebuild every bundle and ignore the cache
    #[arg(long)]
    pub(super) no_cache: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Select")]
pub(super) struct SelectArgs {
    /// Select only projects that match: a name, a glob, or tag:TAG (repeatable)
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// Exclude projects that match (repeatable)
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub(super) exclude: Vec<String>,
    /// Select only projects that changed in git since the merge base with REF [default: the remote's default branch]
    #[arg(long, value_name = "REF", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_BRANCH, value_parser = since)]
    pub(super) affected: Option<Since>,
    /// Also select the dependencies of the selected projects
    #[arg(long)]
    pub(super) with_deps: bool,
    /// Also select the dependents of the selected projects
    #[arg(long)]
    pub(super) with_dependents: bool,
    /// Select shard M of N: slice:M/N for equal sizes, hash:M/N for stable ones; dependencies stay together
    #[arg(long, value_name = "SHARD", conflicts_with = "why")]
    pub(super) partition: Option<Partition>,
    /// Succeed if no projects are selected, instead of exiting with code 3; --affected implies it
    #[arg(long)]
    pub(super) allow_empty: bool,
    /// Explain why a project is or is not selected, then exit
    #[arg(long, value_name = "NAME")]
    pub(super) why: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Schedule")]
pub(super) struct ScheduleArgs {
    /// Maximum number of projects in progress at the same time
    #[arg(short = 'j', long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one)]
    pub(super) concurrency: Option<usize>,
    /// Maximum number of directories bundled at the same time
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one)]
    pub(super) bundle_concurrency: Option<usize>,
    /// Bundle directories with shared workers, or each with a process of its own
    #[arg(long, value_name = "KIND", value_enum)]
    pub(super) bundler: Option<BundlerKind>,
    /// Maximum request rate per account, such as 600/min
    #[arg(long, value_name = "N/min")]
    pub(super) rate: Option<Rate>,
    /// Start no more projects after the first that does not succeed
    #[arg(long, conflicts_with = "max_fail")]
    pub(super) fail_fast: bool,
    /// Start no more projects after N did not succeed
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one)]
    pub(super) max_fail: Option<usize>,
    /// Maximum number of retries in a row after transient failures
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole_number::<u32>)]
    pub(super) retries: Option<u32>,
    /// How long to wait for an unavailable API
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) outage_limit: Option<Duration>,
    /// Time limit for the run, such as 30m; running deployments are then cancelled, which may take another 30s
    #[arg(long, value_name = "DURATION", value_parser = some_time)]
    pub(super) timeout: Option<Duration>,
    /// Time limit for each project, measured from its start; it is then cancelled
    #[arg(long, value_name = "DURATION", value_parser = some_time)]
    pub(super) project_timeout: Option<Duration>,
    /// What the first Ctrl-C does: wait for running deployments (drain), cancel them, or leave them running (detach);
    /// each further Ctrl-C goes one step further
    #[arg(long, value_name = "STEP", value_enum)]
    pub(super) on_interrupt: Option<OnInterrupt>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Conflicts")]
pub(super) struct ConflictArgs {
    /// What to do when another deployment blocks a project
    #[arg(long, value_name = "POLICY", value_enum)]
    pub(super) on_conflict: Option<OnConflict>,
    /// Cancel blocking deployments (same as --on-conflict cancel)
    #[arg(long, conflicts_with = "on_conflict")]
    pub(super) cancel_in_progress_deployment: bool,
    /// Time limit for waiting for blocking deployments, measured from the first
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) conflict_deadline: Option<Duration>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Safety")]
pub(super) struct SafetyArgs {
    #[command(flatten)]
    pub(super) confirm: ConfirmArgs,
    #[command(flatten)]
    pub(super) keep: KeepArgs,
    #[command(flatten)]
    pub(super) takeover: TakeoverArgs,
    /// Deploy the plan saved by `preview --out FILE`, or nothing if a bundle differs or more would be deleted
    #[arg(long, value_name = "FILE", conflicts_with_all = ["only", "exclude", "affected", "with_deps", "with_dependents", "partition", "why"])]
    pub(super) plan: Option<PathBuf>,
    /// Deploy nothing if more than N resources would be deleted, even with --yes
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole_number::<usize>)]
    pub(super) max_deletes: Option<usize>,
    /// Same as `orchestrate preview`
    #[arg(long)]
    pub(super) preview: bool,
    /// Skip hooks: the commands that run before and after a project or the run (docs/hooks.md)
    #[arg(long)]
    pub(super) no_hooks: bool,
    /// Skip the tests that run before a project is deployed (`test` in the manifest)
    #[arg(long)]
    pub(super) no_tests: bool,
    /// Run hooks even though the target is a sandbox
    #[arg(long, conflicts_with = "no_hooks")]
    pub(super) sandbox_hooks: bool,
    /// Do not run the checks once immediately after the deployment
    #[arg(long)]
    pub(super) no_schedule_on_deploy: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Safety")]
pub(super) struct KeepArgs {
    /// Keep resources that are no longer in a project instead of deleting them
    #[arg(long)]
    pub(super) preserve_resources: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Safety")]
pub(super) struct TakeoverArgs {
    /// Allow projects that belong to another repository: a name, a glob, or tag:TAG (repeatable)
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub(super) allow_takeover: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Safety")]
pub(super) struct ConfirmArgs {
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    /// Same as --yes; the Checkly CLI's name for it
    #[arg(short, long)]
    force: bool,
}

impl ConfirmArgs {
    /// Whether the command needs no confirmation.
    pub(super) fn is_given(&self) -> bool {
        self.yes || self.force
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Runs")]
pub(super) struct StateArgs {
    /// Directory of the journals and the deployment history [default: the user's state directory]
    #[arg(long, value_name = "DIR")]
    pub(super) state_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Runs")]
pub(super) struct JournalArgs {
    #[command(flatten)]
    pub(super) state: StateArgs,
    /// Write the journal of the run to FILE, which must not exist yet
    #[arg(long, value_name = "FILE")]
    pub(super) journal: Option<PathBuf>,
    /// Deploy nothing if the journal cannot be written
    #[arg(long)]
    pub(super) require_journal: bool,
    /// What to do if another run on this machine is deploying one of the projects
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    pub(super) if_running: IfRunning,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// How to show progress
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    pub(super) progress: ProgressChoice,
    /// What to write to standard output: nothing (human), or one JSON object per event (json)
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) message_format: MessageFormat,
    /// Write the report to FILE, in the format of its extension: .json, .csv, .xml, .md, or .html; gl-code-quality*.json is for
    /// GitLab (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(super) report_file: Vec<PathBuf>,
    /// List every resource that is created, updated, deleted, or preserved
    #[arg(long)]
    pub(super) output: bool,
    /// Which lines to show during the run [default: pass with a bar, all with lines, fail with --quiet]
    #[arg(long, value_name = "LEVEL", value_enum)]
    pub(super) status_level: Option<StatusLevel>,
    /// When to show the details of failures
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub(super) failure_output: FailureOutput,
    /// Annotations, groups, outputs, and the summary of GitHub Actions
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub(super) github: InCi,
    /// A collapsible section of GitLab's job log
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub(super) gitlab: InCi,
    /// Show only failures, warnings, outages, and the summary; after a minute of silence, also the state
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Also show deployment ids and the causes of retries
    #[arg(short, long)]
    pub(super) verbose: bool,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct CommonArgs {
    /// When to use color (NO_COLOR is respected)
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub(super) color: ColorChoice,
}

impl SelectArgs {
    /// The selection without `--affected`, which needs git.
    pub(super) fn selection(&self) -> Selection {
        Selection {
            only: self.only.clone(),
            exclude: self.exclude.clone(),
            affected: None,
            with_deps: self.with_deps,
            with_dependents: self.with_dependents,
        }
    }

    /// Whether every project is selected, without a question about one.
    pub(super) fn is_everything(&self) -> bool {
        let is_filtered = !self.only.is_empty() || !self.exclude.is_empty();
        let is_split = self.affected.is_some() || self.partition.is_some();
        !is_filtered && !is_split && self.why.is_none()
    }
}

impl ConflictArgs {
    fn on_conflict(&self) -> Option<OnConflict> {
        let cancel = self.cancel_in_progress_deployment;
        cancel.then_some(OnConflict::Cancel).or(self.on_conflict)
    }
}

impl ScheduleArgs {
    /// How these flags and those for conflicts override the manifest.
    pub(super) fn overrides(&self, conflict: Option<&ConflictArgs>) -> Overrides {
        Overrides {
            on_conflict: conflict.and_then(ConflictArgs::on_conflict),
            conflict_deadline: conflict.and_then(|conflict| conflict.conflict_deadline),
            retries: self.retries,
            outage_limit: self.outage_limit,
            project_timeout: self.project_timeout,
            concurrency: self.concurrency,
            bundle_concurrency: self.bundle_concurrency,
            bundler: self.bundler,
            max_fail: self.max_fail,
            fail_fast: self.fail_fast,
            timeout: self.timeout,
            on_interrupt: self.on_interrupt,
            rate: self.rate,
            ..Overrides::default()
        }
    }
}
