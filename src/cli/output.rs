//! Which reporters a run has, and what became of what they wrote.

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

/// Says so where standard output leads nowhere. Rust opens `/dev/null` in place of one that is closed, and from then on
/// nobody can tell the two apart: so it is no error.
pub(super) fn warn_of_nowhere(what: &str) {
    let out = io::stdout().as_fd().try_clone_to_owned();
    let device = |file: File| Some(file.metadata().ok()?.rdev());
    let null = File::open("/dev/null").ok().and_then(device);
    if null.is_some() && out.ok().map(File::from).and_then(device) == null {
        say(&format!(
            "warning: nobody gets {what}: standard output is closed, or is /dev/null"
        ));
    }
}

/// The streams that a run writes to.
pub(super) struct Output {
    human: Background,
    /// The events on standard output, where they were asked for.
    events: Option<Background>,
    options: Options,
}

impl Output {
    pub(super) fn new(args: &OutputArgs, common: &CommonArgs) -> Self {
        let json = args.message_format == MessageFormat::Json;
        if json {
            warn_of_nowhere("the events");
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

    /// The reporters that the flags ask for.
    pub(super) fn reporters(&self) -> Vec<Box<dyn Reporter>> {
        let mut reporters = vec![self.human(self.options)];
        if let Some(events) = &self.events {
            reporters.push(Box::new(Ndjson::new(events.writer())));
        }
        reporters
    }

    /// For a run that only prepares another one: people see that it goes on, and what goes wrong.
    pub(super) fn aside(&self) -> Box<dyn Reporter> {
        self.human(Options {
            aside: true,
            ..self.options
        })
    }

    /// Waits until people have been told everything so far: what comes next is not told through here.
    pub(super) fn settle(&self) {
        self.human.settle();
    }

    /// Tells programs of a run that is over.
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
    /// Why not every event reached standard output. A standard error that is gone is no reason to fail.
    pub(super) fn finish(self) -> io::Result<()> {
        let _ = self.human.finish();
        self.events.map_or(Ok(()), Background::finish)
    }
}
