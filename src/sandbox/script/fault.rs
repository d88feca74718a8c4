//! Everything that can go wrong, by the names that scripts use. `docs/sandbox.md` explains each with an example.

use super::asked::Kind;
use super::span::{Span, Until};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// One thing that goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    // Before the request is looked at: nothing happens in the sandbox.
    /// An answer with this status code.
    Status(StatusFault),
    /// A 200 with an HTML page.
    Html,
    /// The connection is closed.
    Close,
    /// The connection is reset.
    Reset,
    /// No reply ever comes.
    Hang,
    /// A 409 that helps nobody.
    Conflict(ConflictFault),

    // The request is served, and its reply damaged.
    /// Nothing of the reply arrives.
    Lose(Break),
    /// The reply breaks off in its first bytes, those of the status line and the headers included.
    CutHead {
        /// Bytes that arrive.
        bytes: usize,
        /// How it breaks off.
        #[serde(default)]
        then: Break,
    },
    /// The reply breaks off in its body.
    Cut {
        /// Frames of an event stream that arrive.
        #[serde(default)]
        frames: usize,
        /// Bytes that arrive after those.
        #[serde(default)]
        bytes: usize,
        /// How it breaks off.
        #[serde(default)]
        then: Then,
    },

    // The event stream is served, and written in another way.
    /// Each frame arrives in two parts, cut in the middle of a character.
    SplitCharacter,
    /// Each frame arrives in two parts.
    SplitFrame,
    /// Lines end with CR LF.
    Crlf,
    /// Lines end with CR.
    Cr,
    /// A byte order mark comes first.
    Bom,
    /// The data of each frame is spread over several lines.
    DataLines,
    /// Nothing ever comes but keep-alives.
    KeepAlives,
    /// Before each frame comes what no client can use.
    Garbage,
    /// Progress goes backwards.
    Backwards,
    /// The stream reports this error, and ends.
    ErrorFrame(String),
    /// The last frame is not what it should be.
    Complete(CompleteFault),

    // The request is served, and its deployment takes another course.
    /// It ends FAILED.
    Fail(FailFault),
    /// It stops making progress.
    Stall(StallFault),
    /// A newer deployment of somebody else cancels it and holds the project.
    Takeover {
        /// Percent at which that happens.
        #[serde(default = "half")]
        at: u32,
        /// How long the newer one holds the project.
        r#for: Until,
    },
    /// A deployment of somebody else is in the way: it begins just before.
    Blocker(BlockerFault),
}

/// An answer with a status code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StatusFault {
    /// From 200 to 599.
    pub code: u16,
    /// As it is sent; without it, an error in the shape of the API.
    pub body: Option<String>,
    /// JSON unless said otherwise.
    pub content_type: Option<String>,
    /// Seconds, or a date.
    #[serde(default, deserialize_with = "text_or_number")]
    pub retry_after: Option<String>,
}

/// A conflict that nobody can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictFault {
    /// It names a deployment that is not found.
    Unknown,
    /// It names none.
    Unnamed,
}

/// How a connection breaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Break {
    /// It is closed.
    #[default]
    Close,
    /// It is reset.
    Reset,
    /// It stays open, and nothing more is ever sent on it.
    Hang,
}

/// What follows the last bytes of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The reply ends as HTTP wants it.
    End,
    /// The connection is closed in the middle of the reply.
    #[default]
    Close,
    /// The connection is reset in the middle of the reply.
    Reset,
    /// Nothing more is ever sent.
    Hang,
}

/// What is wrong with the last frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CompleteFault {
    /// It does not come; the stream ends.
    Missing,
    /// It is a success without a result.
    NullResult,
    /// It is that of another deployment.
    ForeignId,
    /// It is no JSON.
    Garbled,
}

/// A deployment that fails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FailFault {
    /// Percent at which it fails.
    #[serde(default = "half")]
    pub at: u32,
    /// The machine's word for it.
    #[serde(default = "internal_error")]
    pub code: String,
    /// The reason for people.
    #[serde(default = "failed")]
    pub message: String,
}

/// A deployment whose worker died.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StallFault {
    /// Percent at which it stops.
    #[serde(default = "half")]
    pub at: u32,
    /// After this long the API notices, and calls it FAILED.
    #[serde(default = "never")]
    pub reaped_after: Until,
    /// What comes of asking it to stop.
    #[serde(default)]
    pub on_cancel: OnCancel,
}

/// Somebody else's deployment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BlockerFault {
    /// How long it runs.
    pub r#for: Until,
    /// How it ends when nobody interferes.
    #[serde(default)]
    pub end: BlockerEnd,
    /// What comes of asking it to stop.
    #[serde(default)]
    pub on_cancel: OnCancel,
}

/// How somebody else's deployment ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockerEnd {
    /// SUCCEEDED.
    #[default]
    Succeed,
    /// FAILED.
    Fail,
    /// It is no longer found.
    Vanish,
}

/// What comes of asking a deployment to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnCancel {
    /// It stops after the usual 0.2 s.
    #[default]
    Obey,
    /// The API says 403.
    Refuse,
    /// The API says yes, and it goes on.
    Ignore,
    /// It stops after this long.
    After(Span),
}

impl Fault {
    /// The requests that can meet it.
    #[must_use]
    pub fn kinds(&self) -> &'static [Kind] {
        match self {
            Self::Status(_)
            | Self::Html
            | Self::Close
            | Self::Reset
            | Self::Hang
            | Self::Lose(_)
            | Self::CutHead { .. }
            | Self::Cut { .. } => &Kind::ALL,
            Self::SplitCharacter
            | Self::SplitFrame
            | Self::Crlf
            | Self::Cr
            | Self::Bom
            | Self::DataLines
            | Self::KeepAlives
            | Self::Garbage
            | Self::Backwards
            | Self::ErrorFrame(_)
            | Self::Complete(_) => &[Kind::Events],
            Self::Conflict(_)
            | Self::Fail(_)
            | Self::Stall(_)
            | Self::Takeover { .. }
            | Self::Blocker(_) => &[Kind::Deploy, Kind::Delete],
        }
    }

    /// What is wrong with its numbers, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Status(status) if !(200..600).contains(&status.code) => Err(format!(
                "status code {} is not between 200 and 599",
                status.code
            )),
            Self::Fail(FailFault { at, .. })
            | Self::Stall(StallFault { at, .. })
            | Self::Takeover { at, .. }
                if *at > 99 =>
            {
                Err(format!("`at = {at}` is not a percentage below 100"))
            }
            _ => Ok(()),
        }
    }
}

fn half() -> u32 {
    50
}

fn never() -> Until {
    Until::Never
}

fn internal_error() -> String {
    "INTERNAL_ERROR".to_owned()
}

fn failed() -> String {
    "The deployment failed, as a script of faults says.".to_owned()
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct Seen;
    impl Visitor<'_> for Seen {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("seconds or a date")
        }

        fn visit_str<E>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }

        fn visit_u64<E>(self, seconds: u64) -> Result<String, E> {
            Ok(seconds.to_string())
        }

        fn visit_i64<E: Error>(self, seconds: i64) -> Result<String, E> {
            let seconds = u64::try_from(seconds);
            let seconds = seconds.map_err(|_| E::custom("seconds cannot be negative"))?;
            self.visit_u64(seconds)
        }
    }
    deserializer.deserialize_any(Seen).map(Some)
}
