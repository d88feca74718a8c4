//! The requests of a DeploymentActor, each after its turn at the account's rate limiter, and the inputs that their responses
//! are.

use super::deployment::DeploymentActor;
use super::{Job, pause};
use crate::api::{Cancelled, Client, Conflict, Destroyed, Ended, Found, SubmitOptions};
use crate::backoff;
use crate::bundle::members;
use crate::machine::deployment::retry_delay;
use crate::machine::deployment::{Delay, Input, Poll, State};
use crate::model::{Action, DeploymentId, Ending, Event, Failure, Operation, Retries};
use crate::rate::Priority;
use actix::prelude::*;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// How long after an upload has begun the server may accept it.
const IN_FLIGHT: Duration = Duration::from_secs(120);

/// How far the server's clock may be behind.
const CLOCKS: Duration = Duration::from_secs(5);

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
        let mut random = fastrand::f64;
        match retry_delay(retries, &failure, &mut failures, &mut random) {
            Some(delay) => pause(delay).await,
            None => return Err(failure),
        }
    }
}

impl DeploymentActor {
    /// Sends a request after a delay and its turn. `on` receives the response.
    fn request<R: 'static>(
        &self,
        priority: Priority,
        delay: Duration,
        ask: impl AsyncFnOnce(&Client, &Job, &str) -> Result<R, Failure> + 'static,
        on: impl FnOnce(Result<R, Failure>, &mut Self, &mut Context<Self>) + 'static,
        ctx: &mut Context<Self>,
    ) {
        let job = self.job.clone();
        let (logical_id, account) = (self.logical_id.clone(), self.resources.account.clone());
        let throttled = self.throttled();
        let policy = &self.job.planned.policy;
        let limit = match self.machine.state() {
            // Cancelling a deployment of ours is urgent.
            State::Cancelling(_) if priority == Priority::Cancel => None,
            State::Following(_) | State::Cancelling(_) | State::Waiting(_) => {
                Some(policy.outage_limit(true))
            }
            _ => Some(policy.outage_limit(false)),
        };
        let asking = async move {
            pause(delay).await;
            let request = async |api: &Client| ask(api, &job, &logical_id).await;
            account.ask(priority, limit, throttled, request).await
        };
        ctx.spawn(asking.into_actor(self).map(on));
    }

    /// Sends an upload or a deletion when its turn has come, unless the project has been cancelled by then.
    fn upload<R: 'static>(
        &self,
        gzip_bytes: Option<u64>,
        ask: impl AsyncFnOnce(&Client, &Job, &str) -> Result<Result<R, Conflict>, Failure> + 'static,
        accepted: impl FnOnce(R) -> Input + 'static,
        ctx: &mut Context<Self>,
    ) {
        let (account, throttled) = (self.resources.account.clone(), self.throttled());
        let limit = Some(self.job.planned.policy.outage_limit(false));
        let waiting = async move { account.turn(Priority::Deploy, limit, throttled).await };
        ctx.spawn(waiting.into_actor(self).map(move |turn, this, ctx| {
            if let Err(failure) = turn {
                return this.apply(Input::SubmitFailed(failure), ctx);
            }
            this.apply(Input::TurnGranted { gzip_bytes }, ctx);
            match this.machine.state() {
                // The response to an earlier one was lost.
                State::Submitting(it) if it.attempt.no_response => {}
                State::Submitting(_) => this.sent_at = Some(this.resources.clock.timestamp()),
                _ => return,
            }
            let job = this.job.clone();
            let (logical_id, account) = (this.logical_id.clone(), this.resources.account.clone());
            let saved = this.resources.supervisor.saved();
            let asking = async move {
                // A run that is killed from here on knows that the server may have a deployment.
                saved.await;
                let request = async |api: &Client| ask(api, &job, &logical_id).await;
                account.send(request).await
            };
            ctx.spawn(asking.into_actor(this).map(|response, this, ctx| {
                let input = match response {
                    Ok(Ok(response)) => accepted(response),
                    Ok(Err(conflict)) => conflicted(conflict),
                    Err(failure) => Input::SubmitFailed(failure),
                };
                this.apply(input, ctx);
            }));
        }));
    }

    pub(super) fn submit(&mut self, ctx: &mut Context<Self>) {
        let gzip_bytes = self.payload.as_ref().map(|gzip| gzip.len() as u64);
        let (gzip, options) = self.submission();
        self.upload(
            gzip_bytes,
            async move |api, job, logical_id| {
                api.submit(&job.credentials, options, logical_id, gzip)
                    .await
            },
            Input::Accepted,
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
                    Ok(Ok(changes)) => this.previewed(changes),
                    Ok(Err(conflict)) => conflicted(conflict),
                    Err(failure) => Input::SubmitFailed(failure),
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
                let preserve = job.planned.policy.preserve_resources;
                api.destroy(&job.credentials, logical_id, preserve).await
            },
            |destroyed| match destroyed {
                Destroyed::Accepted(id) => Input::Accepted(id),
                Destroyed::NotThere => Input::AlreadyDeleted,
            },
            ctx,
        );
    }

    fn submission(&mut self) -> (Bytes, SubmitOptions) {
        let options = SubmitOptions {
            schedule_on_deploy: self.job.planned.policy.schedule_on_deploy,
            preserve_resources: self.job.planned.policy.preserve_resources,
        };
        (self.payload.take().unwrap_or_default(), options)
    }

    pub(super) fn get_status(&mut self, id: DeploymentId, ctx: &mut Context<Self>) {
        let epoch = self.next_poll();
        self.request(
            self.priority_of_poll(),
            Duration::ZERO,
            async move |api, job, logical_id| api.get(&job.credentials, logical_id, &id).await,
            move |response, this: &mut Self, ctx| this.polled(epoch, response, ctx),
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
            move |response, this: &mut Self, ctx| this.polled(epoch, response, ctx),
            ctx,
        );
    }

    /// The response to the poll of this number.
    fn polled(&mut self, epoch: u64, response: Result<Found, Failure>, ctx: &mut Context<Self>) {
        if self.poll_epoch != epoch {
            return;
        }
        let input = match response {
            Ok(Found::Ended(ended)) => return self.found_ended(ended, ctx),
            Ok(Found::Running { retry_after }) => Input::StillRunning { retry_after },
            Ok(Found::Gone) => Input::NotFound,
            Err(failure) => Input::PollFailed(failure),
        };
        self.apply(input, ctx);
    }

    /// A deployment has ended, according to the response to a poll. The one in the way of a resumed project may be its own.
    fn found_ended(&mut self, Ended { ending, created_at }: Ended, ctx: &mut Context<Self>) {
        let blocker = match self.machine.state() {
            State::Waiting(waiting) if waiting.attempt.no_response => waiting.blocker.clone(),
            _ => return self.ended(ending, ctx),
        };
        let in_flight = self
            .sent_at
            .zip(created_at)
            .is_some_and(|(sent_at, created_at)| {
                sent_at <= created_at.plus(CLOCKS) && created_at <= sent_at.plus(IN_FLIGHT)
            });
        let (
            Ending::Succeeded {
                changes: Some(changes),
            },
            true,
            Some(bundle),
        ) = (&ending, in_flight, self.bundle.clone())
        else {
            return self.ended(ending, ctx);
        };
        let deployed: BTreeSet<(String, String)> = changes
            .iter()
            .filter(|it| matches!(it.action, Action::Create | Action::Update))
            .map(|it| (it.kind.clone(), it.logical_id.clone()))
            .collect();
        let reading = tokio::task::spawn_blocking(move || members(&bundle.file));
        ctx.spawn(reading.into_actor(self).map(move |members, this, ctx| {
            let is_own = matches!(members, Ok(Ok(members)) if members == deployed);
            tracing::debug!(project = %this.job.planned.name, %blocker, is_own, "the blocker has ended");
            match is_own {
                true => this.apply(Input::OwnEnded(ending), ctx),
                false => this.ended(ending, ctx),
            }
        }));
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
                    Err(failure) => Input::CancelFailed(failure),
                };
                this.apply(input, ctx);
            },
            ctx,
        );
    }

    /// Reports that a request waits for its turn.
    pub(super) fn throttled(&self) -> impl Fn(u64) + use<> + 'static {
        let supervisor = self.resources.supervisor.clone();
        move |delay_ms| supervisor.emit(Event::Throttled { delay_ms })
    }
}

fn conflicted(Conflict { blocker, failure }: Conflict) -> Input {
    Input::Conflicted { blocker, failure }
}
