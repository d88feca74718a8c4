//! The flags of `preview`.

use super::flags::{
    BundleArgs, CommonArgs, InProcessArgs, InputArgs, KeepArgs, LookArgs, OutputArgs, ScheduleArgs,
    SelectArgs, TakeoverArgs, TargetArgs,
};
use super::run_args::RunArgs;
use clap::Args;

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
    #[command(flatten)]
    pub(super) look: LookArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

impl PreviewArgs {
    /// The flags that `deploy` and `preview` share.
    pub(super) fn run(&self) -> RunArgs<'_> {
        RunArgs {
            input: &self.input,
            target: &self.target,
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
