//! The reporter for people: a line per event, a block of active projects below them, a summary at the end.

use super::bar::{Key, View};
use super::line::{Level, Line};
use super::news;
use super::options::{Options, Verbosity};
use super::paint::{Paint, Style};
use super::progress::ProgressState;
use super::screen::Screen;
use super::style::{FailureOutput, Progress, Size, StatusLevel};
use super::{bar, summary, text};
use crate::model::{Event, Operation, Reporter, RunEvent};
use anstyle_progress::TermProgress;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// Without a block, the state is a line after this time.
const STATE: Duration = Duration::from_secs(30);

/// With `-q`, it is a line only after this time without output, if a project has not moved for as long: CI systems stop silent
/// jobs.
const SILENCE: Duration = Duration::from_secs(60);

/// The minimum time between two redraws of the block.
const FRAME: Duration = Duration::from_millis(100);

/// Text is wrapped beside the names if it has this many columns there.
const ROOMY: usize = 40;

/// Reports a run to people.
pub struct Human<W: Write> {
    screen: Arc<Mutex<Screen<W>>>,
    options: Options,
    view: View,
    /// The command that finishes the run if some of its projects do not succeed.
    resume: Option<String>,
    size: Box<dyn Fn() -> Size>,
    progress: ProgressState,
    planned: bool,
    /// The lines are in a part of the log that is shown folded.
    has_fold: bool,
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
    /// Lines for the next redraw of the block: many projects may end at once.
    pending: Vec<String>,
    /// When a line was last written, counted from the start of the run.
    spoke: Duration,
    /// When the state was last written as a line, counted likewise.
    stated: Duration,
    /// When the block was last drawn, counted likewise.
    drawn: Duration,
}

impl<W: Write> Human<W> {
    /// Writes to `out`, which need not be buffered. `size` is called before each write, because a window may be resized.
    pub fn new(out: W, options: Options, size: impl Fn() -> Size + 'static) -> Self {
        Self {
            screen: Arc::new(Mutex::new(Screen::new(out, options.is_ascii))),
            options,
            view: View::default(),
            resume: None,
            size: Box::new(size),
            progress: ProgressState::default(),
            planned: false,
            has_fold: false,
            over: false,
            aside: false,
            cut_short: false,
            paused: false,
            refused: false,
            held: Vec::new(),
            pending: Vec::new(),
            spoke: Duration::ZERO,
            stated: Duration::ZERO,
            drawn: Duration::ZERO,
        }
    }

    /// Writes lines of others to the same screen.
    pub fn above(&self) -> Above<W> {
        Above(self.screen.clone())
    }

    /// Whether the block is drawn, so keys may change it: no question is open.
    pub fn is_live(&self) -> bool {
        self.options.progress == Progress::Bar
            && self.options.verbosity != Verbosity::Quiet
            && self.planned
            && !self.paused
            && !self.over
    }

    /// Keys are read from now on, or no longer.
    pub fn read_keys(&mut self, has_keys: bool) {
        self.view.has_keys = has_keys;
    }

    /// A key was pressed.
    pub fn press(&mut self, key: Key) {
        if !self.is_live() {
            return;
        }
        let lines = match key {
            Key::Details => {
                self.view.details = !self.view.details;
                vec![]
            }
            Key::Help => {
                self.view.help = !self.view.help;
                vec![]
            }
            Key::Snapshot => self.render(&news::state(&self.progress), None),
        };
        self.draw(&lines);
    }

    /// Writes the state of all projects that have not ended.
    pub fn show_state(&mut self) {
        if !self.planned || self.paused || self.over {
            return;
        }
        let view = View {
            details: true,
            ..View::default()
        };
        let size = Size {
            rows: usize::MAX,
            ..(self.size)()
        };
        let lines = bar::block(&self.progress, view, self.paint(), size);
        self.draw(&lines);
    }

    /// Draws the block again, in the current size of the terminal.
    pub fn redraw(&mut self) {
        self.draw(&[]);
    }

    /// Erases the block until the next event or tick.
    pub fn hide(&mut self) {
        let columns = (self.size)().columns;
        self.screen().clear(columns);
    }

    fn screen(&self) -> MutexGuard<'_, Screen<W>> {
        lock(&self.screen)
    }

    /// The same, with the command that finishes the run if some of its projects do not succeed.
    #[must_use]
    pub fn resumable(mut self, resume: Option<String>) -> Self {
        self.resume = resume;
        self
    }

    /// The first write error.
    #[cfg(test)]
    pub fn error(&self) -> Option<std::io::ErrorKind> {
        self.screen().error().map(std::io::Error::kind)
    }

    /// Returns the writer.
    #[cfg(test)]
    pub fn into_inner(self) -> W {
        let screen = self.screen.clone();
        drop(self);
        let screen = Arc::into_inner(screen).unwrap();
        screen.into_inner().unwrap().into_inner()
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
                self.stated = Duration::ZERO;
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
        let size = (self.size)();
        summary::Options {
            paint: self.paint(),
            columns: size.columns,
            rows: size.rows,
            can_resume: self.resume.is_some(),
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
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(lines);
        let lines = &pending;
        if !lines.is_empty() {
            self.spoke = self.progress.now;
        }
        self.drawn = self.progress.now;
        let mut screen = self.screen();
        if !self.is_live() {
            screen.draw(size.columns, lines, &[]);
            return screen.clear(size.columns);
        }
        let block = bar::block(&self.progress, self.view, self.paint(), size);
        screen.draw(size.columns, lines, &block);
        if self.options.has_taskbar {
            let progress = if self.progress.has_failure() {
                TermProgress::error()
            } else {
                TermProgress::start()
            };
            screen.taskbar(progress.percent(self.progress.percent()));
        }
    }

    /// Whether it is time for a line about the state.
    fn states(&self) -> bool {
        let Options {
            progress,
            verbosity,
            ..
        } = self.options;
        let now = self.progress.now;
        let has_passed = |since: Duration, time| now.saturating_sub(since) >= time;
        let has_lines = progress == Progress::Lines && self.shows(Level::Step);
        if !self.planned || progress == Progress::Bar && verbosity != Verbosity::Quiet {
            false
        } else if has_lines || self.speaks_aside() {
            has_passed(self.stated, STATE)
        } else {
            let active = self.progress.active();
            let is_waiting = active
                .first()
                .is_some_and(|it| has_passed(it.since, SILENCE));
            self.shows(Level::Alarm) && is_waiting && has_passed(self.spoke, SILENCE)
        }
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
        let hang = text::width(&clock) + 3;
        let used = text::width(&name);
        let columns = size.columns.saturating_sub(hang).max(10);
        // Below the name, unless there is little room beside it.
        let (hang, used, columns) = match columns.saturating_sub(used) {
            beside @ ROOMY.. => (hang + used, 0, beside),
            _ => (hang, used, columns.max(used + 10)),
        };
        let says = text::wrap_to(&text::one_line(&line.says), used, columns, line.most);
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
        if let Some(fold) = self.options.fold {
            match &event.event {
                Event::RunPlanned { .. } | Event::RunResumed { .. } => {
                    self.has_fold = true;
                    lines.push(fold.begin(event.ts));
                }
                Event::RunFinished(_) if self.has_fold => lines.insert(0, fold.end(event.ts)),
                _ => {}
            }
        }
        let begins = matches!(
            event.event,
            Event::RunPlanned { .. }
                | Event::RunPreviewed
                | Event::RunApproved { .. }
                | Event::RunResumed { .. }
        );
        self.pending.extend(lines);
        let is_next_frame = self.progress.now.saturating_sub(self.drawn) >= FRAME;
        if begins || is_next_frame || !self.is_live() {
            self.draw(&[]);
        }
    }

    fn tick(&mut self, elapsed: Duration) {
        self.progress.at(elapsed);
        if self.over || self.paused {
            return;
        }
        let mut lines = vec![];
        if self.states() {
            self.stated = self.progress.now;
            lines = self.render(&news::state(&self.progress), None);
        }
        self.draw(&lines);
    }

    fn requests(&mut self, sent: u64) {
        self.progress.requests(sent);
    }
}

/// However it ends, a run leaves no block behind.
impl<W: Write> Drop for Human<W> {
    fn drop(&mut self) {
        if !self.pending.is_empty() {
            self.draw(&[]);
        }
        self.hide();
    }
}

/// Writes lines of others, such as those of a log, above the block.
pub struct Above<W>(Arc<Mutex<Screen<W>>>);

impl<W: Write> Above<W> {
    /// Writes these lines; `false` if the screen is being drawn, perhaps by a thread that panics.
    #[must_use]
    pub fn write(&self, columns: usize, text: &str) -> bool {
        let screen = match self.0.try_lock() {
            Ok(screen) => Some(screen),
            Err(TryLockError::Poisoned(screen)) => Some(screen.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        let has_screen = screen.is_some();
        screen
            .into_iter()
            .for_each(|mut it| it.above(columns, text));
        has_screen
    }
}

/// A panic while drawing leaves a screen that can be drawn again.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
