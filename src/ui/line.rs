//! A line of output and its level.

use super::paint::Tone;

/// The level of a line, which determines with which options it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// For `-v`.
    Detail,
    /// A step that the bar shows.
    Step,
    /// Something ended.
    News,
    /// An obstacle.
    Trouble,
    /// A failure; shown even with `-q`.
    Alarm,
    /// The response to a signal; always shown.
    Answer,
}

/// A line of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) weight: Weight,
    /// The symbol in front.
    pub(super) mark: char,
    pub(super) tone: Tone,
    /// Its text, sanitized when it is written.
    pub(super) says: String,
    /// Whether it may be truncated, because the summary has the full text.
    pub(super) cut: bool,
}

impl Line {
    pub(super) fn new(weight: Weight, mark: char, tone: Tone, says: impl Into<String>) -> Self {
        Self {
            weight,
            mark,
            tone,
            says: says.into(),
            cut: false,
        }
    }

    pub(super) fn step(says: impl Into<String>) -> Self {
        Self::new(Weight::Step, ' ', Tone::Dim, says)
    }

    pub(super) fn detail(says: impl Into<String>) -> Self {
        Self::new(Weight::Detail, ' ', Tone::Dim, says)
    }

    pub(super) fn trouble(says: impl Into<String>) -> Self {
        Self::new(Weight::Trouble, '!', Tone::Warn, says)
    }
}
