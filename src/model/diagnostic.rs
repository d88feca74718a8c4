//! A mistake in the user's input and its location.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// One mistake. All mistakes of an input are collected and shown at once, before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, as a sentence without a period.
    pub what: String,
    /// Its location.
    pub place: Option<SourceSpan>,
    /// A short label next to the marked text.
    pub label: Option<String>,
    /// A related location and its label: the first of two equal names.
    pub also: Option<Related>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without a location.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            place: None,
            label: None,
            also: None,
            help: None,
        }
    }

    /// The same, at a location.
    #[must_use]
    pub fn at(mut self, place: SourceSpan) -> Self {
        self.place = Some(place);
        self
    }

    /// The same, with a label on the marked text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same, with a related location.
    #[must_use]
    pub fn also(mut self, place: SourceSpan, label: impl Into<String>) -> Self {
        let label = label.into();
        self.also = Some(Related { place, label });
        self
    }

    /// The same, with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A location that belongs to a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The location.
    pub place: SourceSpan,
    /// The label on the marked text.
    pub label: String,
}

/// A span of a text file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpan {
    /// The file as the user would name it.
    pub file: PathBuf,
    /// Its whole text, with secrets already redacted without changing offsets.
    pub text: Arc<str>,
    /// Byte offsets into `text`.
    pub span: Range<usize>,
}

impl SourceSpan {
    /// Line and column of the start, both from 1; columns count characters.
    pub fn line_column(&self) -> (usize, usize) {
        let before = self.text.get(..self.span.start).unwrap_or(&self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (line, before[start..].chars().count() + 1)
    }
}
