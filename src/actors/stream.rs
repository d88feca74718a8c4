//! The StreamActor: keeps one connection to a deployment's event stream, and sends its updates. Whether a broken stream is
//! reopened, the deployment's machine decides.

use super::Job;
use super::account::Account;
use crate::api::{Client, EventStream, Frame, StreamBreak};
use crate::machine::deployment::Input;
use crate::model::{DeploymentId, ErrorInfo, Failure, FailureKind, Operation};
use crate::rate::Priority;
use actix::WeakRecipient;
use actix::prelude::*;
use futures::channel::oneshot;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// After this long without progress, the stream counts as broken.
const QUIET: Duration = Duration::from_secs(120);

/// StreamActor → DeploymentActor: an update from the event stream.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct StreamUpdate {
    /// The number of the stream; updates of earlier streams are ignored.
    pub(super) epoch: u64,
    /// A percentage, the end, or a break. After the latter two, the stream is closed.
    pub(super) input: Input,
}

/// Which stream to open.
pub(super) struct Target {
    pub(super) job: Arc<Job>,
    pub(super) operation: Operation,
    pub(super) logical_id: Arc<str>,
    pub(super) id: DeploymentId,
    pub(super) delay: Duration,
    /// Reports that the connection waits for its turn.
    pub(super) throttled: Rc<dyn Fn(u64)>,
}

/// Dropping this stops the stream and closes the connection.
pub(super) struct OpenStream {
    _guard: oneshot::Sender<()>,
}

pub(super) struct StreamActor {
    account: Account,
    target: Target,
    /// Weak: a stream must not keep its receiver alive.
    listener: WeakRecipient<StreamUpdate>,
    epoch: u64,
    /// Expires if only keep-alives and old news arrive.
    quiet: Option<SpawnHandle>,
    /// The delay that the server requests before the next stream.
    retry_after: Option<Duration>,
    /// The highest percentage received.
    percent: Option<u8>,
    /// Resolves when the other half is dropped.
    unwanted: Option<oneshot::Receiver<()>>,
    /// Has sent its last update, or is not wanted any more.
    is_over: bool,
}

impl StreamActor {
    /// Opens a stream.
    pub(super) fn open(
        account: Account,
        target: Target,
        epoch: u64,
        listener: WeakRecipient<StreamUpdate>,
    ) -> OpenStream {
        let (guard, unwanted) = oneshot::channel();
        Self {
            account,
            target,
            listener,
            epoch,
            quiet: None,
            retry_after: None,
            percent: None,
            unwanted: Some(unwanted),
            is_over: false,
        }
        .start();
        OpenStream { _guard: guard }
    }

    fn connect(&self, ctx: &mut Context<Self>) {
        let Target {
            job,
            operation,
            logical_id,
            id,
            delay,
            throttled,
        } = &self.target;
        let (job, logical_id, id) = (job.clone(), logical_id.clone(), id.clone());
        let (operation, delay, throttled) = (*operation, *delay, throttled.clone());
        let account = self.account.clone();
        let connecting = async move {
            super::pause(delay).await;
            let open = async |api: &Client| {
                api.events(&job.credentials, &logical_id, &id, operation)
                    .await
            };
            let limit = Some(job.planned.policy.outage_limit(true));
            account
                .ask(Priority::Events, limit, &*throttled, open)
                .await
        };
        ctx.spawn(connecting.into_actor(self).map(Self::connected));
    }

    fn connected(opened: Result<EventStream, Failure>, this: &mut Self, ctx: &mut Context<Self>) {
        match opened {
            Ok(stream) => {
                ctx.add_stream(stream);
                this.listen_on(ctx);
            }
            Err(failure) => this.end(Input::StreamBroken(failure), ctx),
        }
    }

    /// An update was received, or is about to be.
    fn listen_on(&mut self, ctx: &mut Context<Self>) {
        let quiet = ctx.run_later(QUIET, |this, ctx| {
            let what = format!("no progress for {} s", QUIET.as_secs());
            this.broken(FailureKind::Unexpected, what, ctx);
        });
        if let Some(earlier) = self.quiet.replace(quiet) {
            ctx.cancel_future(earlier);
        }
    }

    fn end(&mut self, last: Input, ctx: &mut Context<Self>) {
        self.send(last);
        self.stop(ctx);
    }

    fn stop(&mut self, ctx: &mut Context<Self>) {
        self.is_over = true;
        ctx.stop();
    }

    fn send(&self, input: Input) {
        if let Some(listener) = self.listener.upgrade() {
            let epoch = self.epoch;
            listener.do_send(StreamUpdate { epoch, input });
        }
    }

    /// A broken stream as a failed request.
    fn broken(&mut self, kind: FailureKind, what: String, ctx: &mut Context<Self>) {
        let failure = self.failure(kind, what);
        self.end(Input::StreamBroken(failure), ctx);
    }

    fn failure(&self, kind: FailureKind, what: String) -> Failure {
        Failure {
            kind,
            request: format!("events of deployment {}", self.target.id),
            error: ErrorInfo::new(what),
            retry_after: self.retry_after,
            outage: None,
        }
    }
}

impl Actor for StreamActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(unwanted) = self.unwanted.take() {
            ctx.spawn(unwanted.into_actor(self).map(|_, this, ctx| this.stop(ctx)));
        }
        self.connect(ctx);
    }

    /// Runs after a panic, too: it breaks the stream, not the deployment.
    fn stopped(&mut self, _: &mut Self::Context) {
        if !self.is_over {
            let what = crate::words::INTERNAL_ERROR.to_owned();
            let failure = self.failure(FailureKind::ReplyLost, what);
            self.send(Input::StreamBroken(failure));
        }
    }
}

impl StreamHandler<Result<Frame, StreamBreak>> for StreamActor {
    fn handle(&mut self, item: Result<Frame, StreamBreak>, ctx: &mut Self::Context) {
        match item {
            Ok(Frame::Progress(percent)) => {
                if Some(percent) > self.percent {
                    self.percent = Some(percent);
                    self.listen_on(ctx);
                }
                self.send(Input::Progress(percent));
            }
            Ok(Frame::Complete(ending)) => self.end(Input::Ended(ending), ctx),
            Ok(Frame::Unknown) => {}
            Ok(Frame::Retry(delay)) => self.retry_after = Some(delay),
            // The server refuses to stream.
            Ok(Frame::Error(message)) => self.broken(FailureKind::Unexpected, message, ctx),
            Err(unusable @ (StreamBreak::Unbelievable(_) | StreamBreak::TooLarge)) => {
                self.broken(FailureKind::Unexpected, unusable.to_string(), ctx);
            }
            Err(broke) => self.broken(FailureKind::ReplyLost, broke.to_string(), ctx),
        }
    }

    /// By default, actix stops an actor at the end of its stream; this one stops after its last update.
    fn finished(&mut self, _: &mut Self::Context) {}
}
