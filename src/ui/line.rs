//! A line that tells something, and how much that matters.

use super::paint::Tone;

/// How much a line matters, and so who gets to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// For `-v`.
    Detail,
    /// What the bar shows anyway.
    Step,
    /// Something ended.
    News,
    /// Something stands in the way.
    Trouble,
    /// Something went wrong; shown even with `-q`.
    Alarm,
    /// A signal came: whoever sent it waits for an answer.
    Answer,
}

/// A line to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) weight: Weight,
    /// The sign in front.
    pub(super) mark: char,
    pub(super) tone: Tone,
    /// What it says; made harmless by whoever writes it.
    pub(super) says: String,
    /// Whether the end may be cut off, because the summary has it in full.
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
