//! Durations in scripts: `"30s"`, `"1m 30s"`, and, where it makes sense, `"ever"`.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(pub Duration);

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        humantime::parse_duration(&text).map(Self).map_err(|error| {
            format!("`{text}` is not a duration such as 500ms, 30s, or 5m: {error}")
        })
    }
}

impl From<Span> for String {
    fn from(Span(length): Span) -> Self {
        humantime::format_duration(length).to_string()
    }
}

/// A duration; `None` never ends: `"ever"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Until(pub Option<Duration>);

impl TryFrom<String> for Until {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "ever" => Ok(Self(None)),
            _ => Span::try_from(text).map(|Span(length)| Self(Some(length))),
        }
    }
}

impl From<Until> for String {
    fn from(Until(length): Until) -> Self {
        length.map_or_else(|| "ever".to_owned(), |length| Span(length).into())
    }
}
