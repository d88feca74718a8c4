//! The responses to uploads, dry runs, and deletions; and the wait for another deployment.

use super::following::is_doubtful;
use super::outcomes::{
    already_deleted, ended, left_running, previewed, retries_exhausted, stopped, stopped_waiting,
    unprepared,
};
use super::state::{
    Attempt, Delay, Following, Input, Output, Poll, Rng, Rules, State, Submitting, Transition,
    Update, Waiting, Watch, emit,
};
use super::transitions::{
    cancel_failed, cancel_own, cancelling_blocker, conflicted, done, poll_delay, send,
    submit_failed, unexplained,
};
use crate::model::{DeploymentId, ErrorInfo, Event, Failure, FailureKind, Operation, Outage};
use std::time::Duration;

impl Submitting {
    /// Once it is sent, the response decides, even if the deployment has been cancelled.
    pub(super) fn on(mut self, rules: &Rules, input: Input) -> Transition {
        let attempt = self.attempt;
        match input {
            Input::TurnGranted { gzip_bytes } if !self.sent => {
                self.sent = true;
                let submitting = Event::Submitting {
                    attempt: attempt.number,
                    gzip_bytes,
                };
                (State::Submitting(self), vec![emit(submitting)])
            }
            Input::Cancel { cause, .. } if !self.sent => done(stopped(cause, attempt)),
            Input::Accepted(id) => self.accepted(id),
            Input::AlreadyDeleted => done(already_deleted(attempt)),
            Input::Conflicted { blocker, failure } => match self.cancel {
                Some(cause) => done(stopped(cause, attempt)),
                None => conflicted(attempt, blocker, failure),
            },
            Input::SubmitFailed(failure) => {
                let attempt = Attempt {
                    no_response: attempt.no_response || is_ambiguous(&failure),
                    ..attempt
                };
                match self.cancel {
                    Some(cause) => done(stopped(cause, attempt)),
                    None => submit_failed(rules, attempt, failure),
                }
            }
            Input::Cancel { cause, force: true } => done(left_running(&cause)),
            Input::Cancel { cause, .. } => {
                self.cancel.get_or_insert(cause);
                (State::Submitting(self), vec![])
            }
            _late => (State::Submitting(self), vec![]),
        }
    }

    fn accepted(self, id: DeploymentId) -> Transition {
        let accepted = vec![
            emit(Event::Submitted {
                deployment_id: id.clone(),
                attempt: self.attempt.number,
            }),
            Output::OpenStream(id.clone(), Duration::ZERO),
        ];
        if let Some(cause) = self.cancel {
            let (state, cancel) = cancel_own(id, cause, Watch::Stream);
            return (state, [accepted, cancel].concat());
        }
        (State::Following(Following::new(id)), accepted)
    }
}

/// Whether the server may have accepted the request nevertheless.
fn is_ambiguous(failure: &Failure) -> bool {
    failure.outage != Some(Outage::LimitReached)
        && matches!(
            failure.kind,
            FailureKind::ReplyLost | FailureKind::Unexpected
        )
}

/// A cancelled project does not wait for the response.
pub(super) fn previewing(rules: &Rules, attempt: Attempt, input: Input) -> Transition {
    match input {
        Input::Previewed {
            changes,
            same_bundle,
        } if attempt.preview => (
            State::Previewed { unverified: false },
            vec![emit(Event::Previewed {
                changes,
                same_bundle,
            })],
        ),
        // Some of its resources would remain, or it has none: it is the same project.
        Input::Previewed { .. } if rules.operation == Operation::Deploy => {
            send(rules, Attempt::FIRST, None)
        }
        Input::Previewed {
            changes,
            same_bundle,
        } => done(previewed(changes, same_bundle)),
        Input::Unprepared { reason, error } => done(unprepared(reason, error, attempt)),
        Input::Conflicted { blocker, failure } => conflicted(attempt, blocker, failure),
        Input::SubmitFailed(failure) => submit_failed(rules, attempt, failure),
        Input::Cancel { cause, .. } => done(stopped(cause, attempt)),
        _late => (State::Previewing(attempt), vec![]),
    }
}

impl Waiting {
    pub(super) fn on(mut self, rules: &Rules, input: Input, rng: Rng<'_>) -> Transition {
        let outputs = match input {
            Input::AwaitCompletion { until } => {
                self.until = Some(until);
                vec![self.poll(Delay::Exactly(Duration::ZERO))]
            }
            // It may belong to another repository.
            Input::CancelBlocker { until } if self.attempt.unverified => {
                self.until = Some(until);
                self.not_cancelled(ErrorInfo::new("it may belong to another repository"))
            }
            Input::CancelBlocker { until } => {
                self.until = Some(until);
                let request = Output::RequestCancel(self.blocker.clone(), Duration::ZERO);
                vec![cancelling_blocker(&self.blocker), request]
            }
            Input::CancelAcknowledged => {
                self.answered();
                vec![self.poll(Delay::Exactly(Duration::ZERO))]
            }
            Input::CancelFailed(failure) => {
                self.unconfirmed = false;
                match poll_delay(rules, &failure, &mut self.failures, rng) {
                    Some(delay) => vec![Output::RequestCancel(self.blocker.clone(), delay)],
                    None => self.not_cancelled(failure.error),
                }
            }
            Input::StillRunning { retry_after } => {
                self.answered();
                self.is_known = true;
                vec![self.poll(Delay::BetweenPolls(retry_after))]
            }
            Input::CancelNotFound if !self.unconfirmed => self.ask_again(),
            input if is_doubtful(&input) && !self.unconfirmed => self.ask_again(),
            Input::PollFailed(failure) => {
                let Some(delay) = poll_delay(rules, &failure, &mut self.failures, rng) else {
                    return done(retries_exhausted(failure, self.attempt));
                };
                self.unconfirmed = false;
                vec![self.poll(Delay::Exactly(delay))]
            }
            Input::NotFound | Input::CancelNotFound if !self.is_known => {
                return unexplained(self.attempt, *self.conflict);
            }
            Input::OwnEnded(ending) if self.attempt.no_response => {
                let accepted = emit(Event::Submitted {
                    deployment_id: self.blocker.clone(),
                    attempt: self.attempt.number,
                });
                let (state, outputs) = done(ended(self.blocker, ending, None));
                return (state, [vec![accepted], outputs].concat());
            }
            Input::Ended(_) | Input::NotFound | Input::CancelNotFound => {
                // A project has at most one running deployment: one that a lost upload started has finished, too.
                let attempt = Attempt {
                    no_response: false,
                    ..self.attempt.next()
                };
                let unblocked = vec![Output::Update(Update::Unblocked)];
                return (State::Retrying(attempt), unblocked);
            }
            Input::Cancel { cause, .. } => {
                return done(stopped_waiting(cause, self.attempt, &self.blocker));
            }
            _late => vec![],
        };
        (State::Waiting(self), outputs)
    }

    fn answered(&mut self) {
        (self.failures, self.unconfirmed) = (0, false);
    }

    fn ask_again(&mut self) -> Vec<Output> {
        self.unconfirmed = true;
        vec![Output::GetStatus(self.blocker.clone())]
    }

    /// The blocker could not be cancelled: waits for it to finish.
    fn not_cancelled(&mut self, error: ErrorInfo) -> Vec<Output> {
        self.answered();
        vec![
            cancel_failed(&self.blocker, error),
            self.poll(Delay::Exactly(Duration::ZERO)),
        ]
    }

    fn poll(&self, delay: Delay) -> Output {
        Output::Poll(Poll {
            id: self.blocker.clone(),
            delay,
            until: self.until,
        })
    }
}
