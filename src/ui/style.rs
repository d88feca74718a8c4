//! How output is displayed: color, width, and whether lines can be redrawn.
//!
//! The rules are pure functions of [`Facts`]; only [`Facts::of`] reads the environment.

use crate::model::named;
use std::io::IsTerminal;
use std::os::fd::AsFd;

named! {
    /// `--color`.
    #[derive(Default)]
    pub enum ColorChoice {
        /// On a terminal, unless the environment disables it.
        #[default]
        Auto = "auto",
        /// Always.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

named! {
    /// `--progress`.
    #[derive(Default)]
    pub enum ProgressChoice {
        /// A bar on a terminal, lines elsewhere.
        #[default]
        Auto = "auto",
        /// A block at the bottom of the terminal, redrawn in place.
        Bar = "bar",
        /// A line for every step.
        Lines = "lines",
        /// The summary only.
        None = "none",
    }
}

named! {
    /// `--status-level`.
    pub enum StatusLevel {
        /// No lines during the run.
        None = "none",
        /// Failures, warnings, and outages.
        Fail = "fail",
        /// Also obstacles, such as retries and conflicts.
        Retry = "retry",
        /// Also projects that succeeded.
        Pass = "pass",
        /// Also every step.
        All = "all",
    }
}

named! {
    /// `--failure-output`: when the details of a failure are printed.
    #[derive(Default)]
    pub enum FailureOutput {
        /// When the project ends.
        Immediate = "immediate",
        /// At the end of the run.
        #[default]
        Final = "final",
        /// Both.
        Both = "both",
        /// Not at all.
        Never = "never",
    }
}

/// How progress is shown: a resolved [`ProgressChoice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A block at the bottom of the terminal, redrawn in place.
    Bar,
    /// A line for every step.
    Lines,
    /// The summary only.
    None,
}

/// The size of a terminal in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns, at least 1.
    pub columns: usize,
    /// Rows, at least 1.
    pub rows: usize,
}

/// Facts about the output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether it is a terminal.
    pub is_terminal: bool,
    /// The terminal's size, if known.
    pub terminal_size: Option<Size>,
    /// `TERM`.
    pub term: Option<String>,
    /// `NO_COLOR`.
    pub no_color: Option<String>,
    /// `CLICOLOR_FORCE`.
    pub clicolor_force: Option<String>,
    /// `COLUMNS`.
    pub columns: Option<String>,
    /// `CI`.
    pub ci: Option<String>,
    /// The locale of text: the first of `LC_ALL`, `LC_CTYPE`, and `LANG` that is set.
    pub locale: Option<String>,
    /// Whether the terminal shows progress outside of its text, such as in the taskbar.
    pub has_taskbar: bool,
    /// A CI system that shows colors in its logs.
    pub log_has_color: bool,
}

/// Wider than any line.
const UNBROKEN: usize = 100_000;

impl Facts {
    /// The facts about this process's standard error, which receives text for people.
    pub fn of_stderr() -> Self {
        Self::of(&std::io::stderr())
    }

    /// The facts about this process's standard output.
    pub fn of_stdout() -> Self {
        Self::of(&std::io::stdout())
    }

    /// The facts about a stream of this process.
    fn of(stream: &(impl IsTerminal + AsFd)) -> Self {
        let var = |name| std::env::var(name).ok();
        Self {
            is_terminal: stream.is_terminal(),
            terminal_size: terminal_size::terminal_size_of(stream).map(|(width, height)| Size {
                columns: width.0.into(),
                rows: height.0.into(),
            }),
            term: var("TERM"),
            no_color: var("NO_COLOR"),
            clicolor_force: var("CLICOLOR_FORCE"),
            columns: var("COLUMNS"),
            ci: var("CI"),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"]
                .into_iter()
                .filter_map(var)
                .find(|value| !value.is_empty()),
            has_taskbar: anstyle_progress::supports_term_progress(stream.is_terminal()),
            log_has_color: ["GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE"]
                .iter()
                .any(|name| is_on(var(name).as_deref())),
        }
    }

    /// Whether to use color. The flag takes precedence, then `NO_COLOR`, then `CLICOLOR_FORCE`, then whether there is a terminal or a log
    /// that shows color.
    pub fn color(&self, choice: ColorChoice) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if is_set(self.no_color.as_deref()) => false,
            ColorChoice::Auto if is_on(self.clicolor_force.as_deref()) => true,
            ColorChoice::Auto => self.can_redraw() || self.log_has_color,
        }
    }

    /// How to show progress. A bar requires a terminal that can redraw; the fallback is lines.
    pub fn progress(&self, choice: ProgressChoice) -> Progress {
        let bar_or_lines = |bar: bool| if bar { Progress::Bar } else { Progress::Lines };
        match choice {
            ProgressChoice::None => Progress::None,
            ProgressChoice::Lines => Progress::Lines,
            ProgressChoice::Bar => bar_or_lines(self.can_redraw()),
            // Some CI systems emulate a terminal and log every redrawn line.
            ProgressChoice::Auto => bar_or_lines(self.can_redraw() && !is_on(self.ci.as_deref())),
        }
    }

    /// Whether the locale has no other characters. Without one, a terminal shows none, and a log may.
    pub fn is_ascii(&self) -> bool {
        let Some(locale) = self.locale.as_deref() else {
            return self.is_terminal;
        };
        let charset = locale.to_ascii_lowercase().replace('-', "");
        !charset.contains(".utf8")
    }

    /// The terminal's size, or `COLUMNS`, or 80 columns. Without a terminal, lines are not wrapped, so logs can be searched.
    pub fn size(&self) -> Size {
        let terminal = self.terminal_size.filter(|_| self.is_terminal);
        let rows = terminal.map_or(24, |size| size.rows).max(1);
        let named = || self.columns.as_deref()?.trim().parse().ok();
        let columns = terminal
            .map(|size| size.columns)
            .filter(|columns| *columns > 0)
            .or_else(|| named().filter(|columns| *columns > 0))
            .unwrap_or(if self.is_terminal { 80 } else { UNBROKEN });
        Size { columns, rows }
    }

    fn can_redraw(&self) -> bool {
        self.is_terminal && self.term.as_deref() != Some("dumb")
    }
}

/// The width of the terminal on standard output.
pub fn stdout_columns() -> usize {
    Facts::of_stdout().size().columns
}

/// The current size of the terminal on standard error: windows are resized.
pub fn stderr_size() -> Size {
    Facts::of_stderr().size()
}

fn is_set(variable: Option<&str>) -> bool {
    variable.is_some_and(|value| !value.is_empty())
}

fn is_on(variable: Option<&str>) -> bool {
    variable.is_some_and(|value| !["", "0", "false"].contains(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ci_log_that_shows_color_gets_it_unless_it_is_unwanted() {
        let mut facts = Facts {
            log_has_color: true,
            ..Facts::default()
        };
        assert!(facts.color(ColorChoice::Auto));
        assert!(!facts.color(ColorChoice::Never));
        facts.no_color = Some("1".into());
        assert!(!facts.color(ColorChoice::Auto));
    }

    fn terminal() -> Facts {
        Facts {
            is_terminal: true,
            terminal_size: Some(Size {
                columns: 100,
                rows: 30,
            }),
            term: Some("xterm-256color".into()),
            ..Facts::default()
        }
    }

    fn some(text: &str) -> Option<String> {
        Some(text.into())
    }

    #[test]
    fn color_is_for_terminals_unless_disabled_or_forced() {
        let pipe = Facts::default();
        let auto = |facts: &Facts| facts.color(ColorChoice::Auto);
        assert!(auto(&terminal()));
        assert!(!auto(&pipe));
        assert!(pipe.color(ColorChoice::Always));
        assert!(!terminal().color(ColorChoice::Never));

        let quiet = Facts {
            no_color: some("1"),
            clicolor_force: some("1"),
            ..terminal()
        };
        assert!(!auto(&quiet), "NO_COLOR beats CLICOLOR_FORCE");
        assert!(quiet.color(ColorChoice::Always), "the flag beats NO_COLOR");
        let empty = Facts {
            no_color: some(""),
            ..terminal()
        };
        assert!(auto(&empty), "an empty NO_COLOR is ignored");

        for (value, expected) in [("1", true), ("0", false), ("", false)] {
            let forced = Facts {
                clicolor_force: some(value),
                ..Facts::default()
            };
            assert_eq!(auto(&forced), expected, "CLICOLOR_FORCE={value}");
        }
        let dumb = Facts {
            term: some("dumb"),
            ..terminal()
        };
        assert!(!auto(&dumb));
    }

    #[test]
    fn a_terminal_whose_locale_is_not_utf_8_gets_ascii() {
        let on = |locale| Facts {
            locale,
            ..terminal()
        };
        for (locale, is_ascii) in [
            (some("en_US.UTF-8"), false),
            (some("C.utf8"), false),
            (some("ja_JP.eucJP"), true),
            (some("C"), true),
            (None, true),
        ] {
            assert_eq!(on(locale.clone()).is_ascii(), is_ascii, "{locale:?}");
        }
        assert!(!Facts::default().is_ascii(), "a log is UTF-8");
        let log = |locale| Facts {
            locale: some(locale),
            ..Facts::default()
        };
        assert!(log("C").is_ascii(), "unless its locale is not");
        assert!(!log("C.UTF-8").is_ascii());
    }

    #[test]
    fn the_bar_requires_a_terminal_that_can_redraw() {
        let dumb = Facts {
            term: some("dumb"),
            ..terminal()
        };
        let ci = Facts {
            ci: some("true"),
            ..terminal()
        };
        use ProgressChoice as C;
        for (facts, choice, expected) in [
            (&terminal(), C::Auto, Progress::Bar),
            (&terminal(), C::Bar, Progress::Bar),
            (&terminal(), C::Lines, Progress::Lines),
            (&terminal(), C::None, Progress::None),
            (&Facts::default(), C::Auto, Progress::Lines),
            (&Facts::default(), C::Bar, Progress::Lines),
            (&Facts::default(), C::None, Progress::None),
            (&dumb, C::Auto, Progress::Lines),
            (&dumb, C::Bar, Progress::Lines),
            (&ci, C::Auto, Progress::Lines),
            (&ci, C::Bar, Progress::Bar),
        ] {
            assert_eq!(facts.progress(choice), expected, "{facts:?} {choice:?}");
        }
    }

    #[test]
    fn the_width_is_the_terminals_then_columns_then_80_and_unlimited_without_a_terminal() {
        let width = |facts: &Facts| facts.size().columns;
        assert_eq!(width(&terminal()), 100);
        assert_eq!(width(&Facts::default()), UNBROKEN);
        let sizeless = Facts {
            terminal_size: None,
            ..terminal()
        };
        assert_eq!(width(&sizeless), 80);
        let named = |columns| Facts {
            columns: some(columns),
            ..Facts::default()
        };
        assert_eq!(width(&named("132")), 132);
        assert_eq!(width(&named("0")), UNBROKEN);
        assert_eq!(width(&named("wide")), UNBROKEN);
        // A terminal without a size, as in some containers.
        let sizeless = Facts {
            terminal_size: Some(Size {
                columns: 0,
                rows: 0,
            }),
            columns: some("120"),
            ..terminal()
        };
        assert_eq!(
            sizeless.size(),
            Size {
                columns: 120,
                rows: 1
            }
        );
    }
}
