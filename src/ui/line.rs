//! A line of output and its level.

use super::paint::Style;

/// The level of a line, which determines with which options it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// For `-v`.
    Detail,
    /// A step that the bar shows.
    Step,
    /// Something ended.
    News,
    /// An obstacle.
    Trouble,
    /// A failure, a warning, or an outage; shown even with `-q`.
    Alarm,
    /// The response to a signal; always shown.
    Answer,
}

/// A line of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) level: Level,
    /// The symbol in front.
    pub(super) mark: char,
    pub(super) style: Style,
    /// Its text, sanitized when it is written.
    pub(super) says: String,
    /// The maximum number of lines, if the summary has the full text.
    pub(super) most: usize,
}

impl Line {
    pub(super) fn new(level: Level, mark: char, style: Style, says: impl Into<String>) -> Self {
        Self {
            level,
            mark,
            style,
            says: says.into(),
            most: usize::MAX,
        }
    }

    pub(super) fn step(says: impl Into<String>) -> Self {
        Self::new(Level::Step, ' ', Style::Dim, says)
    }

    pub(super) fn detail(says: impl Into<String>) -> Self {
        Self::new(Level::Detail, ' ', Style::Dim, says)
    }

    pub(super) fn news(says: impl Into<String>) -> Self {
        Self::new(Level::News, ' ', Style::Plain, says)
    }

    pub(super) fn answer(says: impl Into<String>) -> Self {
        Self::new(Level::Answer, '!', Style::Warn, says)
    }

    pub(super) fn trouble(says: impl Into<String>) -> Self {
        Self::new(Level::Trouble, '!', Style::Warn, says)
    }
}
