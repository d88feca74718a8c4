//! The values that flags take, as clap reads them.

use crate::ui::{ColorChoice, ProgressChoice};
use clap::ValueEnum;
use std::time::Duration;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ListFormat {
    Table,
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ConflictChoice {
    Wait,
    Cancel,
    Fail,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum InterruptChoice {
    Drain,
    Cancel,
    Detach,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum ProgressArg {
    #[default]
    Auto,
    Bar,
    Lines,
    None,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum MessageFormat {
    #[default]
    Human,
    Json,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum ColorArg {
    #[default]
    Auto,
    Always,
    Never,
}

impl From<ProgressArg> for ProgressChoice {
    fn from(arg: ProgressArg) -> Self {
        match arg {
            ProgressArg::Auto => Self::Auto,
            ProgressArg::Bar => Self::Bar,
            ProgressArg::Lines => Self::Lines,
            ProgressArg::None => Self::None,
        }
    }
}

impl From<ColorArg> for ColorChoice {
    fn from(arg: ColorArg) -> Self {
        match arg {
            ColorArg::Auto => Self::Auto,
            ColorArg::Always => Self::Always,
            ColorArg::Never => Self::Never,
        }
    }
}

pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a whole number is wanted, at least 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

pub(super) fn some_time(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("no time at all".to_owned()),
        Ok(time) => Ok(time),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn time_scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(time_scale) if time_scale.is_finite() && time_scale > 0.0 => Ok(time_scale),
        _ => Err("a number greater than 0 is wanted, such as 0.5".to_owned()),
    }
}

/// What `--affected` compares HEAD with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Since {
    DefaultBranch,
    Reference(String),
}

/// What stands for it where `--affected` has no value, and in its variable, which cannot be without one.
pub(super) const DEFAULT_BRANCH: &str = "true";

pub(super) fn since(text: &str) -> Result<Since, String> {
    Ok(match text.trim() {
        "" => return Err("a commit, branch or tag is wanted".to_owned()),
        "true" | "yes" | "on" | "1" => Since::DefaultBranch,
        reference => Since::Reference(reference.to_owned()),
    })
}
