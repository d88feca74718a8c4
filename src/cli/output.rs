//! Which reporters a run has, and what became of what they wrote.

use super::args::DeployArgs;
use super::background::Background;
use super::values::MessageFormat;
use crate::model::Reporter;
use crate::ui::{Facts, Human, Ndjson, Options, Verbosity, stderr_size};
use std::io;

/// The streams that a run writes to.
pub(super) struct Output {
    human: Background,
    /// The events on standard output, where they were asked for.
    events: Option<Background>,
}

impl Output {
    pub(super) fn new(args: &DeployArgs) -> Self {
        let json = args.output.message_format == MessageFormat::Json;
        Self {
            human: Background::new(io::stderr()),
            events: json.then(|| Background::new(io::stdout())),
        }
    }

    /// The reporters that the flags ask for.
    pub(super) fn reporters(&self, args: &DeployArgs) -> Vec<Box<dyn Reporter>> {
        let facts = Facts::of_stderr();
        let options = Options {
            progress: facts.progress(args.output.progress.into()),
            verbosity: match (args.output.quiet, args.output.verbose) {
                (true, _) => Verbosity::Quiet,
                (false, true) => Verbosity::Verbose,
                (false, false) => Verbosity::Normal,
            },
            color: facts.color(args.common.color.into()),
            show_changes: args.output.output,
        };
        let human = Human::new(self.human.writer(), options, stderr_size);
        let mut reporters: Vec<Box<dyn Reporter>> = vec![Box::new(human)];
        if let Some(events) = &self.events {
            reporters.push(Box::new(Ndjson::new(events.writer())));
        }
        reporters
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
