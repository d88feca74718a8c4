//! Every message between actors, in the order in which a project meets them.
//!
//! All are sent with `do_send` and answered, where there is an answer, by another message: nobody waits
//! inside a handler, so every mailbox is always read, and a `Cancel` always arrives.

use crate::model::{CancelCause, DeploymentId, Ending, Failure, Phase, ProjectIx};
use crate::report::Signal;
use actix::Message;
use std::time::Duration;
use tokio::time::Instant;

/// Supervisor → DeploymentActor: make your bundle.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct MakeBundle {
    /// Something that the project depends on is not deployed.
    pub(crate) ahead: bool,
}

/// Supervisor → DeploymentActor: a slot is yours, submit.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Start;

/// DeploymentActor → Supervisor: another deployment holds my project; I give my slot back; what shall I do?
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Conflict {
    pub(crate) project: ProjectIx,
    /// The other deployment, where the server named it.
    pub(crate) blocker: Option<DeploymentId>,
}

/// Supervisor → DeploymentActor: wait for the blocker's end, and ask for no longer than `until`.
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

/// Whose deployment to stop.
#[derive(Debug)]
pub(crate) enum Target {
    /// Ours is no longer wanted.
    Own {
        cause: CancelCause,
        /// Do not wait for the server to confirm.
        force: bool,
    },
    /// The one in the way: evict it, then wait for its end, asking for no longer than `until`.
    Blocker { until: Instant },
}

/// Supervisor → DeploymentActor: stop the hook that runs, and start no other.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct EndHooks;

/// Supervisor → DeploymentActor: the pause is over and a slot is yours, submit again.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Retry;

/// DeploymentActor → Supervisor: where I am now. The last one is `Done`.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Update {
    pub(crate) project: ProjectIx,
    pub(crate) phase: Phase,
}

/// DeploymentActor → Supervisor, from `stopped()`: without a `Done` before it, something broke.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Gone {
    pub(crate) project: ProjectIx,
}

/// StreamActor → DeploymentActor: news from the event stream.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Heard {
    /// Which of the deployment's streams; news of an earlier one are late.
    pub(crate) epoch: u64,
    pub(crate) news: News,
}

/// What an event stream tells.
#[derive(Debug)]
pub(crate) enum News {
    /// A percentage.
    Progress(u8),
    /// The deployment ended. The last word of a stream.
    Ended(Ending),
    /// The connection broke and is opened again after a pause.
    Reconnecting {
        /// From 1, since something was last heard.
        attempt: u32,
        delay: Duration,
        cause: String,
    },
    /// The account's request budget holds the connection back.
    Throttled { delay: Duration },
    /// Streaming does not work here. The last word of a stream.
    Lost(Failure),
}

/// Signals → Supervisor: somebody wants the run to end.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Interrupt {
    pub(crate) signal: Signal,
}
