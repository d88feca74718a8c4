//! The flags of `preview`, those that every run has, and what they say that the manifest could have said.

use super::args::DeployArgs;
use super::flags::{
    BundleArgs, CommonArgs, InProcessArgs, InputArgs, KeepArgs, OutputArgs, ScheduleArgs,
    SelectArgs, TakeoverArgs, TargetArgs,
};
use super::load;
use crate::manifest::Overrides;
use clap::Args;
use clap::builder::BoolishValueParser;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct PreviewArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) in_process: InProcessArgs,
    #[command(flatten)]
    pub(super) bundle: BundleArgs,
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) schedule: ScheduleArgs,
    #[command(flatten)]
    pub(super) keep: KeepArgs,
    #[command(flatten)]
    pub(super) takeover: TakeoverArgs,
    /// Write what was previewed to a file, for `deploy --plan FILE` (docs/plan.md)
    #[arg(
        long,
        env = "ORCHESTRATE_OUT",
        hide_env = true,
        value_name = "FILE",
        conflicts_with = "sandbox",
        help_heading = "Output"
    )]
    pub(super) out: Option<PathBuf>,
    /// End with exit code 2 where anything would be created, deleted or detached
    #[arg(long, env = "ORCHESTRATE_DETAILED_EXITCODE", hide_env = true, value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub(super) detailed_exitcode: bool,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// The flags that every run has.
#[derive(Clone, Copy)]
pub(super) struct RunArgs<'a> {
    pub(super) input: &'a InputArgs,
    pub(super) target: &'a TargetArgs,
    pub(super) in_process: &'a InProcessArgs,
    pub(super) bundle: &'a BundleArgs,
    pub(super) select: &'a SelectArgs,
    pub(super) schedule: &'a ScheduleArgs,
    pub(super) keep: &'a KeepArgs,
    pub(super) takeover: &'a TakeoverArgs,
    pub(super) output: &'a OutputArgs,
    pub(super) common: &'a CommonArgs,
}

impl DeployArgs {
    /// The flags that every run has.
    pub(super) fn run(&self) -> RunArgs<'_> {
        RunArgs {
            input: &self.input,
            target: &self.target,
            in_process: &self.in_process,
            bundle: &self.bundle,
            select: &self.select,
            schedule: &self.schedule,
            keep: &self.safety.keep,
            takeover: &self.safety.takeover,
            output: &self.output,
            common: &self.common,
        }
    }

    /// What the flags say that the manifest could have said.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            preserve_resources: self.safety.keep.preserve_resources.then_some(true),
            schedule_on_deploy: self.safety.no_schedule_on_deploy.then_some(false),
            max_deletes: self.safety.max_deletes,
            api_url: load::api_url(&self.target),
            ..self.schedule.overrides(Some(&self.conflict))
        }
    }
}

impl PreviewArgs {
    /// The flags that every run has.
    pub(super) fn run(&self) -> RunArgs<'_> {
        RunArgs {
            input: &self.input,
            target: &self.target,
            in_process: &self.in_process,
            bundle: &self.bundle,
            select: &self.select,
            schedule: &self.schedule,
            keep: &self.keep,
            takeover: &self.takeover,
            output: &self.output,
            common: &self.common,
        }
    }
}

impl RunArgs<'_> {
    /// What the flags of a preview say that the manifest could have said.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            preserve_resources: self.keep.preserve_resources.then_some(true),
            api_url: load::api_url(self.target),
            ..self.schedule.overrides(None)
        }
    }
}
