//! A mistake in the user's input, and where it stands.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// One mistake. All mistakes of an input are collected and shown at once, before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, as one sentence without a full stop.
    pub what: String,
    /// Where it stands.
    pub place: Option<Place>,
    /// A word or two to stand beside the marked text.
    pub label: Option<String>,
    /// A second place that matters, with its label: the first of two equal names.
    pub also: Option<(Place, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// A problem that stands nowhere in particular.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            place: None,
            label: None,
            also: None,
            help: None,
        }
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same, with a label on the marked text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same, pointing at a second place.
    #[must_use]
    pub fn also(mut self, place: Place, label: impl Into<String>) -> Self {
        self.also = Some((place, label.into()));
        self
    }

    /// The same, with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A piece of a text file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the user would name it.
    pub file: PathBuf,
    /// Its whole text, with secrets already masked by characters of the same length.
    pub text: Arc<str>,
    /// Byte offsets into `text`.
    pub span: Range<usize>,
}

impl Place {
    /// Line and column of the start, both from 1; columns count characters.
    pub fn line_column(&self) -> (usize, usize) {
        let before = self.text.get(..self.span.start).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (line, before[start..].chars().count() + 1)
    }
}
