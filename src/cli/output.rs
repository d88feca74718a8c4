//! Which reporters a run has, and what became of what they wrote.

use super::args::DeployArgs;
use super::values::MessageFormat;
use crate::model::{Reporter, RunEvent};
use crate::ui::{Facts, Human, Ndjson, Options, Verbosity, stderr_size};
use std::cell::RefCell;
use std::io::{self, Stdout};
use std::rc::Rc;
use std::time::Duration;

/// The events on standard output, where they were asked for.
pub(super) struct Output(Option<Shared>);

impl Output {
    pub(super) fn new(args: &DeployArgs) -> Self {
        let json = args.output.message_format == MessageFormat::Json;
        Self(json.then(|| Shared(Rc::new(RefCell::new(Ndjson::new(io::stdout()))))))
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
        let mut reporters: Vec<Box<dyn Reporter>> =
            vec![Box::new(Human::new(io::stderr(), options, stderr_size))];
        if let Some(shared) = &self.0 {
            reporters.push(Box::new(shared.clone()));
        }
        reporters
    }

    /// Why not every event reached standard output.
    pub(super) fn error(&self) -> Option<String> {
        let shared = self.0.as_ref()?;
        shared.0.borrow().error().map(ToString::to_string)
    }
}

/// The run owns its reporters; this one is asked afterwards how it fared.
#[derive(Clone)]
struct Shared(Rc<RefCell<Ndjson<Stdout>>>);

impl Reporter for Shared {
    fn event(&mut self, event: &RunEvent) {
        self.0.borrow_mut().event(event);
    }

    fn tick(&mut self, elapsed: Duration) {
        self.0.borrow_mut().tick(elapsed);
    }
}
