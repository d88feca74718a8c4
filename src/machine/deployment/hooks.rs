//! One deployment, including the user's hooks before and after it.
//!
//! Every decision about the server is left to [`step`]. Hooks only delay it: the finished payload until `pre` and the test have
//! succeeded, and the end until `post` or `on_failure` has finished. So the promises of `step` hold here, too.

use super::outcomes::{failed_before, hook_error, post_failed};
use super::state::{Input, Output, Rng, Rules, State, Transition, Update, emit};
use super::step::step;
use crate::model::{CancelCause, ErrorInfo, Event, Hook, HookSet, ProjectResult, Reason};

/// The machine of one project's deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Deployment {
    rules: Rules,
    state: State,
    stage: Stage,
    /// No more hooks are started.
    closed: bool,
}

/// The state of the hooks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Stage {
    /// No hook was started and nothing was sent: nothing to undo or to report.
    NotStarted,
    /// `pre` or the test is running.
    Before(Before),
    /// They have succeeded, or there are none, and something was sent.
    Running,
    /// `post` is running.
    Post {
        /// The time limit that stopped it.
        cause: Option<CancelCause>,
    },
    /// `on_failure` is running.
    OnFailure,
    /// Everything has finished.
    Finished,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Before {
    /// The running hook.
    hook: Hook,
    /// The finished payload.
    held: Box<Input>,
    /// The project was cancelled; acted on when the hook has finished.
    cancel: Option<CancelCause>,
}

impl Deployment {
    /// Known, not started.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            state: State::Pending,
            stage: Stage::NotStarted,
            closed: false,
        }
    }

    /// The state of the deployment itself.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What never changes.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Makes all uploads after the first one look alike, for the walk over all states.
    #[cfg(test)]
    pub(in crate::machine) fn fold_attempts(&mut self) {
        if let Some(attempt) = self.state.attempt_mut() {
            attempt.number = attempt.number.min(2);
        }
    }

    /// The running hook.
    pub fn hook(&self) -> Option<Hook> {
        match &self.stage {
            Stage::Before(before) => Some(before.hook),
            Stage::Post { .. } => Some(Hook::Post),
            Stage::OnFailure => Some(Hook::OnFailure),
            Stage::NotStarted | Stage::Running | Stage::Finished => None,
        }
    }

    /// Whether the final outcome was reported.
    pub fn is_finished(&self) -> bool {
        self.stage == Stage::Finished
    }

    /// Handles an input. One that does not fit the state is late: it changes nothing. `rng` draws from `0.0..=1.0`.
    pub fn handle(&mut self, input: Input, rng: Rng<'_>) -> Vec<Output> {
        match (std::mem::replace(&mut self.stage, Stage::Finished), input) {
            (Stage::Finished, _) => vec![],
            (stage, Input::StopHooks) => {
                self.closed = true;
                self.stage = stage;
                self.hook().map(|_| Output::StopHook).into_iter().collect()
            }
            // A cancel follows.
            (stage, Input::TurnGranted { .. }) if self.closed => {
                self.stage = stage;
                self.cancel(Reason::Interrupted.into(), rng)
            }
            (Stage::Before(before), input) => self.before(before, input, rng),
            (Stage::Post { cause }, input) => self.after_success(cause, input),
            (Stage::OnFailure, input) => self.after_failure(input),
            (Stage::NotStarted, input) => {
                self.stage = Stage::NotStarted;
                let next = step(&self.rules, self.state.clone(), input.clone(), rng);
                let is_upload = next.1.contains(&Output::Submit);
                match first_before(self.rules.hooks).filter(|_| is_upload) {
                    // Nothing is sent without its hooks.
                    Some(_) if self.closed => self.cancel(Reason::Interrupted.into(), rng),
                    Some(hook) => self.start_before(hook, Box::new(input)),
                    None => self.take(next),
                }
            }
            (stage, input) => {
                self.stage = stage;
                self.go_on(input, rng)
            }
        }
    }

    /// Applies [`step`].
    fn go_on(&mut self, input: Input, rng: Rng<'_>) -> Vec<Output> {
        let state = std::mem::replace(&mut self.state, State::Pending);
        let next = step(&self.rules, state, input, rng);
        self.take(next)
    }

    fn take(&mut self, (state, mut outputs): Transition) -> Vec<Output> {
        self.state = state;
        let is_sent = match &self.state {
            State::Submitting(submitting) => submitting.sent,
            State::Following(_) => true,
            _ => false,
        };
        if is_sent {
            self.stage = Stage::Running;
        }
        if matches!(self.state, State::Done(_)) {
            outputs.retain(|output| !matches!(output, Output::Update(Update::Finished(_))));
            outputs.extend(self.ended());
        }
        outputs
    }

    fn cancel(&mut self, cause: CancelCause, rng: Rng<'_>) -> Vec<Output> {
        let force = false;
        self.go_on(Input::Cancel { cause, force }, rng)
    }

    fn start_before(&mut self, hook: Hook, held: Box<Input>) -> Vec<Output> {
        let cancel = None;
        self.stage = Stage::Before(Before { hook, held, cancel });
        start(hook)
    }

    fn before(&mut self, before: Before, input: Input, rng: Rng<'_>) -> Vec<Output> {
        let Before { hook, held, cancel } = before;
        match input {
            Input::HookEnded(record) => {
                self.stage = Stage::Running;
                let ended = emit(Event::HookEnded(record.clone()));
                // However the hook ended: a cancelled project is not sent.
                let cancel = cancel.or(self.interrupted());
                let next = match (cancel, &record.error) {
                    (Some(cause), _) => self.cancel(cause, rng),
                    (None, None) if hook == Hook::Pre && self.rules.hooks.test => {
                        self.start_before(Hook::Test, held)
                    }
                    (None, None) => self.go_on(*held, rng),
                    (None, Some(_)) => {
                        self.state = State::Done(Box::new(failed_before(hook, record)));
                        self.ended()
                    }
                };
                [vec![ended], next].concat()
            }
            Input::Cancel { cause, force: true } => {
                self.closed = true;
                let ended = self.cancel(cause, rng);
                [vec![Output::StopHook], ended].concat()
            }
            Input::Cancel { cause, .. } => {
                let stop = stops_hook(&cause).then_some(Output::StopHook);
                let cancel = cancel.or(Some(cause));
                self.stage = Stage::Before(Before { hook, held, cancel });
                stop.into_iter().collect()
            }
            _late => {
                self.stage = Stage::Before(Before { hook, held, cancel });
                vec![]
            }
        }
    }

    fn after_success(&mut self, cause: Option<CancelCause>, input: Input) -> Vec<Output> {
        match input {
            Input::HookEnded(record) => {
                let ended = emit(Event::HookEnded(record.clone()));
                let next = if record.error.is_none() {
                    self.finish()
                } else {
                    self.post_failed(hook_error(record), cause.or(self.interrupted()));
                    self.ended()
                };
                [vec![ended], next].concat()
            }
            Input::Cancel { cause, force: true } => {
                self.closed = true;
                self.post_failed(ErrorInfo::new("its post hook was stopped"), Some(cause));
                [vec![Output::StopHook], self.finish()].concat()
            }
            Input::Cancel { cause, .. } if stops_hook(&cause) => {
                let cause = Some(cause);
                self.stage = Stage::Post { cause };
                vec![Output::StopHook]
            }
            _late => {
                self.stage = Stage::Post { cause };
                vec![]
            }
        }
    }

    fn after_failure(&mut self, input: Input) -> Vec<Output> {
        match input {
            Input::HookEnded(record) => {
                let ended = emit(Event::HookEnded(record));
                [vec![ended], self.finish()].concat()
            }
            Input::Cancel { force: true, .. } => [vec![Output::StopHook], self.finish()].concat(),
            _late => {
                self.stage = Stage::OnFailure;
                vec![]
            }
        }
    }

    /// The deployment or a hook has finished: start the next hook, if any.
    fn ended(&mut self) -> Vec<Output> {
        let State::Done(outcome) = &self.state else {
            return vec![];
        };
        let has_started = self.stage != Stage::NotStarted;
        let HookSet {
            post, on_failure, ..
        } = self.rules.hooks;
        match outcome.result {
            ProjectResult::Succeeded if post && self.closed => {
                let why = "its post hook was not run because the run was interrupted";
                self.post_failed(ErrorInfo::new(why), self.interrupted());
                self.finish()
            }
            ProjectResult::Succeeded if post => {
                self.stage = Stage::Post { cause: None };
                after(Hook::Post)
            }
            ProjectResult::Succeeded | ProjectResult::Unchanged => self.finish(),
            _ if on_failure && has_started && !self.closed => {
                self.stage = Stage::OnFailure;
                after(Hook::OnFailure)
            }
            _ => self.finish(),
        }
    }

    /// Only a signal prevents hooks.
    fn interrupted(&self) -> Option<CancelCause> {
        self.closed.then_some(Reason::Interrupted.into())
    }

    fn post_failed(&mut self, error: ErrorInfo, cause: Option<CancelCause>) {
        if let State::Done(outcome) = &mut self.state {
            **outcome = post_failed(outcome, error);
            outcome.cause = cause.map(|cause| cause.reason.to_string());
        }
    }

    fn finish(&mut self) -> Vec<Output> {
        self.stage = Stage::Finished;
        let State::Done(outcome) = &self.state else {
            return vec![];
        };
        vec![Output::Update(Update::Finished(outcome.clone()))]
    }
}

/// What must succeed before anything is sent, in order.
fn first_before(hooks: HookSet) -> Option<Hook> {
    let pre = hooks.pre.then_some(Hook::Pre);
    pre.or(hooks.test.then_some(Hook::Test))
}

/// A time limit stops a running hook. Any other cancellation lets it finish: half of its effects may be worse than none.
fn stops_hook(cause: &CancelCause) -> bool {
    matches!(cause.reason, Reason::ProjectTimeout | Reason::RunTimeout)
}

fn start(hook: Hook) -> Vec<Output> {
    vec![emit(Event::Hook { hook }), Output::RunHook(hook)]
}

/// No more events of the server are expected.
fn after(hook: Hook) -> Vec<Output> {
    [vec![Output::CloseStream], start(hook)].concat()
}
