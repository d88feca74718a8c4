//! The flags that `deploy` and `preview` share, and how they override the manifest.

use super::flags::{
    BundleArgs, CommonArgs, InputArgs, KeepArgs, OutputArgs, ScheduleArgs, SelectArgs,
    TakeoverArgs, TargetArgs,
};
use super::load;
use crate::manifest::Overrides;

/// The flags that `deploy` and `preview` share.
#[derive(Clone, Copy)]
pub(super) struct RunArgs<'a> {
    pub(super) input: &'a InputArgs,
    pub(super) target: &'a TargetArgs,
    pub(super) bundle: &'a BundleArgs,
    pub(super) select: &'a SelectArgs,
    pub(super) schedule: &'a ScheduleArgs,
    pub(super) keep: &'a KeepArgs,
    pub(super) takeover: &'a TakeoverArgs,
    pub(super) output: &'a OutputArgs,
    pub(super) common: &'a CommonArgs,
}

impl RunArgs<'_> {
    /// How the flags of a preview override the manifest.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            preserve_resources: self.keep.preserve_resources.then_some(true),
            api_url: load::api_url(self.target),
            ..self.schedule.overrides(None)
        }
    }
}
