//! How output looks where it goes: colour, width, and whether lines may be redrawn.
//!
//! The rules are pure functions of [`Facts`]; [`Facts::of_stderr`] is the one place that asks the real world.

use std::io::IsTerminal;

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Where somebody sees it and nobody asked for none.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// `--progress`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProgressChoice {
    /// A bar on a terminal, lines elsewhere.
    #[default]
    Auto,
    /// A block at the bottom of the terminal, redrawn in place.
    Bar,
    /// A line for every step.
    Lines,
    /// The summary only.
    None,
}

/// How progress is shown: [`ProgressChoice`] made definite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A block at the bottom of the terminal, redrawn in place.
    Bar,
    /// A line for every step.
    Lines,
    /// The summary only.
    None,
}

/// The room there is, in character cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns, at least 1.
    pub columns: usize,
    /// Rows, at least 1.
    pub rows: usize,
}

/// What is known about the place that text goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether it is a terminal.
    pub is_terminal: bool,
    /// The terminal's size, where it has one.
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
}

/// More columns than any line has.
const UNBROKEN: usize = 100_000;

impl Facts {
    /// The facts about this process's standard error, where human text goes.
    pub fn of_stderr() -> Self {
        let var = |name| std::env::var(name).ok();
        let stderr = std::io::stderr();
        Self {
            is_terminal: stderr.is_terminal(),
            terminal_size: terminal_size::terminal_size_of(&stderr).map(|(width, height)| Size {
                columns: width.0.into(),
                rows: height.0.into(),
            }),
            term: var("TERM"),
            no_color: var("NO_COLOR"),
            clicolor_force: var("CLICOLOR_FORCE"),
            columns: var("COLUMNS"),
            ci: var("CI"),
        }
    }

    /// Whether to colour. An explicit choice wins, then `NO_COLOR`, then `CLICOLOR_FORCE`, then what is there.
    pub fn color(&self, choice: ColorChoice) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if is_set(self.no_color.as_deref()) => false,
            ColorChoice::Auto if is_on(self.clicolor_force.as_deref()) => true,
            ColorChoice::Auto => self.can_redraw(),
        }
    }

    /// How to show progress. A bar needs a terminal that can be redrawn; without one there are lines.
    pub fn progress(&self, choice: ProgressChoice) -> Progress {
        let bar_or_lines = |bar: bool| if bar { Progress::Bar } else { Progress::Lines };
        match choice {
            ProgressChoice::None => Progress::None,
            ProgressChoice::Lines => Progress::Lines,
            ProgressChoice::Bar => bar_or_lines(self.can_redraw()),
            // Some CI systems pretend to be a terminal, and keep every redrawn line in the log.
            ProgressChoice::Auto => bar_or_lines(self.can_redraw() && !is_on(self.ci.as_deref())),
        }
    }

    /// The terminal's size; else `COLUMNS`; else 80 columns. Where there is no terminal, lines are not broken: what shows
    /// logs breaks them itself, and what searches them does not find what was broken.
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

/// The size of this process's standard error now: it changes with the window.
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
    fn colour_is_for_terminals_unless_somebody_says_otherwise() {
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
        assert!(auto(&empty), "an empty NO_COLOR is none");

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
    fn the_bar_is_for_terminals_that_can_be_redrawn() {
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
    fn the_width_is_the_terminals_then_columns_then_80_and_no_matter_without_a_terminal() {
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
        // A terminal that does not know its size, as in some containers.
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
