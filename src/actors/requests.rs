//! The requests of a DeploymentActor, each after its turn at the account's gate, and the events of their responses.

use super::deployment::DeploymentActor;
use crate::api::{Cancelled, Completion, Destroyed, Found, SubmitError, SubmitOptions};
use crate::backoff;
use crate::deployment::{Event, Pause};
use crate::messages::Update;
use crate::model::{DeploymentId, Failure, Operation, Phase};
use crate::rate::Priority;
use actix::prelude::*;
use bytes::Bytes;
use std::time::Duration;
use tokio::time::Instant;

/// The server holds a long poll for at most this long.
const LONGEST_POLL: Duration = Duration::from_secs(30);

impl DeploymentActor {
    pub(super) fn submit(&mut self, ctx: &mut Context<Self>) {
        let (gzip, options) = self.submission();
        let (api, job) = (self.api.clone(), self.job.clone());
        let pass = self.pass(Priority::Deploy);
        let submitting = async move {
            pass.await;
            api.submit(&job.credentials, options, gzip).await
        };
        ctx.spawn(submitting.into_actor(self).map(|reply, this, ctx| {
            let event = match reply {
                Ok(id) => Event::Accepted(id),
                Err(SubmitError::Conflict { blocker, .. }) => Event::Conflicted(blocker),
                Err(SubmitError::Failed(failure)) => Event::SubmitFailed(this.learn(failure)),
            };
            this.apply(event, ctx);
        }));
    }

    pub(super) fn preview(&mut self, ctx: &mut Context<Self>) {
        let is_deployed_next = self.operation() == Operation::Deploy;
        let kept = self.payload.clone().filter(|_| is_deployed_next);
        let (gzip, options) = self.submission();
        self.payload = kept;
        let (api, job) = (self.api.clone(), self.job.clone());
        let pass = self.pass(Priority::DryRun);
        let previewing = async move {
            pass.await;
            api.preview(&job.credentials, options, gzip).await
        };
        ctx.spawn(previewing.into_actor(self).map(|reply, this, ctx| {
            let event = match reply {
                Ok(changes) => this.previewed(changes),
                Err(SubmitError::Conflict { blocker, .. }) => Event::Conflicted(blocker),
                Err(SubmitError::Failed(failure)) => Event::SubmitFailed(this.learn(failure)),
            };
            if !matches!(event, Event::Previewed { .. }) {
                this.payload = None;
            }
            this.apply(event, ctx);
        }));
    }

    pub(super) fn destroy(&mut self, ctx: &mut Context<Self>) {
        let (api, job) = (self.api.clone(), self.job.clone());
        let logical_id = self.logical_id.clone();
        let preserve_resources = job.policy.preserve_resources;
        let pass = self.pass(Priority::Deploy);
        let destroying = async move {
            pass.await;
            api.destroy(&job.credentials, &logical_id, preserve_resources)
                .await
        };
        ctx.spawn(destroying.into_actor(self).map(|reply, this, ctx| {
            let event = match reply {
                Ok(Destroyed::Accepted(id)) => Event::Accepted(id),
                Ok(Destroyed::NotThere) => Event::NotThere,
                Err(SubmitError::Conflict { blocker, .. }) => Event::Conflicted(blocker),
                Err(SubmitError::Failed(failure)) => Event::SubmitFailed(this.learn(failure)),
            };
            this.apply(event, ctx);
        }));
    }

    fn submission(&mut self) -> (Bytes, SubmitOptions) {
        let gzip = self.payload.take().map(|payload| payload.gzip);
        let options = SubmitOptions {
            schedule_on_deploy: self.job.policy.schedule_on_deploy,
            preserve_resources: self.job.policy.preserve_resources,
        };
        (gzip.unwrap_or_default(), options)
    }

    pub(super) fn look(&mut self, id: DeploymentId, ctx: &mut Context<Self>) {
        self.poll_epoch += 1;
        let epoch = self.poll_epoch;
        let (api, job) = (self.api.clone(), self.job.clone());
        let logical_id = self.logical_id.clone();
        let pass = self.pass(Priority::Completion);
        let looking = async move {
            pass.await;
            api.get(&job.credentials, &logical_id, &id).await
        };
        ctx.spawn(looking.into_actor(self).map(move |reply, this, ctx| {
            if this.poll_epoch != epoch {
                return;
            }
            let event = match reply {
                Ok(Found::Ended(ending)) => return this.ended(ending, ctx),
                Ok(Found::Running { .. }) => Event::StillRunning { retry_after: None },
                Ok(Found::Gone) => Event::Gone,
                Err(failure) => Event::PollFailed(this.learn(failure)),
            };
            this.apply(event, ctx);
        }));
    }

    pub(super) fn poll(&mut self, id: DeploymentId, pause: Pause, ctx: &mut Context<Self>) {
        let pause = self.length(pause);
        let sent = Instant::now() + pause;
        self.last_poll = Some(sent);
        self.poll_epoch += 1;
        let epoch = self.poll_epoch;
        let left = self.until.map_or(LONGEST_POLL, |until| until - sent);
        let (api, job) = (self.api.clone(), self.job.clone());
        let logical_id = self.logical_id.clone();
        let pass = self.pass(Priority::Completion);
        let polling = async move {
            tokio::time::sleep(pause).await;
            pass.await;
            let max_wait = left.min(LONGEST_POLL);
            api.completion(&job.credentials, &logical_id, &id, max_wait)
                .await
        };
        ctx.spawn(polling.into_actor(self).map(move |reply, this, ctx| {
            if this.poll_epoch != epoch {
                return;
            }
            let event = match reply {
                Ok(Completion::Final(ending)) => return this.ended(ending, ctx),
                Ok(Completion::StillRunning { retry_after }) => Event::StillRunning { retry_after },
                Ok(Completion::Gone) => Event::Gone,
                Err(failure) => Event::PollFailed(this.learn(failure)),
            };
            this.apply(event, ctx);
        }));
    }

    pub(super) fn request_cancel(
        &mut self,
        id: DeploymentId,
        pause: Pause,
        ctx: &mut Context<Self>,
    ) {
        let pause = self.length(pause);
        let (api, job) = (self.api.clone(), self.job.clone());
        let logical_id = self.logical_id.clone();
        let pass = self.pass(Priority::Cancel);
        let cancelling = async move {
            tokio::time::sleep(pause).await;
            pass.await;
            api.cancel(&job.credentials, &logical_id, &id).await
        };
        ctx.spawn(cancelling.into_actor(self).map(|reply, this, ctx| {
            let event = match reply {
                Ok(Cancelled::Acknowledged) => Event::CancelAcknowledged,
                Ok(Cancelled::Gone) => Event::CancelTargetGone,
                Err(failure) => Event::CancelFailed(this.learn(failure)),
            };
            this.apply(event, ctx);
        }));
    }

    /// Waits for the request's turn at the account's gate when awaited.
    fn pass(&self, priority: Priority) -> impl Future<Output = ()> + 'static {
        let (gate, update, project) = (
            self.gate.clone(),
            self.superior.update.clone(),
            self.project,
        );
        async move {
            let tell = |delay| {
                let phase = Phase::Throttled { delay };
                update.do_send(Update { project, phase });
            };
            gate.pass(priority, tell).await;
        }
    }

    fn learn(&self, failure: Failure) -> Failure {
        self.gate.learn(&failure);
        failure
    }

    fn length(&self, pause: Pause) -> Duration {
        match pause {
            Pause::None => Duration::ZERO,
            Pause::Floor(retry_after) => self.last_poll.map_or(Duration::ZERO, |last| {
                backoff::between_polls(last.elapsed(), retry_after)
            }),
            Pause::Backoff {
                failures,
                retry_after,
            } => {
                let retries = &self.job.policy.retries;
                backoff::after_failure(retries, failures, retry_after, fastrand::f64())
            }
        }
    }
}
