//! The types of the state machine: states, events, and effects.

use crate::model::{
    BundleFacts, Bundled, CancelCause, Change, DeploymentId, Ending, ErrorInfo, Failure, Hook,
    HookRecord, HookSet, Operation, Outcome, Phase, Reason, Unbundled,
};
use std::time::Duration;

/// What does not change from step to step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rules {
    /// The operation on the project.
    pub operation: Operation,
    /// How many failures in a row are retried.
    pub retries: u32,
    /// The commands that run before and after it. [`step`](super::step) ignores them.
    pub hooks: HookSet,
}

/// The state of one deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Not started: waiting to be bundled, or for its first slot.
    Pending,
    /// The project's CLI is bundling it. No slot is held, and nothing has been sent.
    Bundling {
        /// Bundling began before all dependencies were deployed.
        ahead: bool,
    },
    /// A slot is held, and the project's ownership is being checked. Nothing of it has been sent.
    Identifying,
    /// A slot is held, and the bundle is being read and compressed. Nothing has been sent in this attempt.
    Preparing(Try),
    /// The POST is in flight. Its response is always awaited: only the response shows whether the server has a deployment
    /// of ours.
    Submitting {
        /// The attempt that the POST belongs to.
        attempt: Try,
        /// Set when it is cancelled; acted on when the response arrives.
        cancel: Option<CancelCause>,
    },
    /// A dry run is in flight: a preview, or the check of an unverified project. It leaves nothing on the server.
    Previewing(Try),
    /// Accepted; being followed.
    Following {
        /// Our deployment.
        id: DeploymentId,
        /// The highest percentage received.
        progress: u8,
        /// Polls that failed in a row.
        failures: u32,
        /// Where its end will be reported.
        watch: Watch,
    },
    /// Another deployment holds the project. No slot is held.
    Waiting {
        /// The attempt that met it.
        attempt: Try,
        /// The other deployment.
        blocker: DeploymentId,
        /// Requests about it that failed in a row.
        failures: u32,
        /// The API has answered once that it does not have the other deployment.
        doubted: bool,
    },
    /// Our deployment is being cancelled; its end is awaited.
    Cancelling {
        /// Our deployment.
        id: DeploymentId,
        /// Why it is cancelled.
        cause: CancelCause,
        /// Requests that failed in a row.
        failures: u32,
        /// Where its end will be reported.
        watch: Watch,
    },
    /// Waiting for a delay and a slot, to submit again.
    Retrying(Try),
    /// Finished.
    Done(Box<Outcome>),
}

/// Where the end of our deployment will be reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Watch {
    /// On the event stream.
    Stream,
    /// In the response to a poll.
    Poll,
    /// In the response to a status request: the API has answered once that it does not have the deployment.
    Doubt,
}

/// What is remembered between uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Try {
    /// The number of the upload, from 1. No rule depends on it.
    pub number: u32,
    /// Uploads that failed in a row. A conflict resets the count, unless the blocker may be the deployment of a lost upload
    /// of ours: losing every response must not repeat forever.
    pub failures: u32,
    /// A response was lost, and the server may have a deployment of ours that is not followed.
    pub no_response: bool,
    /// The owner of the project is unknown: a dry run comes before the first upload.
    pub unverified: bool,
}

impl Try {
    /// The first attempt.
    pub const FIRST: Self = Self {
        number: 1,
        failures: 0,
        no_response: false,
        unverified: false,
    };
}

/// An event of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// Build the bundle.
    Bundle {
        /// A dependency of the project is not deployed.
        ahead: bool,
    },
    /// The bundle is built.
    Bundled(Bundled),
    /// There is no bundle.
    Unbundled(Unbundled),
    /// A slot is granted: submit, or submit again.
    Granted,
    /// No other repository owns the project, as far as its account says.
    Identified {
        /// The account does not say which repository owns the project: a dry run decides.
        unverified: bool,
    },
    /// The account did not answer, or refused the credentials.
    Unidentified(Failure),
    /// Wait for the blocker to finish.
    AwaitCompletion,
    /// Cancel the blocker, then wait for it to finish.
    CancelBlocker,
    /// Cancel this deployment. `force`: do not wait for its end.
    Cancel {
        /// The cause.
        cause: CancelCause,
        /// Do not wait for the server's confirmation.
        force: bool,
    },
    /// The payload is ready to be sent.
    Prepared {
        /// The payload.
        facts: BundleFacts,
        /// The payload equals the last deployment of this program and need not be sent.
        unchanged: bool,
    },
    /// The checked bundle cannot be sent, or another repository owns or may own the project.
    Unprepared {
        /// The reason.
        reason: Reason,
        /// The details.
        error: ErrorInfo,
    },
    /// The POST was accepted with this id.
    Accepted(DeploymentId),
    /// There is nothing to delete.
    NotThere,
    /// The POST received a 409, which may name the blocker.
    Conflicted(Option<DeploymentId>),
    /// The POST failed.
    SubmitFailed(Failure),
    /// The dry run returned what would change.
    Previewed {
        /// In the server's order.
        changes: Vec<Change>,
        /// The bundle equals the last deployment of this program.
        same_bundle: bool,
    },
    /// The cancel request was accepted.
    CancelAcknowledged,
    /// The cancel request received a 404.
    CancelTargetGone,
    /// The cancel request failed.
    CancelFailed(Failure),
    /// The stream reported a percentage.
    Progress(u8),
    /// The followed deployment has finished.
    Ended(Ending),
    /// The server no longer has the followed deployment.
    Gone,
    /// The long poll timed out; the followed deployment is still running.
    StillRunning {
        /// The delay that the server requested.
        retry_after: Option<Duration>,
    },
    /// The long poll failed.
    PollFailed(Failure),
    /// Streaming is unavailable.
    StreamLost(Failure),
    /// The hook has finished.
    HookEnded(HookRecord),
    /// Stop the running hook, and start no other.
    EndHooks,
}

/// An effect to perform.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Build the bundle.
    Bundle {
        /// If it fails, the project's logical id is still needed.
        ahead: bool,
    },
    /// Check whether another repository owns the project.
    Identify,
    /// Read and compress the bundle.
    Prepare,
    /// POST the payload, and drop it afterwards.
    Submit,
    /// The same as a dry run.
    Preview,
    /// DELETE the project. The response is handled like that to a POST.
    Destroy,
    /// Open the event stream of our deployment.
    OpenStream(DeploymentId),
    /// Close the event stream.
    CloseStream,
    /// Request the status of a deployment once, without a delay.
    Look(DeploymentId),
    /// Long-poll the completion of a deployment, after a delay.
    Poll(DeploymentId, Pause),
    /// Ask the server to cancel a deployment, after a delay.
    RequestCancel(DeploymentId, Pause),
    /// Run a hook.
    RunHook(Hook),
    /// Stop the running hook.
    StopHook,
    /// Send `Conflict` and wait for the decision.
    AskSupervisor(Option<DeploymentId>),
    /// Send `Update`.
    Tell(Phase),
}

/// The delay before a request; `backoff` computes its duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pause {
    /// None.
    None,
    /// At least the minimum interval between two polls, or what the server requested.
    Floor(Option<Duration>),
    /// Grows with the number of failures in a row, and is at least what the server requested.
    Backoff {
        /// Failures in a row, from 1.
        failures: u32,
        /// The delay that the server requested.
        retry_after: Option<Duration>,
    },
}

impl Pause {
    pub(super) fn after(failure: &Failure, failures: u32) -> Self {
        Self::Backoff {
            failures,
            retry_after: failure.retry_after,
        }
    }
}
