//! The reporters of a run and their streams.

use super::background::Background;
use super::flags::{CommonArgs, OutputArgs};
use super::say::say;
use super::values::MessageFormat;
use crate::model::{Reporter, RunEvent};
use crate::ui::{Facts, Human, Ndjson, Options, Verbosity, stderr_size};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

/// Warns if standard output is discarded. Rust replaces a closed one by `/dev/null`, so the two cannot be told apart, and
/// it is not an error.
pub(super) fn warn_of_nowhere(what: &str) {
    let out = io::stdout().as_fd().try_clone_to_owned();
    let device = |file: File| Some(file.metadata().ok()?.rdev());
    let null = File::open("/dev/null").ok().and_then(device);
    if null.is_some() && out.ok().map(File::from).and_then(device) == null {
        say(&format!(
            "warning: {what} discarded: standard output is closed or is /dev/null"
        ));
    }
}

/// The streams that a run writes to.
pub(super) struct Output {
    human: Background,
    /// The events on standard output, if requested.
    events: Option<Background>,
    options: Options,
}

impl Output {
    pub(super) fn new(args: &OutputArgs, common: &CommonArgs) -> Self {
        let json = args.message_format == MessageFormat::Json;
        if json {
            warn_of_nowhere("the events are");
        }
        let facts = Facts::of_stderr();
        let options = Options {
            progress: facts.progress(args.progress.into()),
            verbosity: match (args.quiet, args.verbose) {
                (true, _) => Verbosity::Quiet,
                (false, true) => Verbosity::Verbose,
                (false, false) => Verbosity::Normal,
            },
            color: facts.color(common.color.into()),
            show_changes: args.output,
            aside: false,
        };
        Self {
            human: Background::new(io::stderr()),
            events: json.then(|| Background::new(io::stdout())),
            options,
        }
    }

    /// The reporters that the flags request.
    pub(super) fn reporters(&self) -> Vec<Box<dyn Reporter>> {
        let mut reporters = vec![self.human(self.options)];
        if let Some(events) = &self.events {
            reporters.push(Box::new(Ndjson::new(events.writer())));
        }
        reporters
    }

    /// The reporter of a preview before a deployment: shows progress and failures.
    pub(super) fn aside(&self) -> Box<dyn Reporter> {
        self.human(Options {
            aside: true,
            ..self.options
        })
    }

    /// Waits until everything so far is on standard error: what follows is printed directly.
    pub(super) fn settle(&self) {
        self.human.settle();
    }

    /// Writes the events of a finished run to standard output.
    pub(super) fn replay(&self, events: &[RunEvent]) {
        let Some(out) = &self.events else {
            return;
        };
        let mut ndjson = Ndjson::new(out.writer());
        for event in events {
            ndjson.event(event);
        }
    }

    fn human(&self, options: Options) -> Box<dyn Reporter> {
        Box::new(Human::new(self.human.writer(), options, stderr_size))
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    /// Some events could not be written to standard output. A closed standard error is ignored.
    pub(super) fn finish(self) -> io::Result<()> {
        let _ = self.human.finish();
        self.events.map_or(Ok(()), Background::finish)
    }
}
