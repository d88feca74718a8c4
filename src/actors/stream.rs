//! The StreamActor: keeps one deployment's event stream open, and sends its updates.
//!
//! It reconnects with growing delays. The project's `retries` limit reconnections in a row; progress resets the count. When
//! they are used up, or the server refuses, streaming is `Lost` and the DeploymentActor polls.

use super::Job;
use super::gate::Gate;
use crate::api::{Client, EventStream, Frame, StreamBreak};
use crate::backoff;
use crate::messages::{Heard, News};
use crate::model::{DeploymentId, ErrorInfo, Failure, FailureKind, Operation};
use crate::rate::Priority;
use actix::WeakRecipient;
use actix::prelude::*;
use futures::channel::oneshot;
use std::sync::Arc;
use std::time::Duration;

/// After this long without progress, a poll checks whether the deployment has finished.
const QUIET: Duration = Duration::from_secs(120);

/// Dropping this stops the stream and closes the connection.
pub(super) struct Open {
    _guard: oneshot::Sender<()>,
}

pub(super) struct StreamActor {
    api: Client,
    gate: Gate,
    job: Arc<Job>,
    operation: Operation,
    logical_id: Arc<str>,
    id: DeploymentId,
    /// Weak: a stream must not keep its receiver alive.
    listener: WeakRecipient<Heard>,
    epoch: u64,
    /// Connections that broke in a row without progress.
    breaks: u32,
    /// Expires if only keep-alives arrive.
    quiet: Option<SpawnHandle>,
    /// Resolves when the other half is dropped.
    unwanted: Option<oneshot::Receiver<()>>,
}

impl StreamActor {
    /// Opens the stream of a deployment.
    pub(super) fn open(
        api: Client,
        gate: Gate,
        job: Arc<Job>,
        operation: Operation,
        (logical_id, id): (Arc<str>, DeploymentId),
        epoch: u64,
        listener: WeakRecipient<Heard>,
    ) -> Open {
        let (guard, unwanted) = oneshot::channel();
        Self {
            api,
            gate,
            job,
            operation,
            logical_id,
            id,
            listener,
            epoch,
            breaks: 0,
            quiet: None,
            unwanted: Some(unwanted),
        }
        .start();
        Open { _guard: guard }
    }

    fn connect(&self, pause: Duration, ctx: &mut Context<Self>) {
        let (api, job, id) = (self.api.clone(), self.job.clone(), self.id.clone());
        let logical_id = self.logical_id.clone();
        let (gate, listener, epoch) = (self.gate.clone(), self.listener.clone(), self.epoch);
        let operation = self.operation;
        let connecting = async move {
            tokio::time::sleep(pause).await;
            let tell = |delay| say(&listener, epoch, News::Throttled { delay });
            gate.pass(Priority::Events, tell).await;
            let opened = api.events(&job.credentials, &logical_id, &id, operation);
            let opened = opened.await;
            opened.inspect_err(|failure| gate.learn(failure))
        };
        ctx.spawn(connecting.into_actor(self).map(Self::connected));
    }

    fn connected(opened: Result<EventStream, Failure>, this: &mut Self, ctx: &mut Context<Self>) {
        match opened {
            Ok(stream) => {
                ctx.add_stream(stream);
                this.listen_on(ctx);
            }
            Err(failure)
                if matches!(failure.kind, FailureKind::Refused | FailureKind::Unexpected) =>
            {
                this.end(News::Lost(failure), ctx);
            }
            Err(failure) => this.reconnect(failure, ctx),
        }
    }

    /// An update was received, or is about to be.
    fn listen_on(&mut self, ctx: &mut Context<Self>) {
        let quiet = ctx.run_later(QUIET, |this, ctx| {
            let what = format!("no progress for {} s", QUIET.as_secs());
            let failure = this.broken(FailureKind::Unexpected, what);
            this.end(News::Lost(failure), ctx);
        });
        if let Some(earlier) = self.quiet.replace(quiet) {
            ctx.cancel_future(earlier);
        }
    }

    fn reconnect(&mut self, failure: Failure, ctx: &mut Context<Self>) {
        let retries = &self.job.policy.retries;
        if self.breaks >= retries.count {
            return self.end(News::Lost(failure), ctx);
        }
        self.breaks += 1;
        let delay =
            backoff::after_failure(retries, self.breaks, failure.retry_after, fastrand::f64());
        self.say(News::Reconnecting {
            attempt: self.breaks,
            delay,
            cause: failure.error.message,
        });
        self.connect(delay, ctx);
    }

    fn end(&self, last_word: News, ctx: &mut Context<Self>) {
        self.say(last_word);
        ctx.stop();
    }

    fn say(&self, news: News) {
        say(&self.listener, self.epoch, news);
    }

    /// A broken stream as a failed request.
    fn broken(&self, kind: FailureKind, what: String) -> Failure {
        Failure {
            kind,
            request: format!("events of deployment {}", self.id),
            error: ErrorInfo {
                message: what,
                ..ErrorInfo::default()
            },
            retry_after: None,
        }
    }
}

fn say(listener: &WeakRecipient<Heard>, epoch: u64, news: News) {
    if let Some(listener) = listener.upgrade() {
        listener.do_send(Heard { epoch, news });
    }
}

impl Actor for StreamActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(unwanted) = self.unwanted.take() {
            ctx.spawn(unwanted.into_actor(self).map(|_, _, ctx| ctx.stop()));
        }
        self.connect(Duration::ZERO, ctx);
    }
}

impl StreamHandler<Result<Frame, StreamBreak>> for StreamActor {
    fn handle(&mut self, item: Result<Frame, StreamBreak>, ctx: &mut Self::Context) {
        match item {
            Ok(Frame::Progress(percent)) => {
                self.breaks = 0;
                self.listen_on(ctx);
                self.say(News::Progress(percent));
            }
            Ok(Frame::Complete(ending)) => self.end(News::Ended(ending), ctx),
            Ok(Frame::Unknown) => {}
            // The server refuses to stream, or sent something unexpected: poll instead.
            Ok(Frame::Error(message)) => {
                let failure = self.broken(FailureKind::Busy, message);
                self.end(News::Lost(failure), ctx);
            }
            Err(unusable @ (StreamBreak::Unbelievable(_) | StreamBreak::TooLarge)) => {
                let failure = self.broken(FailureKind::Unexpected, unusable.to_string());
                self.end(News::Lost(failure), ctx);
            }
            Err(broke) => {
                let failure = self.broken(FailureKind::ReplyLost, broke.to_string());
                self.reconnect(failure, ctx);
            }
        }
    }

    /// By default, actix stops an actor at the end of its stream. This actor may reconnect.
    fn finished(&mut self, _: &mut Self::Context) {}
}
