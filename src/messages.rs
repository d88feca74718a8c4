//! Every message between actors, in the order of a project's progress.
//!
//! All are sent with `do_send`; a response is another message. Handlers never wait, so every mailbox is always read, and a
//! `Cancel` always arrives.

use crate::model::{CancelCause, DeploymentId, Ending, Failure, Phase, ProjectIx};
use crate::report::Signal;
use actix::Message;
use std::time::Duration;
use tokio::time::Instant;

/// Supervisor → DeploymentActor: build the bundle.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct MakeBundle {
    /// A dependency is not deployed yet.
    pub(crate) ahead: bool,
}

/// Supervisor → DeploymentActor: a slot is granted; submit.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Start;

/// DeploymentActor → Supervisor: another deployment blocks the project. Releases the slot and requests a decision.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Conflict {
    pub(crate) project: ProjectIx,
    /// The other deployment, if the server named it.
    pub(crate) blocker: Option<DeploymentId>,
}

/// Supervisor → DeploymentActor: wait for the blocker to finish, and poll until `until` at most.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct AwaitCompletion {
    pub(crate) until: Instant,
}

/// Supervisor → DeploymentActor: stop a deployment.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Cancel {
    pub(crate) target: Target,
}

/// The deployment to stop.
#[derive(Debug)]
pub(crate) enum Target {
    /// Our deployment.
    Own {
        cause: CancelCause,
        /// Do not wait for the server's confirmation.
        force: bool,
    },
    /// The blocker: cancel it, wait for it to finish, and poll until `until` at most.
    Blocker { until: Instant },
}

/// Supervisor → DeploymentActor: stop the running hook and start no other.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct EndHooks;

/// Supervisor → DeploymentActor: the delay is over and a slot is granted; submit again.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Retry;

/// DeploymentActor → Supervisor: the new phase. The last one is `Done`.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Update {
    pub(crate) project: ProjectIx,
    pub(crate) phase: Phase,
}

/// DeploymentActor → Supervisor, from `stopped()`. Without a preceding `Done`, the actor has crashed.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Gone {
    pub(crate) project: ProjectIx,
}

/// StreamActor → DeploymentActor: an update from the event stream.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Heard {
    /// The number of the stream; updates of earlier streams are ignored.
    pub(crate) epoch: u64,
    pub(crate) news: News,
}

/// An update from an event stream.
#[derive(Debug)]
pub(crate) enum News {
    /// A percentage.
    Progress(u8),
    /// The deployment ended. The last update of a stream.
    Ended(Ending),
    /// The connection broke and is reopened after a delay.
    Reconnecting {
        /// From 1, since the last update.
        attempt: u32,
        delay: Duration,
        cause: String,
    },
    /// The connection waits for the account's rate limit.
    Throttled { delay: Duration },
    /// Streaming is unavailable. The last update of a stream.
    Lost(Failure),
}

/// Signals → Supervisor: interrupt the run.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Interrupt {
    pub(crate) signal: Signal,
}
