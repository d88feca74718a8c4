//! The reporter for people: a line per event, a block of active projects below them, a summary at the end.

use super::line::{Level, Line};
use super::news;
use super::paint::{Paint, Style};
use super::progress::ProgressState;
use super::screen::Screen;
use super::style::{FailureOutput, Progress, Size, StatusLevel};
use super::{bar, summary, text};
use crate::model::{Event, Operation, Reporter, RunEvent};
use std::fmt;
use std::io::Write;
use std::time::Duration;

/// After this time without output a line is written: CI systems stop silent jobs.
const SILENCE: Duration = Duration::from_secs(30);

/// The minimum time between two redraws of the block.
const FRAME: Duration = Duration::from_millis(100);

/// How much is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// `-q`: failures and the summary.
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
    /// The lines during the run are a group of GitHub's log, which is shown folded.
    pub grouped: bool,
}

/// Reports a run to people.
pub struct Human<W> {
    screen: Screen<W>,
    options: Options,
    /// The command that finishes the run if some of its projects do not succeed.
    resume: Option<String>,
    size: Box<dyn Fn() -> Size>,
    progress: ProgressState,
    planned: bool,
    over: bool,
    /// The preview before a deployment is running: only obstacles are printed.
    aside: bool,
    /// A signal ended a preview: its one line says everything.
    cut_short: bool,
    /// Nothing is drawn, since the user may be asked.
    paused: bool,
    /// Why the run changed nothing is printed by the command itself.
    refused: bool,
    /// The first lines, printed once the run may change something.
    held: Vec<(Line, Option<String>)>,
    /// When a line was last written, counted from the start of the run.
    spoke: Duration,
    /// When the block was last drawn, counted likewise.
    drawn: Duration,
}

impl<W: Write> Human<W> {
    /// Writes to `out`, which need not be buffered. `size` is called before each write, because a window may be resized.
    pub fn new(out: W, options: Options, size: impl Fn() -> Size + 'static) -> Self {
        Self {
            screen: Screen::new(out),
            options,
            resume: None,
            size: Box::new(size),
            progress: ProgressState::default(),
            planned: false,
            over: false,
            aside: false,
            cut_short: false,
            paused: false,
            refused: false,
            held: Vec::new(),
            spoke: Duration::ZERO,
            drawn: Duration::ZERO,
        }
    }

    /// The same, with the command that finishes the run if some of its projects do not succeed.
    #[must_use]
    pub fn resumable(self, resume: Option<String>) -> Self {
        Self { resume, ..self }
    }

    /// The first write error.
    #[cfg(test)]
    pub fn error(&self) -> Option<&std::io::Error> {
        self.screen.error()
    }

    /// Returns the writer.
    #[cfg(test)]
    pub fn into_inner(self) -> W {
        self.screen.into_inner()
    }

    fn paint(&self) -> Paint {
        Paint {
            on: self.options.color,
        }
    }

    fn verbose(&self) -> bool {
        self.options.verbosity == Verbosity::Verbose
    }

    fn shows(&self, level: Level) -> bool {
        let is_verbose = self.verbose();
        let least = match (self.options.progress, self.options.verbosity) {
            (Progress::None, _) => Level::Answer,
            _ if let Some(status_level) = self.options.status_level => match status_level {
                StatusLevel::None => Level::Answer,
                StatusLevel::Fail => Level::Alarm,
                StatusLevel::Retry => Level::Trouble,
                StatusLevel::Pass => Level::News,
                StatusLevel::All if is_verbose => Level::Detail,
                StatusLevel::All => Level::Step,
            },
            (_, Verbosity::Quiet) => Level::Alarm,
            _ if self.aside => Level::Trouble,
            // The block shows the steps, but not IDs and causes.
            (Progress::Bar, Verbosity::Verbose) if level == Level::Step => return false,
            (_, Verbosity::Verbose) => Level::Detail,
            (Progress::Bar, Verbosity::Normal) => Level::News,
            (Progress::Lines, Verbosity::Normal) => Level::Step,
        };
        level >= least
    }

    /// Whether to print anything about the preview before a deployment.
    fn speaks_aside(&self) -> bool {
        let Options {
            verbosity,
            progress,
            ..
        } = self.options;
        self.aside && verbosity != Verbosity::Quiet && progress != Progress::None
    }

    /// Whether nothing has been changed yet.
    fn is_previewing(&self) -> bool {
        self.aside || self.progress.operation == Operation::Preview
    }

    /// Follows the stages of a run.
    fn enter(&mut self, event: &Event) {
        match event {
            Event::RunStarted {
                operation, preview, ..
            } => {
                self.aside = *preview;
                self.paused = !preview && *operation != Operation::Preview;
            }
            Event::RunPreviewed => self.paused = true,
            Event::RunApproved { .. } => {
                (self.aside, self.paused) = (false, false);
                (self.spoke, self.drawn) = (Duration::ZERO, Duration::ZERO);
            }
            Event::RunInterrupted { .. } => {
                self.cut_short |= self.is_previewing();
            }
            Event::RunRefused(refusal) => self.refused = refusal.exit_code.is_some(),
            Event::RunFinished(_) => self.over = true,
            Event::RunResumed { .. } => {
                (self.over, self.refused, self.cut_short) = (false, false, false);
            }
            _ => {}
        }
    }

    /// The line of an event, rendered if it is shown now.
    fn lines_of(&mut self, line: Option<Line>, event: &RunEvent) -> Vec<String> {
        let is_first = matches!(
            event.event,
            Event::RunStarted { .. } | Event::RunPlanned { .. } | Event::Queued { .. }
        );
        if is_first && (self.aside || self.paused) {
            self.held
                .extend(line.map(|line| (line, event.project.clone())));
            return match &event.event {
                started @ Event::RunStarted { .. } if self.speaks_aside() => {
                    let asking = news::asking(started);
                    asking.map_or_else(Vec::new, |line| self.render(&line, None))
                }
                _ => Vec::new(),
            };
        }
        let held = match &event.event {
            Event::RunApproved { .. } => std::mem::take(&mut self.held),
            _ => Vec::new(),
        };
        let own = line.map(|line| (line, event.project.clone()));
        let mut lines = Vec::new();
        for (line, project) in held.into_iter().chain(own) {
            if self.shows(line.level) {
                lines.extend(self.render(&line, project.as_deref()));
            }
        }
        lines
    }

    fn summary_options(&self) -> summary::Options {
        let (verbosity, aside) = (self.options.verbosity, self.aside);
        let when = self.options.failure_output;
        summary::Options {
            paint: self.paint(),
            columns: (self.size)().columns,
            quiet: aside || verbosity == Verbosity::Quiet,
            verbose: self.verbose(),
            show_changes: self.options.show_changes && !aside,
            failures: matches!(when, FailureOutput::Final | FailureOutput::Both),
        }
    }

    /// The details of a failure when it happens.
    fn immediate(&self, event: &Event) -> Vec<String> {
        let when = self.options.failure_output;
        match event {
            Event::Finished(row)
                if matches!(when, FailureOutput::Immediate | FailureOutput::Both)
                    && !self.aside =>
            {
                summary::failure(self.progress.operation, row, self.summary_options())
            }
            _ => vec![],
        }
    }

    /// Writes permanent lines and redraws the block.
    fn draw(&mut self, lines: &[String]) {
        let size = (self.size)();
        let has_block = self.options.progress == Progress::Bar
            && self.options.verbosity != Verbosity::Quiet
            && self.planned
            && !self.paused
            && !self.over;
        let block = if has_block {
            bar::block(&self.progress, self.paint(), size)
        } else {
            Vec::new()
        };
        if !lines.is_empty() {
            self.spoke = self.progress.now;
        }
        self.drawn = self.progress.now;
        self.screen.draw(size.columns, lines, &block);
    }

    /// `00:12 ✓ checkout  succeeded in 3.2 s`, with a hanging indent.
    fn render(&self, line: &Line, project: Option<&str>) -> Vec<String> {
        let size = (self.size)();
        let paint = self.paint();
        let clock = format!("{:>5}", text::clock(self.progress.now));
        let name_width = bar::name_width(&self.progress, size);
        let name = project.map_or(String::new(), |name| {
            let name = text::cut_middle(&text::one_line(name), name_width);
            format!("{}  ", text::pad(&name, name_width))
        });
        let hang = text::width(&clock) + 3 + text::width(&name);
        let columns = size.columns.saturating_sub(hang).max(10);
        let says = text::one_line(&line.says);
        let says = if line.cut {
            vec![text::cut(&says, columns)]
        } else {
            text::wrap(&says, columns)
        };
        let mark = paint.paint(line.style, &line.mark.to_string());
        let body = match line.style {
            style @ (Style::Dim | Style::Warn | Style::Bad) => style,
            _ => Style::Plain,
        };
        says.iter()
            .enumerate()
            .map(|(i, says)| {
                let says = paint.paint(body, says);
                match i {
                    0 => format!("{} {mark} {name}{says}", paint.paint(Style::Dim, &clock)),
                    _ => format!("{}{says}", " ".repeat(hang)),
                }
            })
            .collect()
    }
}

impl<W: Write> Reporter for Human<W> {
    fn earlier(&mut self, events: &[RunEvent]) {
        for event in events {
            self.progress.hear(event);
            self.progress.apply(event);
            self.enter(&event.event);
        }
        self.planned |= !events.is_empty();
    }

    fn event(&mut self, event: &RunEvent) {
        self.progress.hear(event);
        let line = match &event.event {
            _ if self.cut_short => None,
            Event::RunInterrupted { signal, .. } if self.is_previewing() => {
                Some(news::preview_interrupted(*signal))
            }
            _ => news::line(&self.progress, event, self.verbose()),
        };
        self.progress.apply(event);
        self.enter(&event.event);
        let mut lines = self.lines_of(line, event);
        if self.verbose() && self.shows(Level::Detail) {
            for line in news::output(&event.event) {
                lines.extend(self.render(&line, event.project.as_deref()));
            }
        }
        lines.extend(self.immediate(&event.event));
        match &event.event {
            Event::RunPlanned { .. } => self.planned = true,
            Event::RunFinished(report) if !self.refused && !self.cut_short => {
                let options = self.summary_options();
                lines = summary::summary(report, self.resume.as_deref(), options);
            }
            _ => {}
        }
        if self.options.grouped {
            match &event.event {
                Event::RunPlanned { .. } => lines.push("::group::Progress".into()),
                Event::RunFinished(_) => lines.insert(0, "::endgroup::".into()),
                _ => {}
            }
        }
        let begins = matches!(event.event, Event::RunPlanned { .. } | Event::RunPreviewed);
        if self.over
            || begins
            || !lines.is_empty()
            || self.progress.now.saturating_sub(self.drawn) >= FRAME
        {
            self.draw(&lines);
        }
    }

    fn tick(&mut self, elapsed: Duration) {
        self.progress.at(elapsed);
        if self.over || self.paused {
            return;
        }
        let silent = self.progress.now.saturating_sub(self.spoke) >= SILENCE;
        let lines = match self.options.progress {
            Progress::Lines
                if silent && self.planned && (self.shows(Level::Step) || self.speaks_aside()) =>
            {
                self.render(&news::alive(&self.progress), None)
            }
            _ => Vec::new(),
        };
        self.draw(&lines);
    }
}

impl<W> fmt::Debug for Human<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Human")
            .field("options", &self.options)
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}
