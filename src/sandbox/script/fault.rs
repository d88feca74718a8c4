//! The faults, by the names that scripts use. `docs/sandbox.md` explains each with an example.

use super::rule::Kind;
use super::span::{Span, Until};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One fault of one request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    // Instead of handling the request: the sandbox's state does not change.
    /// An answer with this status code.
    Status(StatusFault),
    /// A 200 with an HTML page.
    Html,
    /// The connection is closed.
    Close,
    /// The connection is reset.
    Reset,
    /// There is never a reply.
    Hang,
    /// A 409 without a usable blocker.
    Conflict(ConflictFault),

    // The request is handled, and its reply damaged.
    /// Nothing of the reply arrives.
    Lose(Break),
    /// The reply is truncated in its first bytes, which include the status line and the headers.
    CutHead {
        /// Bytes that arrive.
        bytes: usize,
        /// How the connection breaks.
        #[serde(default)]
        then: Break,
    },
    /// The reply is truncated in its body.
    Cut {
        /// Frames of an event stream that arrive.
        #[serde(default)]
        frames: usize,
        /// Bytes that arrive after those frames.
        #[serde(default)]
        bytes: usize,
        /// How the reply ends.
        #[serde(default)]
        then: Then,
    },

    // The event stream is rewritten.
    /// Each frame arrives in two parts, split within a character.
    SplitCharacter,
    /// Each frame arrives in two parts.
    SplitFrame,
    /// Lines end with CR LF.
    Crlf,
    /// Lines end with CR.
    Cr,
    /// A byte order mark comes first.
    Bom,
    /// The data of each frame is split into several lines.
    DataLines,
    /// Only keep-alives arrive.
    KeepAlives,
    /// Each frame is preceded by data that is useless to clients.
    Garbage,
    /// Progress goes backwards.
    Backwards,
    /// The stream reports this error and ends.
    ErrorFrame(String),
    /// The last frame is wrong.
    Complete(CompleteFault),

    // The deployment takes another course.
    /// It ends FAILED.
    Fail(FailFault),
    /// It stops making progress.
    Stall(StallFault),
    /// Another client's newer deployment cancels it and holds the project.
    Takeover {
        /// The percentage at which that happens.
        #[serde(default = "half")]
        at: u32,
        /// How long the newer one holds the project.
        r#for: Until,
    },
    /// Another client's deployment starts just before and blocks this one.
    Blocker(BlockerFault),
}

/// An answer with a status code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StatusFault {
    /// From 200 to 599.
    pub code: u16,
    /// The body; by default, an error in the API's format.
    pub body: Option<String>,
    /// JSON by default.
    pub content_type: Option<String>,
    /// Seconds or a date.
    pub retry_after: Option<RetryAfter>,
}

/// The value of `Retry-After`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "expected seconds or a date")]
pub enum RetryAfter {
    /// Seconds.
    Seconds(u64),
    /// A date, or anything else.
    Text(String),
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => seconds.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A conflict that cannot be awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictFault {
    /// It names a deployment that does not exist.
    Unknown,
    /// It names no deployment.
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
    /// It stays open, and nothing more is sent.
    Hang,
}

/// What follows the last bytes of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The reply ends properly.
    End,
    /// The connection is closed in the middle of the reply.
    #[default]
    Close,
    /// The connection is reset in the middle of the reply.
    Reset,
    /// Nothing more is sent.
    Hang,
}

/// What is wrong with the last frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CompleteFault {
    /// It is missing; the stream ends.
    Missing,
    /// It reports success without a result.
    NullResult,
    /// It is about another deployment.
    ForeignId,
    /// It is not JSON.
    Garbled,
}

/// A deployment that fails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FailFault {
    /// The percentage at which it fails.
    #[serde(default = "half")]
    pub at: u32,
    /// The error code.
    #[serde(default = "internal_error")]
    pub code: String,
    /// The error message.
    #[serde(default = "failed")]
    pub message: String,
}

/// A deployment whose worker dies.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StallFault {
    /// The percentage at which it stops.
    #[serde(default = "half")]
    pub at: u32,
    /// How long until the API notices and reports FAILED.
    #[serde(default = "never")]
    pub reaped_after: Until,
    /// How it reacts to a cancel.
    #[serde(default)]
    pub on_cancel: OnCancel,
}

/// Another client's deployment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BlockerFault {
    /// How long it runs.
    pub r#for: Until,
    /// How it ends on its own.
    #[serde(default)]
    pub end: BlockerEnd,
    /// How it reacts to a cancel.
    #[serde(default)]
    pub on_cancel: OnCancel,
}

/// How another client's deployment ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockerEnd {
    /// SUCCEEDED.
    #[default]
    Succeed,
    /// FAILED.
    Fail,
    /// It no longer exists.
    Vanish,
}

/// How a deployment reacts to a cancel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnCancel {
    /// It stops after the usual 0.2 s.
    #[default]
    Obey,
    /// The API answers 403.
    Refuse,
    /// The API accepts the cancel, and the deployment continues.
    Ignore,
    /// It stops after this long.
    After(Span),
}

impl Fault {
    /// An error with this status code.
    pub(super) fn status(code: u16, retry_after: Option<u64>) -> Self {
        Self::Status(StatusFault {
            code,
            body: None,
            content_type: None,
            retry_after: retry_after.map(RetryAfter::Seconds),
        })
    }

    /// The kinds of requests that the fault applies to.
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

    /// Validates its numbers.
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
    Until(None)
}

fn internal_error() -> String {
    "INTERNAL_ERROR".to_owned()
}

fn failed() -> String {
    "The script failed this deployment.".to_owned()
}
