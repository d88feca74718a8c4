//! The flags of `destroy`.

use super::flags::{
    CommonArgs, ConfirmArgs, ConflictArgs, InProcessArgs, InputArgs, MakeArgs, OutputArgs,
    ScheduleArgs, SelectArgs, TakeoverArgs, TargetArgs,
};
use crate::manifest::Overrides;
use clap::Args;
use clap::builder::BoolishValueParser;

#[derive(Debug, Args)]
pub(super) struct DestroyArgs {
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
    #[command(flatten)]
    pub(super) conflict: ConflictArgs,
    #[command(flatten)]
    pub(super) confirm: ConfirmArgs,
    /// Keep the resources of deleted projects in the account
    #[arg(long, env = "ORCHESTRATE_PRESERVE_RESOURCES", hide_env = true, value_parser = BoolishValueParser::new(), help_heading = "Safety")]
    pub(super) preserve_resources: bool,
    #[command(flatten)]
    pub(super) takeover: TakeoverArgs,
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
            ..self.schedule.overrides(Some(&self.conflict))
        }
    }
}
