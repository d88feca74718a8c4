//! The groups of flags that several commands share, and what they say that the manifest could have said.

use super::values::{
    ColorArg, ConflictChoice, DEFAULT_BRANCH, InterruptChoice, MessageFormat, ProgressArg, Since,
    at_least_one, since, some_time, time_scale,
};
use crate::manifest::{Overrides, Selection};
use crate::model::{OnConflict, OnInterrupt, Rate};
use clap::Args;
use clap::builder::BoolishValueParser;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub(super) struct InProcessArgs {
    /// How long deployments take in the sandbox: 2 is twice as long, 0.1 a tenth
    #[arg(long, env = "ORCHESTRATE_TIME_SCALE", hide_env = true, value_name = "FACTOR", value_parser = time_scale, requires = "sandbox", help_heading = "Input")]
    pub(super) time_scale: Option<f64>,
    /// With --sandbox: a file that says which requests go wrong, and how (docs/sandbox.md)
    #[arg(
        long,
        env = "ORCHESTRATE_SANDBOX_SCRIPT",
        hide_env = true,
        value_name = "FILE",
        requires = "sandbox",
        help_heading = "Input"
    )]
    pub(super) sandbox_script: Option<PathBuf>,
    /// With --sandbox: a file that says what the accounts have at the start (docs/sandbox.md)
    #[arg(
        long,
        env = "ORCHESTRATE_SANDBOX_SEED",
        hide_env = true,
        value_name = "FILE",
        requires = "sandbox",
        help_heading = "Input"
    )]
    pub(super) sandbox_seed: Option<PathBuf>,
    /// With --sandbox: a file that keeps what the accounts have, from run to run: read at the start instead of the seed, if
    /// it exists, and written at the end
    #[arg(
        long,
        env = "ORCHESTRATE_SANDBOX_STATE",
        hide_env = true,
        value_name = "FILE",
        requires = "sandbox",
        help_heading = "Input"
    )]
    pub(super) sandbox_state: Option<PathBuf>,
}

impl InProcessArgs {
    /// Whether the accounts of the sandbox have nothing at the start.
    pub(super) fn starts_empty(&self) -> bool {
        self.sandbox_seed.is_none() && self.sandbox_state.is_none()
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct InputArgs {
    /// The manifest; `-` reads it from standard input [default: the nearest projects.toml going up]
    #[arg(
        short,
        long,
        env = "ORCHESTRATE_CONFIG",
        hide_env = true,
        value_name = "FILE"
    )]
    pub(super) config: Option<PathBuf>,
    /// Lay [profile.NAME] of the manifest over its [defaults] and [limits]
    #[arg(
        short = 'P',
        long,
        env = "ORCHESTRATE_PROFILE",
        hide_env = true,
        value_name = "NAME"
    )]
    pub(super) profile: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct TargetArgs {
    /// The API to deploy to (also CHECKLY_API_URL)
    #[arg(long, env = "ORCHESTRATE_API_URL", hide_env = true, value_name = "URL")]
    pub(super) api_url: Option<String>,
    /// Deploy to an API that this process serves itself: no account, no network
    #[arg(long, env = "ORCHESTRATE_SANDBOX", hide_env = true, value_parser = BoolishValueParser::new(), conflicts_with = "api_url")]
    pub(super) sandbox: bool,
}

impl TargetArgs {
    /// What a saved plan calls the API. A sandbox of the process has another address each time.
    pub(super) fn name<'a>(&self, api_url: &'a str) -> &'a str {
        if self.sandbox { "sandbox" } else { api_url }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct BundleArgs {
    #[command(flatten)]
    pub(super) make: MakeArgs,
    /// Do not deploy a project whose bundle is the one this program deployed last; what others have changed in the
    /// account since is not noticed
    #[arg(long, env = "ORCHESTRATE_SKIP_UNCHANGED", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) skip_unchanged: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct MakeArgs {
    /// Bundle folders without credentials and without asking the API; a project with files that must be uploaded fails
    #[arg(long, env = "ORCHESTRATE_OFFLINE_BUNDLE", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) offline_bundle: bool,
    /// Make every bundle anew, also where nothing has changed that it is made of
    #[arg(long, env = "ORCHESTRATE_NO_CACHE", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) no_cache: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Select")]
pub(super) struct SelectArgs {
    /// Only projects that match: a name, a glob, or tag:T (repeatable)
    #[arg(
        long,
        env = "ORCHESTRATE_ONLY",
        hide_env = true,
        value_name = "PATTERN",
        value_delimiter = ','
    )]
    pub(super) only: Vec<String>,
    /// No projects that match (repeatable)
    #[arg(
        long,
        env = "ORCHESTRATE_EXCLUDE",
        hide_env = true,
        value_name = "PATTERN",
        value_delimiter = ','
    )]
    pub(super) exclude: Vec<String>,
    /// Only projects that have changed in git since REF was left [default: the remote's default branch]
    #[arg(
        long,
        env = "ORCHESTRATE_AFFECTED",
        hide_env = true,
        value_name = "REF",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = DEFAULT_BRANCH,
        value_parser = since
    )]
    pub(super) affected: Option<Since>,
    /// Also what the selected projects depend on
    #[arg(long, env = "ORCHESTRATE_WITH_DEPS", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) with_deps: bool,
    /// Also what depends on the selected projects
    #[arg(long, env = "ORCHESTRATE_WITH_DEPENDENTS", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) with_dependents: bool,
    /// Succeed when nothing is selected, instead of exit code 3
    #[arg(long, env = "ORCHESTRATE_ALLOW_EMPTY", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) allow_empty: bool,
    /// Say why a project is selected, or why it is not, and do nothing else
    #[arg(long, env = "ORCHESTRATE_WHY", hide_env = true, value_name = "NAME")]
    pub(super) why: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Schedule")]
pub(super) struct ScheduleArgs {
    /// Projects that are uploaded or followed at once
    #[arg(
        short = 'j',
        long,
        env = "ORCHESTRATE_CONCURRENCY",
        hide_env = true,
        value_name = "N",
        value_parser = at_least_one
    )]
    pub(super) concurrency: Option<usize>,
    /// Folders that are bundled at once
    #[arg(long, env = "ORCHESTRATE_BUNDLE_CONCURRENCY", hide_env = true, value_name = "N", value_parser = at_least_one)]
    pub(super) bundle_concurrency: Option<usize>,
    /// Requests that each account allows, such as 600/min
    #[arg(long, env = "ORCHESTRATE_RATE", hide_env = true, value_name = "N/min")]
    pub(super) rate: Option<Rate>,
    /// Start nothing new after the first project that does not succeed (the same as --max-fail 1)
    #[arg(long, env = "ORCHESTRATE_FAIL_FAST", hide_env = true, value_parser = BoolishValueParser::new(), conflicts_with = "max_fail")]
    pub(super) fail_fast: bool,
    /// Start nothing new after N projects that did not succeed
    #[arg(long, env = "ORCHESTRATE_MAX_FAIL", hide_env = true, value_name = "N", value_parser = at_least_one)]
    pub(super) max_fail: Option<usize>,
    /// How often in a row a passing failure is tried again
    #[arg(long, env = "ORCHESTRATE_RETRIES", hide_env = true, value_name = "N")]
    pub(super) retries: Option<u32>,
    /// How long the run may take, such as 30m; what runs then is cancelled, which may take 30s more
    #[arg(long, env = "ORCHESTRATE_TIMEOUT", hide_env = true, value_name = "DURATION", value_parser = some_time)]
    pub(super) timeout: Option<Duration>,
    /// How long one project may take from its start; then it is cancelled
    #[arg(long, env = "ORCHESTRATE_PROJECT_TIMEOUT", hide_env = true, value_name = "DURATION", value_parser = some_time)]
    pub(super) project_timeout: Option<Duration>,
    /// What the first Ctrl-C does; the next one goes a step further
    #[arg(
        long,
        env = "ORCHESTRATE_ON_INTERRUPT",
        hide_env = true,
        value_name = "STEP",
        value_enum
    )]
    pub(super) on_interrupt: Option<InterruptChoice>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Conflicts with deployments that already run")]
pub(super) struct ConflictArgs {
    /// What to do about them
    #[arg(
        long,
        env = "ORCHESTRATE_ON_CONFLICT",
        hide_env = true,
        value_name = "POLICY",
        value_enum
    )]
    pub(super) on_conflict: Option<ConflictChoice>,
    /// Cancel them (the same as --on-conflict cancel)
    #[arg(long, env = "ORCHESTRATE_CANCEL_IN_PROGRESS_DEPLOYMENT", hide_env = true, value_parser = BoolishValueParser::new(), conflicts_with = "on_conflict")]
    pub(super) cancel_in_progress_deployment: bool,
    /// How long to wait for them, from the first one on
    #[arg(long, env = "ORCHESTRATE_CONFLICT_DEADLINE", hide_env = true, value_name = "DURATION", value_parser = humantime::parse_duration)]
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
    /// Deploy what `preview --out FILE` has seen, and nothing else: not where a bundle is another one, or more would be
    /// deleted
    #[arg(
        long,
        env = "ORCHESTRATE_PLAN",
        hide_env = true,
        value_name = "FILE",
        conflicts_with_all = ["only", "exclude", "affected", "with_deps", "with_dependents", "why"]
    )]
    pub(super) plan: Option<PathBuf>,
    /// Deploy nothing where more than N resources would be deleted, whatever else is said
    #[arg(
        long,
        env = "ORCHESTRATE_MAX_DELETES",
        hide_env = true,
        value_name = "N"
    )]
    pub(super) max_deletes: Option<usize>,
    /// The same as `orchestrate preview`
    #[arg(long, env = "ORCHESTRATE_PREVIEW", hide_env = true, value_parser = BoolishValueParser::new(), conflicts_with_all = ["plan", "yes", "force"])]
    pub(super) preview: bool,
    /// Run none of the manifest's hooks: the commands before and after a deployment (docs/hooks.md)
    #[arg(long, env = "ORCHESTRATE_NO_HOOKS", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) no_hooks: bool,
    /// Do not test projects before they are deployed (`test` in the manifest)
    #[arg(long, env = "ORCHESTRATE_NO_TESTS", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) no_tests: bool,
    /// With --sandbox: run the hooks all the same
    #[arg(long, env = "ORCHESTRATE_SANDBOX_HOOKS", hide_env = true, value_parser = BoolishValueParser::new(), requires = "sandbox", conflicts_with = "no_hooks")]
    pub(super) sandbox_hooks: bool,
    /// Do not run the checks once right after the deployment
    #[arg(long, env = "ORCHESTRATE_NO_SCHEDULE_ON_DEPLOY", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) no_schedule_on_deploy: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Safety")]
pub(super) struct KeepArgs {
    /// Keep resources that a project no longer contains, instead of deleting them
    #[arg(long, env = "ORCHESTRATE_PRESERVE_RESOURCES", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) preserve_resources: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Safety")]
pub(super) struct TakeoverArgs {
    /// Also projects that the account has from another repository: a name, a glob, or tag:T (repeatable)
    #[arg(
        long,
        env = "ORCHESTRATE_ALLOW_TAKEOVER",
        hide_env = true,
        value_name = "PATTERN",
        value_delimiter = ','
    )]
    pub(super) allow_takeover: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Safety")]
pub(super) struct ConfirmArgs {
    /// Never ask
    #[arg(short, long, env = "ORCHESTRATE_YES", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) yes: bool,
    /// The same as --yes, as the Checkly CLI calls it
    #[arg(short, long, env = "ORCHESTRATE_FORCE", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// How progress is shown
    #[arg(
        long,
        env = "ORCHESTRATE_PROGRESS",
        hide_env = true,
        value_name = "HOW",
        value_enum,
        default_value_t
    )]
    pub(super) progress: ProgressArg,
    /// What standard output carries: nothing, or one JSON object per event
    #[arg(
        long,
        env = "ORCHESTRATE_MESSAGE_FORMAT",
        hide_env = true,
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub(super) message_format: MessageFormat,
    /// Write the report to a file; the extension says in which format (.json, .md) (repeatable)
    #[arg(
        long,
        env = "ORCHESTRATE_REPORT_FILE",
        hide_env = true,
        value_name = "FILE",
        value_delimiter = ','
    )]
    pub(super) report_file: Vec<PathBuf>,
    /// Show every resource that is created, updated, deleted or detached
    #[arg(long, env = "ORCHESTRATE_OUTPUT", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) output: bool,
    /// Show failures and the summary only
    #[arg(short, long, env = "ORCHESTRATE_QUIET", hide_env = true, value_parser = BoolishValueParser::new(), conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Show deployment ids and the causes of retries
    #[arg(short, long, env = "ORCHESTRATE_VERBOSE", hide_env = true, value_parser = BoolishValueParser::new())]
    pub(super) verbose: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct CommonArgs {
    /// Whether to use colour (NO_COLOR is honoured too)
    #[arg(
        long,
        env = "ORCHESTRATE_COLOR",
        hide_env = true,
        value_name = "WHEN",
        value_enum,
        default_value_t
    )]
    pub(super) color: ColorArg,
}

impl SelectArgs {
    /// What is to be selected, but for what git has to say.
    pub(super) fn selection(&self) -> Selection {
        Selection {
            only: self.only.clone(),
            exclude: self.exclude.clone(),
            affected: None,
            with_deps: self.with_deps,
            with_dependents: self.with_dependents,
        }
    }
}

impl ConflictArgs {
    fn on_conflict(&self) -> Option<OnConflict> {
        if self.cancel_in_progress_deployment {
            return Some(OnConflict::Cancel);
        }
        Some(match self.on_conflict? {
            ConflictChoice::Cancel => OnConflict::Cancel,
            ConflictChoice::Wait => OnConflict::Wait,
            ConflictChoice::Fail => OnConflict::Fail,
        })
    }
}

impl ScheduleArgs {
    /// What these flags and those about conflicts say that the manifest could have said.
    pub(super) fn overrides(&self, conflict: Option<&ConflictArgs>) -> Overrides {
        let on_interrupt = self.on_interrupt.map(|step| match step {
            InterruptChoice::Drain => OnInterrupt::Drain,
            InterruptChoice::Cancel => OnInterrupt::Cancel,
            InterruptChoice::Detach => OnInterrupt::Detach,
        });
        Overrides {
            on_conflict: conflict.and_then(ConflictArgs::on_conflict),
            conflict_deadline: conflict.and_then(|conflict| conflict.conflict_deadline),
            retries: self.retries,
            project_timeout: self.project_timeout,
            concurrency: self.concurrency,
            bundle_concurrency: self.bundle_concurrency,
            max_fail: if self.fail_fast {
                Some(1)
            } else {
                self.max_fail
            },
            timeout: self.timeout,
            on_interrupt,
            rate: self.rate,
            ..Overrides::default()
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct LookArgs {
    /// Write the preview to a file, for `deploy --plan FILE` (docs/plan.md)
    #[arg(
        long,
        env = "ORCHESTRATE_OUT",
        hide_env = true,
        value_name = "FILE",
        help_heading = "Output"
    )]
    pub(super) out: Option<PathBuf>,
    /// End a preview with exit code 2 where anything would be created, deleted or detached
    #[arg(long, env = "ORCHESTRATE_DETAILED_EXITCODE", hide_env = true, value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub(super) detailed_exitcode: bool,
}
