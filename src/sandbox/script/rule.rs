//! One rule: which requests meet which fault. Whether one does depends only on its number, counted per account, project,
//! and kind of request: the order in which projects are deployed does not matter.

use super::fault::Fault;
use super::span::Span;
use globset::{Glob, GlobMatcher};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

/// The kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `POST /v1/projects/deploy`.
    Deploy,
    /// A deployment or deletion with `dryRun=true`.
    DryRun,
    /// `GET …/events`.
    Events,
    /// `GET …/completion`.
    Completion,
    /// `POST …/cancel`.
    Cancel,
    /// `GET …/deployments/{id}`.
    Get,
    /// `DELETE /v1/projects/{logicalId}`.
    Delete,
    /// Not about a deployment or deletion: the list of projects, accounts, runtimes, uploads, …
    Other,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Deploy,
        Self::DryRun,
        Self::Events,
        Self::Completion,
        Self::Cancel,
        Self::Get,
        Self::Delete,
        Self::Other,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// One request. The order is that of listings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) struct RequestContext {
    /// Empty if the request names none.
    pub(in crate::sandbox) account: String,
    /// The logical id; `None` if the request is not about a project.
    pub(in crate::sandbox) project: Option<String>,
    pub(in crate::sandbox) kind: Kind,
}

/// A fault, and which requests meet it. The kinds of requests are not empty, and fit the fault.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "Table")]
pub(in crate::sandbox) struct Rule(pub(super) Table);

/// A rule as written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename = "rule", deny_unknown_fields)]
pub(in crate::sandbox) struct Table {
    /// The projects, by logical id; without it, any request, including those that are not about a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<Pattern>,
    #[serde(default)]
    on: OneOrMore,
    /// How many requests are handled normally first.
    #[serde(default)]
    after: u64,
    /// After those, the first of every so many requests is hit.
    #[serde(default = "one")]
    every: NonZeroU64,
    /// The maximum number of hits; unlimited if `None`.
    times: Option<NonZeroU64>,
    /// Applies from this time on, counted from the first request.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Span>,
    /// Applies until this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Span>,
    /// How long the reply is delayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delay: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fault: Option<Fault>,
}

fn one() -> NonZeroU64 {
    NonZeroU64::MIN
}

impl Rule {
    /// Whether this request can meet the fault at all.
    pub(super) fn concerns(&self, context: &RequestContext) -> bool {
        self.0.on.0.contains(&context.kind)
            && match (&self.0.project, &context.project) {
                (None, _) => true,
                (Some(pattern), Some(project)) => pattern.0.is_match(project),
                (Some(_), None) => false,
            }
    }

    /// Whether it applies at this time since the first request.
    pub(super) fn is_active(&self, elapsed: Duration) -> bool {
        self.0.from.is_none_or(|from| from.0 <= elapsed)
            && self.0.until.is_none_or(|until| elapsed < until.0)
    }

    /// Whether the `nth` such request, counted from 1, meets it.
    pub(super) fn hits(&self, nth: u64) -> bool {
        let Some(beyond) = nth.checked_sub(self.0.after.saturating_add(1)) else {
            return false;
        };
        let every = self.0.every.get();
        let earlier = beyond / every;
        beyond % every == 0 && self.0.times.is_none_or(|times| earlier < times.get())
    }

    /// How often it hits after the first `n` such requests; `None` if unlimited.
    pub(super) fn left(&self, n: u64) -> Option<u64> {
        let hits = n.saturating_sub(self.0.after).div_ceil(self.0.every.get());
        self.0.times.map(|times| times.get().saturating_sub(hits))
    }
}

impl TryFrom<Table> for Rule {
    type Error = String;

    fn try_from(mut table: Table) -> Result<Self, String> {
        let fits: &[Kind] = match &table.fault {
            Some(fault) => {
                fault.check()?;
                fault.kinds()
            }
            None if table.delay.is_some() => &Kind::ALL,
            None => return Err("a rule requires a `fault` or a `delay`".to_owned()),
        };
        let on = &mut table.on.0;
        if on.is_empty() {
            on.extend(fits);
        }
        if let Some(stranger) = on.iter().find(|kind| !fits.contains(kind)) {
            let fits: Vec<_> = fits.iter().map(|kind| format!("`{kind}`")).collect();
            let fits = fits.join(" or ");
            return Err(format!(
                "this fault does not apply to `{stranger}` requests, only to {fits}"
            ));
        }
        Ok(Self(table))
    }
}

/// Logical ids with wildcards; `*` matches `/` too.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
struct Pattern(GlobMatcher);

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let glob = Glob::new(&text).map_err(|error| error.to_string())?;
        Ok(Self(glob.compile_matcher()))
    }
}

impl From<Pattern> for String {
    fn from(Pattern(matcher): Pattern) -> Self {
        matcher.glob().glob().to_owned()
    }
}

/// One kind, or a list of kinds.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::sandbox) struct OneOrMore(pub(super) Vec<Kind>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = OneOrMore;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a kind of request or a list of kinds")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<OneOrMore, E> {
                let name = serde::de::value::StrDeserializer::new(text);
                Kind::deserialize(name).map(|kind| OneOrMore(vec![kind]))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                seq: A,
            ) -> Result<OneOrMore, A::Error> {
                let list = serde::de::value::SeqAccessDeserializer::new(seq);
                Vec::deserialize(list).map(OneOrMore)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
