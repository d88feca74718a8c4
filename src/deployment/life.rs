//! One deployment, including the user's hooks before and after it.
//!
//! [`live`] leaves every decision about the server to [`step`] and only delays events: the finished payload until `pre` and
//! the test have succeeded, and the end until `post` or `on_failure` has finished. So the promises of `step` hold here,
//! too.

use super::outcomes::{failed_before, hook_error, post_failed};
use super::state::{Effect, Event, Rules, State};
use super::step;
use crate::model::{CancelCause, ErrorInfo, Hook, HookSet, Phase, ProjectResult};

/// The state of a deployment, including its hooks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Life {
    state: State,
    stage: Stage,
    /// No more hooks are started.
    closed: bool,
}

/// The state of the hooks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Stage {
    /// No hook was started and nothing was sent: nothing to undo or to report.
    Fresh,
    /// `pre` or the test is running.
    Before {
        /// The running hook.
        hook: Hook,
        /// The finished payload.
        held: Box<Event>,
        /// The project was cancelled; acted on when the hook has finished.
        cancel: Option<CancelCause>,
    },
    /// They have succeeded, or there are none, and something was sent.
    Begun,
    /// `post` is running.
    Post {
        /// The time limit that stopped it.
        cause: Option<CancelCause>,
    },
    /// `on_failure` is running.
    OnFailure,
    /// Everything has finished.
    Over,
}

impl Life {
    /// Known, not started.
    pub const PENDING: Self = Self {
        state: State::Pending,
        stage: Stage::Fresh,
        closed: false,
    };

    /// The state of the deployment itself.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The running hook.
    pub fn hook(&self) -> Option<Hook> {
        match self.stage {
            Stage::Before { hook, .. } => Some(hook),
            Stage::Post { .. } => Some(Hook::Post),
            Stage::OnFailure => Some(Hook::OnFailure),
            Stage::Fresh | Stage::Begun | Stage::Over => None,
        }
    }

    /// Whether the final outcome was reported.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }
}

/// Handles an event. Late events have no effect, as in [`step`].
pub fn live(rules: Rules, mut life: Life, event: Event) -> (Life, Vec<Effect>) {
    let effects = match (std::mem::replace(&mut life.stage, Stage::Over), event) {
        (Stage::Over, _) => vec![],
        (stage, Event::EndHooks) => {
            life.closed = true;
            life.stage = stage;
            life.hook().map(|_| Effect::StopHook).into_iter().collect()
        }
        (Stage::Before { hook, held, cancel }, event) => {
            life.before(rules, hook, (held, cancel), event)
        }
        (Stage::Post { cause }, event) => life.after_success(rules, cause, event),
        (Stage::OnFailure, event) => life.after_failure(event),
        (Stage::Fresh, event) => {
            life.stage = Stage::Fresh;
            let next = step(rules, life.state.clone(), event.clone());
            let is_upload = next.1.contains(&Effect::Submit);
            match first_before(rules.hooks).filter(|_| is_upload) {
                // Nothing is sent without its hooks.
                Some(_) if life.closed => life.cancel(rules, CancelCause::Interrupt),
                Some(hook) => life.start_before(hook, Box::new(event)),
                None => life.take(rules, next),
            }
        }
        (stage, event) => {
            life.stage = stage;
            life.go_on(rules, event)
        }
    };
    (life, effects)
}

impl Life {
    /// Applies [`step`].
    fn go_on(&mut self, rules: Rules, event: Event) -> Vec<Effect> {
        let state = std::mem::replace(&mut self.state, State::Pending);
        self.take(rules, step(rules, state, event))
    }

    fn take(&mut self, rules: Rules, (state, mut effects): (State, Vec<Effect>)) -> Vec<Effect> {
        self.state = state;
        if effects.contains(&Effect::Submit) {
            self.stage = Stage::Begun;
        }
        if matches!(self.state, State::Done(_)) {
            effects.retain(|effect| !matches!(effect, Effect::Tell(Phase::Done(_))));
            effects.extend(self.ended(rules));
        }
        effects
    }

    fn cancel(&mut self, rules: Rules, cause: CancelCause) -> Vec<Effect> {
        let force = false;
        self.go_on(rules, Event::Cancel { cause, force })
    }

    fn start_before(&mut self, hook: Hook, held: Box<Event>) -> Vec<Effect> {
        let cancel = None;
        self.stage = Stage::Before { hook, held, cancel };
        start(hook)
    }

    fn before(
        &mut self,
        rules: Rules,
        hook: Hook,
        (held, cancel): (Box<Event>, Option<CancelCause>),
        event: Event,
    ) -> Vec<Effect> {
        match event {
            Event::HookEnded(record) => {
                self.stage = Stage::Begun;
                // However the hook ended: a cancelled project is not sent.
                let cancel = cancel.or(self.interrupted());
                match (cancel, &record.error) {
                    (Some(cause), _) => self.cancel(rules, cause),
                    (None, None) if hook == Hook::Pre && rules.hooks.test => {
                        self.start_before(Hook::Test, held)
                    }
                    (None, None) => self.go_on(rules, *held),
                    (None, Some(_)) => {
                        self.state = State::Done(Box::new(failed_before(hook, record)));
                        self.ended(rules)
                    }
                }
            }
            Event::Cancel { cause, force: true } => {
                self.closed = true;
                let ended = self.cancel(rules, cause);
                [vec![Effect::StopHook], ended].concat()
            }
            Event::Cancel { cause, .. } => {
                let stop = ends_hook(&cause).then_some(Effect::StopHook);
                let cancel = cancel.or(Some(cause));
                self.stage = Stage::Before { hook, held, cancel };
                stop.into_iter().collect()
            }
            _late => {
                self.stage = Stage::Before { hook, held, cancel };
                vec![]
            }
        }
    }

    fn after_success(
        &mut self,
        rules: Rules,
        cause: Option<CancelCause>,
        event: Event,
    ) -> Vec<Effect> {
        match event {
            Event::HookEnded(record) if record.error.is_none() => self.over(),
            Event::HookEnded(record) => {
                self.post_failed(hook_error(record), cause.or(self.interrupted()));
                self.ended(rules)
            }
            Event::Cancel { cause, force: true } => {
                self.closed = true;
                self.post_failed(told("its post hook was stopped"), Some(cause));
                [vec![Effect::StopHook], self.over()].concat()
            }
            Event::Cancel { cause, .. } if ends_hook(&cause) => {
                let cause = Some(cause);
                self.stage = Stage::Post { cause };
                vec![Effect::StopHook]
            }
            _late => {
                self.stage = Stage::Post { cause };
                vec![]
            }
        }
    }

    fn after_failure(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::HookEnded(_) => self.over(),
            Event::Cancel { force: true, .. } => [vec![Effect::StopHook], self.over()].concat(),
            _late => {
                self.stage = Stage::OnFailure;
                vec![]
            }
        }
    }

    /// The deployment or a hook has finished: start the next hook, if any.
    fn ended(&mut self, rules: Rules) -> Vec<Effect> {
        let State::Done(outcome) = &self.state else {
            return vec![];
        };
        let has_begun = self.stage != Stage::Fresh;
        match outcome.result {
            ProjectResult::Succeeded if rules.hooks.post && self.closed => {
                let why = "its post hook was not run because the run was interrupted";
                self.post_failed(told(why), self.interrupted());
                self.over()
            }
            ProjectResult::Succeeded if rules.hooks.post => {
                self.stage = Stage::Post { cause: None };
                after(Hook::Post)
            }
            ProjectResult::Succeeded | ProjectResult::Unchanged => self.over(),
            _ if rules.hooks.on_failure && has_begun && !self.closed => {
                self.stage = Stage::OnFailure;
                after(Hook::OnFailure)
            }
            _ => self.over(),
        }
    }

    /// Only a signal prevents hooks.
    fn interrupted(&self) -> Option<CancelCause> {
        self.closed.then_some(CancelCause::Interrupt)
    }

    fn post_failed(&mut self, error: ErrorInfo, cause: Option<CancelCause>) {
        if let State::Done(outcome) = &mut self.state {
            **outcome = post_failed(outcome, error);
            outcome.cause = cause.map(|cause| cause.reason().to_string());
        }
    }

    fn over(&mut self) -> Vec<Effect> {
        self.stage = Stage::Over;
        let State::Done(outcome) = &self.state else {
            return vec![];
        };
        vec![Effect::Tell(Phase::Done(outcome.clone()))]
    }
}

/// What must succeed before anything is sent, in order.
fn first_before(hooks: HookSet) -> Option<Hook> {
    let pre = hooks.pre.then_some(Hook::Pre);
    pre.or(hooks.test.then_some(Hook::Test))
}

/// A time limit stops a running hook. Any other cancellation lets it finish: half of its effects may be worse than none.
fn ends_hook(cause: &CancelCause) -> bool {
    matches!(cause, CancelCause::ProjectTimeout | CancelCause::RunTimeout)
}

fn start(hook: Hook) -> Vec<Effect> {
    vec![Effect::Tell(Phase::Hook(hook)), Effect::RunHook(hook)]
}

/// No more events of the server are expected.
fn after(hook: Hook) -> Vec<Effect> {
    [vec![Effect::CloseStream], start(hook)].concat()
}

fn told(message: &str) -> ErrorInfo {
    ErrorInfo {
        message: message.to_owned(),
        ..ErrorInfo::default()
    }
}
