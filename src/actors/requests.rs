//! The requests of a DeploymentActor, each after its turn at the account's rate limiter, and the inputs that their responses
//! are.

use super::deployment::DeploymentActor;
use super::{Job, pause};
use crate::api::{Cancelled, Client, Completion, Destroyed, Found, SubmitError, SubmitOptions};
use crate::backoff;
use crate::machine::deployment::{Delay, Input, Poll, State};
use crate::model::{DeploymentId, Event, Failure, Operation, Retries};
use crate::rate::Priority;
use actix::prelude::*;
use bytes::Bytes;
use std::time::Duration;
use tokio::time::Instant;

/// The server holds a long poll for at most this long.
const LONGEST_POLL: Duration = Duration::from_secs(30);

/// Retries a request until it succeeds or fails permanently, never earlier than the server asks. Not for requests about a
/// deployment: the machine handles each of their failures.
///
/// # Errors
/// The first permanent failure, or the transient one that exhausts the retries.
pub(crate) async fn retry<T>(
    retries: &Retries,
    mut ask: impl AsyncFnMut() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut failures = 0;
    loop {
        let failure = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        failures += 1;
        if !failure.is_transient() || failures > retries.count {
            return Err(failure);
        }
        let retry_after = failure.retry_after;
        let delay = backoff::after_failure(retries, failures, retry_after, fastrand::f64());
        pause(delay).await;
    }
}

impl DeploymentActor {
    /// Sends a request after a delay and its turn. `on` receives the response.
    fn request<R: 'static>(
        &self,
        priority: Priority,
        delay: Duration,
        ask: impl AsyncFnOnce(&Client, &Job, &str) -> R + 'static,
        on: impl FnOnce(R, &mut Self, &mut Context<Self>) + 'static,
        ctx: &mut Context<Self>,
    ) {
        let (api, job) = (self.resources.api.clone(), self.job.clone());
        let logical_id = self.logical_id.clone();
        let turn = self.turn();
        let asking = async move {
            pause(delay).await;
            turn(priority).await;
            ask(&api, &job, &logical_id).await
        };
        ctx.spawn(asking.into_actor(self).map(on));
    }

    /// Sends an upload or a deletion when its turn has come, unless the project has been cancelled by then.
    fn upload<R: 'static>(
        &self,
        gzip_bytes: Option<u64>,
        ask: impl AsyncFnOnce(&Client, &Job, &str) -> R + 'static,
        on: impl FnOnce(R, &mut Self, &mut Context<Self>) + 'static,
        ctx: &mut Context<Self>,
    ) {
        let turn = self.turn();
        let waiting = async move { turn(Priority::Deploy).await };
        ctx.spawn(waiting.into_actor(self).map(move |(), this, ctx| {
            this.apply(Input::TurnGranted { gzip_bytes }, ctx);
            if !matches!(this.machine.state(), State::Submitting(_)) {
                return;
            }
            let (api, job) = (this.resources.api.clone(), this.job.clone());
            let logical_id = this.logical_id.clone();
            let asking = async move { ask(&api, &job, &logical_id).await };
            ctx.spawn(asking.into_actor(this).map(on));
        }));
    }

    pub(super) fn submit(&mut self, ctx: &mut Context<Self>) {
        let payload = self.payload.as_ref();
        let gzip_bytes = payload.and_then(|payload| payload.facts.gzip_bytes);
        let (gzip, options) = self.submission();
        self.upload(
            gzip_bytes,
            async move |api, job, logical_id| {
                api.submit(&job.credentials, options, logical_id, gzip)
                    .await
            },
            |response, this: &mut Self, ctx: &mut Context<Self>| {
                let input = match response {
                    Ok(id) => Input::Accepted(id),
                    Err(error) => this.not_accepted(error),
                };
                this.apply(input, ctx);
            },
            ctx,
        );
    }

    pub(super) fn preview(&mut self, ctx: &mut Context<Self>) {
        // After a preview, the deployment may be far away: its payload waits on disk.
        let is_preview = matches!(self.machine.state(), State::Previewing(it) if it.preview);
        let is_deployed_next = self.operation() == Operation::Deploy && !is_preview;
        let payload = self.payload.clone().filter(|_| is_deployed_next);
        let (gzip, options) = self.submission();
        self.payload = payload;
        self.request(
            Priority::DryRun,
            Duration::ZERO,
            async move |api, job, _| api.preview(&job.credentials, options, gzip).await,
            |response, this: &mut Self, ctx: &mut Context<Self>| {
                let input = match response {
                    Ok(changes) => this.previewed(changes),
                    Err(error) => this.not_accepted(error),
                };
                if !matches!(input, Input::Previewed { .. }) {
                    this.payload = None;
                }
                this.apply(input, ctx);
            },
            ctx,
        );
    }

    pub(super) fn destroy(&mut self, ctx: &mut Context<Self>) {
        self.upload(
            None,
            async |api, job, logical_id| {
                let preserve = job.policy.preserve_resources;
                api.destroy(&job.credentials, logical_id, preserve).await
            },
            |response, this: &mut Self, ctx: &mut Context<Self>| {
                let input = match response {
                    Ok(Destroyed::Accepted(id)) => Input::Accepted(id),
                    Ok(Destroyed::NotThere) => Input::AlreadyDeleted,
                    Err(error) => this.not_accepted(error),
                };
                this.apply(input, ctx);
            },
            ctx,
        );
    }

    fn not_accepted(&self, error: SubmitError) -> Input {
        match error {
            SubmitError::Conflict { blocker, .. } => Input::Conflicted(blocker),
            SubmitError::Failed(failure) => Input::SubmitFailed(self.observe(failure)),
        }
    }

    fn submission(&mut self) -> (Bytes, SubmitOptions) {
        let gzip = self.payload.take().map(|payload| payload.gzip);
        let options = SubmitOptions {
            schedule_on_deploy: self.job.policy.schedule_on_deploy,
            preserve_resources: self.job.policy.preserve_resources,
        };
        (gzip.unwrap_or_default(), options)
    }

    pub(super) fn get_status(&mut self, id: DeploymentId, ctx: &mut Context<Self>) {
        let epoch = self.next_poll();
        self.request(
            self.priority_of_poll(),
            Duration::ZERO,
            async move |api, job, logical_id| api.get(&job.credentials, logical_id, &id).await,
            move |response, this: &mut Self, ctx: &mut Context<Self>| {
                if this.poll_epoch != epoch {
                    return;
                }
                let input = match response {
                    Ok(Found::Ended(ending)) => return this.ended(ending, ctx),
                    Ok(Found::Running { .. }) => Input::StillRunning { retry_after: None },
                    Ok(Found::Gone) => Input::NotFound,
                    Err(failure) => Input::PollFailed(this.observe(failure)),
                };
                this.apply(input, ctx);
            },
            ctx,
        );
    }

    pub(super) fn poll(&mut self, poll: Poll, ctx: &mut Context<Self>) {
        let Poll { id, delay, until } = poll;
        let delay = match delay {
            Delay::Exactly(delay) => delay,
            Delay::BetweenPolls(retry_after) => self.last_poll.map_or(Duration::ZERO, |last| {
                backoff::between_polls(last.elapsed(), retry_after)
            }),
        };
        let sent = Instant::now() + delay;
        self.last_poll = Some(sent);
        let epoch = self.next_poll();
        let until = until.map(|until| self.resources.clock.instant(until));
        let max_wait = until.map_or(LONGEST_POLL, |until| (until - sent).min(LONGEST_POLL));
        self.request(
            self.priority_of_poll(),
            delay,
            async move |api, job, logical_id| {
                api.completion(&job.credentials, logical_id, &id, max_wait)
                    .await
            },
            move |response, this: &mut Self, ctx: &mut Context<Self>| {
                if this.poll_epoch != epoch {
                    return;
                }
                let input = match response {
                    Ok(Completion::Final(ending)) => return this.ended(ending, ctx),
                    Ok(Completion::StillRunning { retry_after }) => {
                        Input::StillRunning { retry_after }
                    }
                    Ok(Completion::Gone) => Input::NotFound,
                    Err(failure) => Input::PollFailed(this.observe(failure)),
                };
                this.apply(input, ctx);
            },
            ctx,
        );
    }

    /// A cancelled deployment is confirmed as urgently as it is cancelled: until then it counts as left running.
    fn priority_of_poll(&self) -> Priority {
        match self.machine.state() {
            State::Cancelling(_) => Priority::Cancel,
            _ => Priority::Completion,
        }
    }

    /// The responses to earlier polls are ignored.
    pub(super) fn next_poll(&mut self) -> u64 {
        self.poll_epoch += 1;
        self.poll_epoch
    }

    pub(super) fn request_cancel(
        &mut self,
        id: DeploymentId,
        delay: Duration,
        ctx: &mut Context<Self>,
    ) {
        self.request(
            Priority::Cancel,
            delay,
            async move |api, job, logical_id| api.cancel(&job.credentials, logical_id, &id).await,
            |response, this: &mut Self, ctx: &mut Context<Self>| {
                let input = match response {
                    Ok(Cancelled::Acknowledged) => Input::CancelAcknowledged,
                    Ok(Cancelled::Gone) => Input::CancelNotFound,
                    Err(failure) => Input::CancelFailed(this.observe(failure)),
                };
                this.apply(input, ctx);
            },
            ctx,
        );
    }

    /// Waits for the turn of a request, and reports a long wait.
    pub(super) fn turn(&self) -> impl AsyncFn(Priority) + use<> + 'static {
        let limiter = self.resources.rate_limiter.clone();
        let supervisor = self.resources.supervisor.clone();
        async move |priority| {
            let throttled = |delay_ms| supervisor.emit(Event::Throttled { delay_ms });
            limiter.acquire(priority, throttled).await;
        }
    }

    fn observe(&self, failure: Failure) -> Failure {
        self.resources.rate_limiter.observe(&failure);
        failure
    }
}
