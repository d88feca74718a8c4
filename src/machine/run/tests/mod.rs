//! One test per rule of the run. The simulation in `machine/tests` plays whole runs.

mod approval;
mod bundling;
mod conflicts;
mod crashes;
mod deferred;
mod estimate;
mod hooks;
mod order;
mod outages;
mod replay;
mod stopping;
mod waves;

use super::*;
use crate::machine::deployment::Input as Message;
use crate::model::{ErrorInfo, Failure, FailureKind, OnConflict};

const SECOND: Duration = Duration::from_secs(1);

fn task(name: &str, depends_on: &[usize]) -> Task {
    Task {
        planned: PlannedProject {
            logical_id: Some(name.into()),
            ..PlannedProject::bare(name)
        },
        depends_on: depends_on.iter().copied().map(ProjectIx).collect(),
        undeployed: vec![],
        to_bundle: false,
        ahead: true,
        hooks: Hooks::default(),
        max_deletes: None,
        resumption: Resumption::default(),
    }
}

fn setup(tasks: Vec<Task>, waves: Vec<Wave>, limits: Limits) -> Setup {
    Setup {
        run: RunId("run".into()),
        started_at: Timestamp(0),
        operation: Operation::Deploy,
        manifest: "projects.toml".into(),
        api_url: "https://api.example.com".into(),
        tasks,
        limits,
        budget: Budget::default(),
        waves,
        hooks: Hooks::default(),
        approval: Approval::default(),
        invocation: Invocation::default(),
        shard: None,
        earlier: vec![],
    }
}

fn busy(retry_after: Option<Duration>) -> Failure {
    Failure {
        retry_after,
        ..Failure::new(FailureKind::Busy, None)
    }
}

fn independent(count: usize) -> Vec<Task> {
    (0..count).map(|n| task(&format!("p{n}"), &[])).collect()
}

/// A run with a clock, and shorthands for inputs.
struct Rig {
    run: Run,
    now: Duration,
    /// The events of the last input.
    events: Vec<Event>,
}

impl Rig {
    fn of(tasks: Vec<Task>, limits: Limits) -> Self {
        Self::with(setup(tasks, vec![], limits))
    }

    fn with(setup: Setup) -> Self {
        Self {
            run: Run::new(setup),
            now: Duration::ZERO,
            events: vec![],
        }
    }

    /// The outputs but the events and the report.
    fn on(&mut self, input: Input) -> Vec<Output> {
        self.events.clear();
        let mut outputs = self.run.handle(input, self.now, &mut || 1.0);
        outputs.retain(|output| match output {
            Output::Emit(event) => {
                self.events.push(event.event.clone());
                false
            }
            Output::Finish(..) => false,
            _ => true,
        });
        outputs
    }

    fn update(&mut self, project: usize, update: Update) -> Vec<Output> {
        self.on(Input::Project(ProjectIx(project), update))
    }

    fn begin(&mut self) -> Vec<usize> {
        started(&self.on(Input::Began))
    }

    fn send(&mut self, project: usize) {
        let submitting = Event::Submitting {
            attempt: 1,
            gzip_bytes: None,
        };
        assert_eq!(self.update(project, Update::Event(submitting)), []);
    }

    fn accept(&mut self, project: usize) -> Vec<Output> {
        let submitted = Event::Submitted {
            deployment_id: "ours".into(),
            attempt: 1,
        };
        self.update(project, Update::Event(submitted))
    }

    fn end(&mut self, project: usize, success: bool) -> Vec<Output> {
        let result = if success {
            ProjectResult::Succeeded
        } else {
            ProjectResult::Failed
        };
        self.update(project, Update::Finished(Box::new(Outcome::new(result))))
    }

    fn conflict(&mut self, project: usize, blocker: &str) -> Vec<Output> {
        let blocker = blocker.into();
        self.update(project, Update::Conflict { blocker })
    }

    fn fail_transiently(&mut self, project: usize, retry_after: Option<Duration>) -> Vec<Output> {
        let failure = busy(retry_after);
        let failures = 1;
        self.update(project, Update::SubmitFailed { failure, failures })
    }

    /// Presses Ctrl-C, a second after the last input.
    fn press(&mut self) -> Vec<Output> {
        self.now += SECOND;
        self.on(Input::Interrupt(Signal::Sigint))
    }

    fn tick_at(&mut self, now: Duration) -> Vec<Output> {
        self.now = now;
        self.on(Input::Tick)
    }
}

fn started(outputs: &[Output]) -> Vec<usize> {
    let started = |output: &Output| match output {
        Output::Send(project, Message::Start | Message::Retry) => Some(project.0),
        _ => None,
    };
    outputs.iter().filter_map(started).collect()
}

fn cancelled(outputs: &[Output]) -> Vec<(usize, CancelCause, bool)> {
    let cancelled = |output: &Output| match output {
        Output::Send(project, Message::Cancel { cause, force }) => {
            Some((project.0, cause.clone(), *force))
        }
        _ => None,
    };
    outputs.iter().filter_map(cancelled).collect()
}
