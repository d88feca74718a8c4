//! Colors, and how to omit them.

use super::text;
use crate::model::ProjectResult;
use crate::words;
use anstyle::AnsiColor;

/// The meaning of a piece of text, which determines its color.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Style {
    #[default]
    Plain,
    /// Secondary: times, steps.
    Dim,
    Strong,
    Good,
    /// A handled obstacle.
    Warn,
    Bad,
    /// Progress.
    Busy,
}

impl Style {
    fn ansi(self) -> anstyle::Style {
        match self {
            Self::Plain => anstyle::Style::new(),
            Self::Dim => anstyle::Style::new().dimmed(),
            Self::Strong => anstyle::Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warn => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Busy => AnsiColor::Cyan.on_default(),
        }
    }
}

/// The symbol of a result and its color.
pub(super) fn mark(result: ProjectResult) -> (char, Style) {
    let mark = words::mark(result);
    let style = match mark {
        '✓' => Style::Good,
        '○' => Style::Dim,
        '!' => Style::Warn,
        _ => Style::Bad,
    };
    (mark, style)
}

/// Colors text, or returns it unchanged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    /// Whether to use color.
    pub(super) on: bool,
}

impl Paint {
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        if !self.on || style == Style::Plain || text.is_empty() {
            return text.into();
        }
        let ansi = style.ansi();
        format!("{ansi}{text}{ansi:#}")
    }

    /// Joins pieces and truncates the line to this width.
    pub(super) fn fit(self, pieces: &[(Style, String)], columns: usize) -> String {
        let mut left = columns;
        let mut line = String::new();
        for (style, piece) in pieces {
            let shown = text::cut(piece, left);
            left -= text::width(&shown);
            line.push_str(&self.paint(*style, &shown));
            if shown != *piece {
                break;
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_color_text_is_unchanged() {
        assert_eq!(Paint { on: false }.paint(Style::Bad, "x"), "x");
        assert_eq!(
            Paint { on: true }.paint(Style::Good, "x"),
            "\u{1b}[32mx\u{1b}[0m"
        );
    }

    #[test]
    fn pieces_are_truncated_at_the_end_of_the_line() {
        let pieces = [(Style::Good, "one ".into()), (Style::Plain, "two".into())];
        let fit = |columns| Paint { on: false }.fit(&pieces, columns);
        assert_eq!(fit(7), "one two");
        assert_eq!(fit(6), "one t…");
        assert_eq!(fit(4), "one ");
        assert_eq!(fit(2), "o…");
        assert_eq!(fit(0), "");
    }
}
