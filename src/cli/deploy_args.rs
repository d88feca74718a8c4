//! The flags of `deploy`.

use super::flags::{
    BundleArgs, CommonArgs, ConflictArgs, InProcessArgs, InputArgs, LookArgs, OutputArgs,
    SafetyArgs, ScheduleArgs, SelectArgs, TargetArgs,
};
use super::load;
use super::run_args::RunArgs;
use crate::manifest::Overrides;
use clap::Args;

#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.requires("preview")))]
#[command(mut_arg("detailed_exitcode", |detailed| detailed.requires("preview")))]
pub(super) struct DeployArgs {
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
    pub(super) conflict: ConflictArgs,
    #[command(flatten)]
    pub(super) safety: SafetyArgs,
    #[command(flatten)]
    pub(super) look: LookArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

impl DeployArgs {
    /// The flags that `deploy` and `preview` share.
    pub(super) fn run(&self) -> RunArgs<'_> {
        RunArgs {
            input: &self.input,
            target: &self.target,
            bundle: &self.bundle,
            select: &self.select,
            schedule: &self.schedule,
            keep: &self.safety.keep,
            takeover: &self.safety.takeover,
            output: &self.output,
            common: &self.common,
        }
    }

    /// How the flags override the manifest.
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
