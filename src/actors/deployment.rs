//! The DeploymentActor: one project's `State`, and the requests that its effects ask for.

use super::bundling::UnderWay;
use super::gate::Gate;
use super::stream::{Open, StreamActor};
use super::{Bundle, Job, Origin, Workshop};
use crate::api::{Cancelled, Client, Completion, Found, SubmitError, SubmitOptions};
use crate::backoff;
use crate::bundle::Payload;
use crate::deployment::{Effect, Event, Pause, Rules, State, step};
use crate::messages::{
    AwaitCompletion, Cancel, Conflict, Gone, Heard, MakeBundle, News, Retry, Start, Target, Update,
};
use crate::model::{DeploymentId, ErrorInfo, Failure, FailureKind, Operation, Phase, ProjectIx};
use crate::rate::Urgency;
use actix::prelude::*;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The server holds a long poll for at most this long.
const LONGEST_POLL: Duration = Duration::from_secs(30);

/// Where a DeploymentActor reports to.
#[derive(Clone)]
pub(super) struct Superior {
    pub(super) conflict: Recipient<Conflict>,
    pub(super) update: Recipient<Update>,
    pub(super) gone: Recipient<Gone>,
}

pub(super) struct DeploymentActor {
    project: ProjectIx,
    job: Arc<Job>,
    rules: Rules,
    api: Client,
    gate: Gate,
    workshop: Workshop,
    superior: Superior,
    state: State,
    /// The bundle, once there is one.
    bundle: Option<Arc<Bundle>>,
    /// The project's name in its account: that of the bundle, and nothing is sent before there is one.
    logical_id: Arc<str>,
    /// The bundling that is under way; dropping it ends it.
    bundling: Option<UnderWay>,
    /// Kept from the end of preparing to the start of the upload only: memory is bounded by the slots.
    payload: Option<Payload>,
    /// The open event stream, and its number.
    stream: Option<Open>,
    stream_epoch: u64,
    /// The number of the latest poll; the reply to an earlier one is late.
    poll_epoch: u64,
    last_poll: Option<Instant>,
    /// The blocker is not polled past this.
    until: Option<Instant>,
}

impl DeploymentActor {
    pub(super) fn new(
        project: ProjectIx,
        job: Arc<Job>,
        operation: Operation,
        api: Client,
        gate: Gate,
        workshop: Workshop,
        superior: Superior,
    ) -> Self {
        let bundle = job.bundle().cloned();
        Self {
            project,
            rules: Rules {
                operation,
                retries: job.policy.retries.count,
            },
            job,
            api,
            gate,
            workshop,
            superior,
            state: State::Pending,
            logical_id: bundle
                .as_ref()
                .map_or_else(|| "".into(), |bundle| bundle.logical_id.clone()),
            bundle,
            bundling: None,
            payload: None,
            stream: None,
            stream_epoch: 0,
            poll_epoch: 0,
            last_poll: None,
            until: None,
        }
    }

    fn apply(&mut self, event: Event, ctx: &mut Context<Self>) {
        tracing::trace!(project = %self.job.name, ?event, "event");
        let before = std::mem::replace(&mut self.state, State::Pending);
        let (state, effects) = step(self.rules, before, event);
        self.state = state;
        for effect in effects {
            self.perform(effect, ctx);
        }
        if matches!(self.state, State::Done(_)) {
            ctx.stop();
        }
    }

    fn perform(&mut self, effect: Effect, ctx: &mut Context<Self>) {
        match effect {
            Effect::Bundle => self.make_bundle(ctx),
            Effect::Prepare => self.prepare(ctx),
            Effect::Submit => self.submit(ctx),
            Effect::Preview => self.preview(ctx),
            Effect::OpenStream(id) => self.open_stream(id, ctx),
            Effect::CloseStream => self.close_stream(),
            Effect::Look(id) => self.look(id, ctx),
            Effect::Poll(id, pause) => self.poll(id, pause, ctx),
            Effect::RequestCancel(id, pause) => self.request_cancel(id, pause, ctx),
            Effect::AskSupervisor(blocker) => self.superior.conflict.do_send(Conflict {
                project: self.project,
                blocker,
            }),
            Effect::Tell(phase) => self.tell(phase),
        }
    }

    fn tell(&self, phase: Phase) {
        self.superior.update.do_send(Update {
            project: self.project,
            phase,
        });
    }

    fn make_bundle(&mut self, ctx: &mut Context<Self>) {
        let Origin::Folder(folder) = &self.job.origin else {
            return;
        };
        let folder = folder.clone();
        let (bundling, made) = self.workshop.bundle(self.job.clone(), folder.clone());
        self.bundling = Some(bundling);
        ctx.spawn(made.into_actor(self).map(move |made, this, ctx| {
            this.bundling = None;
            this.gate.spend(this.workshop.requests(&folder.0, &made));
            let event = match made {
                Ok((bundle, bundled)) => {
                    this.logical_id = bundled.logical_id.clone();
                    this.bundle = Some(bundle);
                    Event::Bundled(bundled)
                }
                Err((reason, error)) => Event::Unprepared { reason, error },
            };
            this.apply(event, ctx);
        }));
    }

    fn prepare(&mut self, ctx: &mut Context<Self>) {
        let Some(bundle) = self.bundle.clone() else {
            return;
        };
        // One small file, read where it is wanted: not worth a thread.
        let unchanged = self.workshop.is_unchanged(&self.job, &bundle);
        let preparing = self.workshop.clone().prepare(bundle);
        ctx.spawn(preparing.into_actor(self).map(move |prepared, this, ctx| {
            let event = match prepared {
                Ok(payload) => {
                    let facts = payload.facts.clone();
                    this.payload = Some(payload);
                    Event::Prepared { facts, unchanged }
                }
                Err((reason, error)) => Event::Unprepared { reason, error },
            };
            this.apply(event, ctx);
        }));
    }

    fn submit(&mut self, ctx: &mut Context<Self>) {
        let (gzip, options) = self.submission();
        let (api, job) = (self.api.clone(), self.job.clone());
        let pass = self.pass(Urgency::Deploy);
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

    fn preview(&mut self, ctx: &mut Context<Self>) {
        let (gzip, options) = self.submission();
        let (api, job) = (self.api.clone(), self.job.clone());
        let pass = self.pass(Urgency::DryRun);
        let previewing = async move {
            pass.await;
            api.preview(&job.credentials, options, gzip).await
        };
        ctx.spawn(previewing.into_actor(self).map(|reply, this, ctx| {
            let event = match reply {
                Ok(changes) => Event::Previewed(changes),
                Err(SubmitError::Conflict { message, .. }) => Event::SubmitFailed(held(message)),
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

    fn open_stream(&mut self, id: DeploymentId, ctx: &mut Context<Self>) {
        self.stream_epoch += 1;
        let listener = ctx.address().recipient().downgrade();
        let (api, gate, job) = (self.api.clone(), self.gate.clone(), self.job.clone());
        let deployment = (self.logical_id.clone(), id);
        let epoch = self.stream_epoch;
        self.stream = Some(StreamActor::open(
            api, gate, job, deployment, epoch, listener,
        ));
    }

    fn close_stream(&mut self) {
        // What it has said already, and nobody has read, is late.
        self.stream_epoch += 1;
        self.stream = None;
    }

    fn look(&mut self, id: DeploymentId, ctx: &mut Context<Self>) {
        self.poll_epoch += 1;
        let epoch = self.poll_epoch;
        let (api, job) = (self.api.clone(), self.job.clone());
        let logical_id = self.logical_id.clone();
        let pass = self.pass(Urgency::Completion);
        let looking = async move {
            pass.await;
            api.get(&job.credentials, &logical_id, &id).await
        };
        ctx.spawn(looking.into_actor(self).map(move |reply, this, ctx| {
            if this.poll_epoch != epoch {
                return;
            }
            let event = match reply {
                Ok(Found::Ended(ending)) => Event::Ended(ending),
                Ok(Found::Running { .. }) => Event::StillRunning { retry_after: None },
                Ok(Found::Gone) => Event::Gone,
                Err(failure) => Event::PollFailed(this.learn(failure)),
            };
            this.apply(event, ctx);
        }));
    }

    fn poll(&mut self, id: DeploymentId, pause: Pause, ctx: &mut Context<Self>) {
        let pause = self.length(pause);
        let sent = Instant::now() + pause;
        self.last_poll = Some(sent);
        self.poll_epoch += 1;
        let epoch = self.poll_epoch;
        let left = self.until.map_or(LONGEST_POLL, |until| until - sent);
        let (api, job) = (self.api.clone(), self.job.clone());
        let logical_id = self.logical_id.clone();
        let pass = self.pass(Urgency::Completion);
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
                Ok(Completion::Final(ending)) => Event::Ended(ending),
                Ok(Completion::StillRunning { retry_after }) => Event::StillRunning { retry_after },
                Ok(Completion::Gone) => Event::Gone,
                Err(failure) => Event::PollFailed(this.learn(failure)),
            };
            this.apply(event, ctx);
        }));
    }

    fn request_cancel(&mut self, id: DeploymentId, pause: Pause, ctx: &mut Context<Self>) {
        let pause = self.length(pause);
        let (api, job) = (self.api.clone(), self.job.clone());
        let logical_id = self.logical_id.clone();
        let pass = self.pass(Urgency::Cancel);
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

    /// Waits, once it is awaited, for a request's share of the account's budget.
    fn pass(&self, urgency: Urgency) -> impl Future<Output = ()> + 'static {
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
            gate.pass(urgency, tell).await;
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

/// A dry run that another deployment stood in the way of. Nobody waits for that one: there is nothing to lose, and the
/// next try may find the project free.
fn held(message: String) -> Failure {
    Failure {
        kind: FailureKind::Busy,
        request: "POST /v1/projects/deploy".to_owned(),
        error: ErrorInfo {
            message,
            http_status: Some(409),
            ..ErrorInfo::default()
        },
        retry_after: None,
    }
}

impl Actor for DeploymentActor {
    type Context = Context<Self>;

    /// Runs after a panic too: the Supervisor learns of every end.
    fn stopped(&mut self, _: &mut Self::Context) {
        self.superior.gone.do_send(Gone {
            project: self.project,
        });
    }
}

impl Handler<MakeBundle> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, MakeBundle: MakeBundle, ctx: &mut Self::Context) {
        self.apply(Event::Bundle, ctx);
    }
}

impl Handler<Start> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, Start: Start, ctx: &mut Self::Context) {
        self.apply(Event::Granted, ctx);
    }
}

impl Handler<Retry> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, Retry: Retry, ctx: &mut Self::Context) {
        self.until = None;
        self.apply(Event::Granted, ctx);
    }
}

impl Handler<AwaitCompletion> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, AwaitCompletion { until }: AwaitCompletion, ctx: &mut Self::Context) {
        self.until = Some(until);
        self.apply(Event::AwaitCompletion, ctx);
    }
}

impl Handler<Cancel> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, Cancel { target }: Cancel, ctx: &mut Self::Context) {
        match target {
            Target::Own { cause, force } => self.apply(Event::Cancel { cause, force }, ctx),
            Target::Blocker { until } => {
                self.until = Some(until);
                self.apply(Event::CancelBlocker, ctx);
            }
        }
    }
}

impl Handler<Heard> for DeploymentActor {
    type Result = ();

    fn handle(&mut self, Heard { epoch, news }: Heard, ctx: &mut Self::Context) {
        if epoch != self.stream_epoch {
            return;
        }
        match news {
            News::Progress(percent) => self.apply(Event::Progress(percent), ctx),
            News::Ended(ending) => self.apply(Event::Ended(ending), ctx),
            News::Lost(failure) => self.apply(Event::StreamLost(failure), ctx),
            News::Throttled { delay } => self.tell(Phase::Throttled { delay }),
            News::Reconnecting {
                attempt,
                delay,
                cause,
            } => self.tell(Phase::Reconnecting {
                attempt,
                delay,
                cause,
            }),
        }
    }
}
