//! The values of flags, and their parsers.

use crate::model::{BundlerKind, OnConflict, OnInterrupt};
use crate::ui::{ColorChoice, FailureOutput, ProgressChoice, StatusLevel};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use std::num::{IntErrorKind, NonZeroUsize, ParseIntError};
use std::str::FromStr;
use std::time::Duration;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ListFormat {
    Table,
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum GraphFormat {
    Tree,
    Dot,
    Mermaid,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum SchemaOf {
    Manifest,
    /// A line of --message-format json
    Events,
    /// The report as JSON
    Report,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum IfRunning {
    #[default]
    Wait,
    Fail,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum InCi {
    /// If the environment says that it runs the command.
    #[default]
    Auto,
    Off,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum MessageFormat {
    #[default]
    Human,
    Json,
}

/// The values of types that lower layers define, by their names.
macro_rules! values {
    ($($type:ty),*) => {
        $(impl ValueEnum for $type {
            fn value_variants<'a>() -> &'a [Self] {
                Self::ALL
            }

            fn to_possible_value(&self) -> Option<PossibleValue> {
                Some(PossibleValue::new(self.as_str()))
            }
        })*
    };
}
values!(
    OnConflict,
    OnInterrupt,
    ProgressChoice,
    ColorChoice,
    StatusLevel,
    FailureOutput,
    BundlerKind
);

pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().map(NonZeroUsize::get);
    number.map_err(|error| number_error(&error, "expected a whole number of at least 1"))
}

pub(super) fn whole_number<N>(text: &str) -> Result<N, String>
where
    N: FromStr<Err = ParseIntError>,
{
    text.parse()
        .map_err(|error| number_error(&error, "expected a whole number, 0 or more"))
}

fn number_error(error: &ParseIntError, expected: &str) -> String {
    match error.kind() {
        IntErrorKind::PosOverflow => "the number is too large".to_owned(),
        _ => expected.to_owned(),
    }
}

pub(super) fn port(text: &str) -> Result<u16, String> {
    let port = text.parse();
    port.map_err(|_| "expected a whole number from 0 to 65535".to_owned())
}

pub(super) fn some_time(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("must be longer than zero".to_owned()),
        time => Ok(time),
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text);
    time.map_err(|_| "expected a duration such as 30s or 15m".to_owned())
}

pub(super) fn time_scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(time_scale) if time_scale.is_finite() && time_scale > 0.0 => Ok(time_scale),
        _ => Err("expected a number greater than 0, such as 0.5".to_owned()),
    }
}

/// What `--affected` compares HEAD with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Since {
    DefaultBranch,
    Reference(String),
}

/// The value of `--affected` without a value, and of its variable, which needs one.
pub(super) const DEFAULT_BRANCH: &str = "true";

pub(super) fn since(text: &str) -> Result<Since, String> {
    Ok(match text.trim() {
        "" => return Err("expected a commit, branch, or tag".to_owned()),
        "true" | "yes" | "on" | "1" => Since::DefaultBranch,
        reference => Since::Reference(reference.to_owned()),
    })
}
