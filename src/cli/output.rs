//! The reporters of a run and their streams.

use super::background::{Background, PATIENCE, Writer};
use super::console;
use super::flags::{CommonArgs, OutputArgs};
use super::github::{Files, GitHub};
use super::live::Live;
use super::report_file::ReportFile;
use super::values::{InCi, MessageFormat};
use crate::model::Reporter;
use crate::ui::{Facts, Fold, Human, Ndjson, Options, Progress, Verbosity, stderr_size};
use std::io::{self, IsTerminal};

/// The streams that a run writes to.
pub(super) struct Output {
    human: Background,
    /// The events on standard output, if requested.
    events: Option<Background>,
    options: Options,
    github: Option<Files>,
}

impl Output {
    pub(super) fn new(args: &OutputArgs, common: &CommonArgs) -> Self {
        let json = args.message_format == MessageFormat::Json;
        let facts = Facts::of_stderr();
        let github = Some(args.github).filter(|it| *it == InCi::Auto);
        let github = github.and_then(|_| Files::of_environment());
        let is_gitlab = args.gitlab == InCi::Auto
            && std::env::var_os("GITLAB_CI").is_some_and(|value| value == "true");
        let options = Options {
            progress: match facts.progress(args.progress) {
                // On the same terminal, events and a block would tear each other apart.
                Progress::Bar if json && io::stdout().is_terminal() => Progress::Lines,
                progress => progress,
            },
            verbosity: match (args.quiet, args.verbose) {
                (true, _) => Verbosity::Quiet,
                (false, true) => Verbosity::Verbose,
                (false, false) => Verbosity::Normal,
            },
            color: facts.color(common.color),
            show_changes: args.output,
            status_level: args.status_level,
            failure_output: args.failure_output,
            fold: match github {
                Some(_) => Some(Fold::GitHub),
                None => is_gitlab.then_some(Fold::GitLab),
            },
            is_ascii: facts.is_ascii(),
            has_taskbar: facts.has_taskbar,
        };
        Self {
            human: Background::new(io::stderr()),
            events: json.then(|| Background::new(io::stdout())),
            options,
            github,
        }
    }

    /// The reporters that the flags request. `resume` is the command that finishes the run.
    pub(super) fn reporters(&self, resume: Option<String>) -> Vec<Box<dyn Reporter>> {
        let human = Human::new(self.writer(), self.options, stderr_size);
        let human = human.resumable(resume.clone());
        let live = Live::new(human, self.writer());
        let mut reporters: Vec<Box<dyn Reporter>> = vec![Box::new(live)];
        if let Some(events) = &self.events {
            reporters.push(Box::new(Ndjson::new(events.writer())));
        }
        if let Some(files) = &self.github {
            let github = GitHub::new(self.writer(), files.clone(), resume);
            reporters.push(Box::new(github));
        }
        reporters
    }

    /// The line about the reports, for a person at a terminal.
    pub(super) fn of_reports(&self, files: &[ReportFile]) -> Option<String> {
        let is_wanted = self.options.verbosity != Verbosity::Quiet && io::stderr().is_terminal();
        let files = files.iter().filter_map(ReportFile::shown);
        let files = Vec::from_iter(files.filter(|_| is_wanted));
        (!files.is_empty()).then(|| format!("Reports: {}", files.join(", ")))
    }

    /// A writer to standard error.
    pub(super) fn writer(&self) -> Writer {
        self.human.writer()
    }

    /// Waits until everything is written, but not for readers that do not read.
    ///
    /// # Errors
    /// Some events could not be written to standard output. A closed standard error is ignored.
    pub(super) fn finish(self) -> io::Result<()> {
        if let Err(error) = self.human.finish(PATIENCE) {
            console::give_up(&error);
        }
        self.events.map_or(Ok(()), |events| events.finish(PATIENCE))
    }
}
