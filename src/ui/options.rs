//! How a run is shown to people.

use super::style::{FailureOutput, Progress, StatusLevel};
use crate::model::Timestamp;

/// How much is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// `-q`: failures, warnings, outages, and the summary.
    Quiet,
    /// Progress and obstacles.
    #[default]
    Normal,
    /// `-v`: also deployment IDs, attempts, and causes.
    Verbose,
}

/// How a run is shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How progress is shown.
    pub progress: Progress,
    /// How much is printed.
    pub verbosity: Verbosity,
    /// Whether to use color.
    pub color: bool,
    /// `--output`: the summary lists every change.
    pub show_changes: bool,
    /// Which lines are printed during the run, if not those of the verbosity.
    pub status_level: Option<StatusLevel>,
    /// When the details of failures are printed.
    pub failure_output: FailureOutput,
    /// Where the lines during the run are shown folded.
    pub fold: Option<Fold>,
    /// The terminal shows nothing but ASCII.
    pub is_ascii: bool,
    /// The terminal shows progress outside of its text.
    pub has_taskbar: bool,
}

/// A log that folds parts of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// A group of GitHub Actions.
    GitHub,
    /// A collapsed section of GitLab.
    GitLab,
}

/// The title of the folded part.
const TITLE: &str = "Progress";

impl Fold {
    /// The line that begins the part.
    pub(super) fn begin(self, at: Timestamp) -> String {
        match self {
            Self::GitHub => format!("::group::{TITLE}"),
            Self::GitLab => {
                format!("{}[collapsed=true]\r\u{1b}[0K{TITLE}", section("start", at))
            }
        }
    }

    /// The line that ends it.
    pub(super) fn end(self, at: Timestamp) -> String {
        match self {
            Self::GitHub => "::endgroup::".to_owned(),
            Self::GitLab => format!("{}\r\u{1b}[0K", section("end", at)),
        }
    }
}

/// GitLab shows the seconds between both ends.
fn section(end: &str, at: Timestamp) -> String {
    format!("\u{1b}[0Ksection_{end}:{}:orchestrate", at.0 / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of GitLab's job logs.
    #[test]
    fn a_section_of_gitlab_is_as_documented() {
        let at = Timestamp(1_560_896_352_999);
        assert_eq!(
            Fold::GitLab.begin(at),
            "\u{1b}[0Ksection_start:1560896352:orchestrate[collapsed=true]\r\u{1b}[0KProgress"
        );
        assert_eq!(
            Fold::GitLab.end(at),
            "\u{1b}[0Ksection_end:1560896352:orchestrate\r\u{1b}[0K"
        );
    }
}
