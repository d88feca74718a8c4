//! The StreamActor: keeps one deployment's event stream open, and says what it hears.
//!
//! It reconnects with a growing pause. The budget of reconnections is the project's `retries` and is renewed
//! whenever progress is heard; when it is used up, or when the server refuses, streaming is `Lost` and the
//! DeploymentActor asks in another way.

use super::Job;
use super::gate::Gate;
use crate::api::{Client, EventStream, Frame, StreamBreak};
use crate::backoff;
use crate::messages::{Heard, News};
use crate::model::{DeploymentId, ErrorInfo, Failure, FailureKind, Operation};
use crate::rate::Urgency;
use actix::WeakRecipient;
use actix::prelude::*;
use futures::channel::oneshot;
use std::sync::Arc;
use std::time::Duration;

/// A stream may tell of no progress for so long; then it is asked in another way whether it tells of the end.
const QUIET: Duration = Duration::from_secs(120);

/// As long as this is kept, the stream is; dropping it closes the connection.
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
    /// Weak: a stream must not keep the actor alive that it reports to.
    listener: WeakRecipient<Heard>,
    epoch: u64,
    /// Connections that broke in a row with no progress heard.
    breaks: u32,
    /// Runs out when only keep-alives come.
    quiet: Option<SpawnHandle>,
    /// Resolves when the other end is dropped.
    unwanted: Option<oneshot::Receiver<()>>,
}

impl StreamActor {
    /// Starts to listen to a deployment.
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
            gate.pass(Urgency::Events, tell).await;
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

    /// Something was heard, or is about to be.
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

    /// A broken stream in the words of a failed request.
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
            // The server's own word that it cannot stream, or something that cannot be believed: ask in another way.
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

    /// The end of one connection is not the end of this actor, which is actix's default.
    fn finished(&mut self, _: &mut Self::Context) {}
}
