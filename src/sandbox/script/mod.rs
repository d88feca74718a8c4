//! Scripts of faults: what a script contains, and which request meets which fault. Pure: `http` performs the faults, and
//! the time is passed in.

mod fault;
mod limit;
mod random;
mod rule;
mod runner;
mod span;
#[cfg(test)]
mod tests;
pub use fault::{
    BlockerEnd, BlockerFault, Break, CompleteFault, ConflictFault, FailFault, Fault, OnCancel,
    StatusFault, Then,
};
pub use rule::Kind;
pub use span::{Span, Until};

pub(super) use rule::RequestContext;
pub(super) use runner::{Decision, ScriptRunner};

use limit::RateLimit;
use random::Random;
use rule::Rule;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Which requests meet which faults. Parsed from TOML with [`str::parse`]; `docs/sandbox.md` describes it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate_limit: Option<RateLimit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    random: Option<Random>,
    /// The first matching rule decides.
    #[serde(default, rename = "rule")]
    rules: Vec<Rule>,
}

impl FromStr for Script {
    /// Why a script is invalid, and where.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
    }
}
