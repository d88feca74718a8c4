//! Follows our deployment on the server to its end, and cancels it.

use super::outcomes::{deployment_not_found, detached, ended, poll_failed};
use super::state::{
    Cancelling, Delay, Following, Input, Output, Rng, Rules, State, Transition, Watch, emit,
};
use super::transitions::{cancel_delay, cancel_failed, cancel_own, done, poll, poll_delay};
use crate::model::{DeploymentId, ErrorInfo, Event, Failure, FailureKind, Outage, Reason};
use std::time::Duration;

impl Following {
    /// The event stream comes first, and is reconnected. If it does not work, a long poll follows; while that reports a running
    /// deployment, the stream again.
    pub(super) fn on(mut self, rules: &Rules, input: Input, rng: Rng<'_>) -> Transition {
        let id = self.id.clone();
        let outputs = match input {
            Input::Progress(percent) => {
                (self.failures, self.breaks) = (0, 0);
                let is_news = percent > self.progress;
                self.progress = self.progress.max(percent);
                Vec::from_iter(is_news.then(|| emit(Event::Progress { percent })))
            }
            Input::StreamBroken(failure) => match self.reconnect(rules, &failure, rng) {
                Some(outputs) => outputs,
                None => {
                    self.watch = Watch::Poll;
                    vec![poll(&id, Delay::BetweenPolls(None))]
                }
            },
            Input::Ended(ending) => return done(ended(id, ending, None)),
            input if is_doubtful(&input) && self.watch != Watch::Unconfirmed => {
                ask_again(&id, &mut self.watch)
            }
            Input::NotFound => return done(deployment_not_found(id)),
            // Not a stream that keeps failing. Nor after doubt: polls may be refused where a status request is not.
            Input::StillRunning { retry_after }
                if self.watch == Watch::Unconfirmed || self.breaks > rules.retries.count =>
            {
                self.failures = 0;
                self.watch = Watch::Poll;
                vec![poll(&id, Delay::BetweenPolls(retry_after))]
            }
            Input::StillRunning { .. } => {
                self.failures = 0;
                self.watch = Watch::Stream;
                vec![Output::OpenStream(id, Duration::ZERO)]
            }
            Input::PollFailed(failure) => {
                let Some(delay) = poll_delay(rules, &failure, &mut self.failures, rng) else {
                    return done(poll_failed(failure, id));
                };
                self.watch = Watch::Poll;
                vec![poll(&id, Delay::Exactly(delay))]
            }
            Input::Cancel { cause, force: true } => return done(detached(id, cause.reason)),
            Input::Cancel { cause, .. } => return cancel_own(id, cause, self.watch),
            _late => vec![],
        };
        (State::Following(self), outputs)
    }

    /// Reopens the stream after a break. `None` if the server refuses it, or answers with something else than a stream, or if
    /// the retries are exhausted.
    fn reconnect(&mut self, rules: &Rules, failure: &Failure, rng: Rng<'_>) -> Option<Vec<Output>> {
        if failure.outage == Some(Outage::Pause) {
            return Some(vec![Output::OpenStream(self.id.clone(), Duration::ZERO)]);
        }
        if matches!(failure.kind, FailureKind::Refused | FailureKind::Unexpected) {
            self.breaks += 1;
            return None;
        }
        let delay = poll_delay(rules, failure, &mut self.breaks, rng)?;
        let reconnecting = Event::Reconnecting {
            attempt: self.breaks,
            delay_ms: crate::model::millis(delay),
            cause: failure.error.message.clone(),
        };
        Some(vec![
            emit(reconnecting),
            Output::OpenStream(self.id.clone(), delay),
        ])
    }
}

impl Cancelling {
    /// The deployment may still end as "succeeded".
    pub(super) fn on(mut self, rules: &Rules, input: Input, rng: Rng<'_>) -> Transition {
        let id = self.id.clone();
        let outputs = match input {
            Input::Ended(ending) => return done(ended(id, ending, Some(self.cause.reason))),
            // The end is near and progress no longer matters; a poll cannot miss the end.
            Input::CancelAcknowledged if self.watch == Watch::Stream => {
                self.watch = Watch::Poll;
                vec![
                    Output::CloseStream,
                    poll(&id, Delay::Exactly(Duration::ZERO)),
                ]
            }
            Input::StreamBroken(_) => {
                self.watch = Watch::Poll;
                vec![poll(&id, Delay::BetweenPolls(None))]
            }
            Input::StillRunning { retry_after } => {
                self.failures = 0;
                self.watch = Watch::Poll;
                vec![poll(&id, Delay::BetweenPolls(retry_after))]
            }
            Input::CancelFailed(failure) => {
                match cancel_delay(rules, &failure, &mut self.failures, rng) {
                    Some(delay) => vec![Output::RequestCancel(id, delay)],
                    // Not cancelled, but still followed: it may finish within the grace period.
                    None => vec![cancel_failed(&id, failure.error)],
                }
            }
            input if is_doubtful(&input) && self.watch != Watch::Unconfirmed => {
                ask_again(&id, &mut self.watch)
            }
            Input::PollFailed(failure) => {
                let Some(delay) = poll_delay(rules, &failure, &mut self.failures, rng) else {
                    return done(detached(id, Reason::CancelTimeout));
                };
                self.watch = Watch::Poll;
                vec![poll(&id, Delay::Exactly(delay))]
            }
            Input::NotFound => return done(detached(id, Reason::DeploymentNotFound)),
            // The stream, or a poll, will tell whether it is still there.
            Input::CancelNotFound => {
                let error = ErrorInfo {
                    http_status: Some(404),
                    ..ErrorInfo::new("The API does not have it.")
                };
                vec![cancel_failed(&id, error)]
            }
            Input::Cancel { force: true, .. } => return done(detached(id, Reason::CancelTimeout)),
            _late => vec![],
        };
        (State::Cancelling(self), outputs)
    }
}

/// One 404 may be a race, and one refusal another's than the API's: the second one counts.
pub(super) fn is_doubtful(input: &Input) -> bool {
    match input {
        Input::NotFound => true,
        Input::PollFailed(failure) => !failure.is_transient(),
        _ => false,
    }
}

/// Asks for the status before an answer is believed.
fn ask_again(id: &DeploymentId, watch: &mut Watch) -> Vec<Output> {
    *watch = Watch::Unconfirmed;
    vec![Output::GetStatus(id.clone())]
}
