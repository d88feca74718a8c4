//! The states of one deployment, and what it can be asked and asks for.

use crate::model::{
    BundleFacts, Bundled, CancelCause, Change, DeploymentId, Ending, ErrorInfo, Event, Failure,
    Hook, HookRecord, HookSet, Operation, OriginKind, Outcome, Reason, Retries, Unbundled,
};
use std::sync::Arc;
use std::time::Duration;

/// What never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    /// The operation on the project.
    pub operation: Operation,
    /// What its payload is made from.
    pub origin: OriginKind,
    /// How many failures in a row are retried, and with which delays.
    pub retries: Retries,
    /// The commands that run before and after it.
    pub hooks: HookSet,
    /// An earlier process of the run sent it, and the response is unknown: the server may have a deployment of it.
    pub maybe_sent: bool,
}

/// The state of the project on its way to the server, without its hooks.
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
    Identifying {
        /// A dry run follows, and nothing else.
        preview: bool,
    },
    /// A slot is held, and the bundle is being read and compressed. Nothing has been sent in this attempt.
    Preparing(Attempt),
    /// The POST waits for its turn at the account's rate limit, or is in flight.
    Submitting(Submitting),
    /// A dry run is in flight: a preview, or the check of an unverified project. It leaves nothing on the server.
    Previewing(Attempt),
    /// Previewed before a deployment; waiting for its slot.
    Previewed {
        /// It was unchanged, so there was no dry run, and its owner is still unknown.
        unverified: bool,
    },
    /// Accepted; being followed.
    Following(Following),
    /// Another deployment holds the project. No slot is held.
    Waiting(Waiting),
    /// Our deployment is being cancelled; its end is awaited.
    Cancelling(Cancelling),
    /// Waiting for a delay and a slot, to submit again.
    Retrying(Attempt),
    /// Finished.
    Done(Box<Outcome>),
}

#[cfg(test)]
impl State {
    pub(super) fn attempt_mut(&mut self) -> Option<&mut Attempt> {
        match self {
            Self::Preparing(attempt) | Self::Previewing(attempt) | Self::Retrying(attempt) => {
                Some(attempt)
            }
            Self::Submitting(submitting) => Some(&mut submitting.attempt),
            Self::Waiting(waiting) => Some(&mut waiting.attempt),
            Self::Pending
            | Self::Bundling { .. }
            | Self::Identifying { .. }
            | Self::Previewed { .. }
            | Self::Following(_)
            | Self::Cancelling(_)
            | Self::Done(_) => None,
        }
    }
}

/// What is remembered between uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attempt {
    /// The number of the upload, from 1. No rule depends on it.
    pub number: u32,
    /// Uploads that failed in a row. A conflict resets the count, unless the blocker may be the deployment of a lost upload
    /// of ours: losing every response must not repeat forever.
    pub failures: u32,
    /// A response was lost, and the server may have a deployment of ours that is not followed.
    pub no_response: bool,
    /// The owner of the project is unknown: a dry run comes before the first upload.
    pub unverified: bool,
    /// It ends with a dry run.
    pub preview: bool,
    /// 409s so far that named no deployment that the API knows. Without a known blocker, there is nothing to wait for.
    pub unexplained: u32,
}

impl Attempt {
    /// The first one.
    pub const FIRST: Self = Self {
        number: 1,
        failures: 0,
        no_response: false,
        unverified: false,
        preview: false,
        unexplained: 0,
    };

    /// The same with the next number.
    pub(super) fn next(self) -> Self {
        Self {
            number: self.number + 1,
            ..self
        }
    }
}

/// An upload or a deletion. Once it is sent, its response is always awaited: only the response shows whether the server has a
/// deployment of ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Submitting {
    /// The attempt that it belongs to.
    pub attempt: Attempt,
    /// Its turn has come. Before that, a cancel ends the project and nothing is sent.
    pub sent: bool,
    /// Set when it is cancelled; acted on when the response arrives.
    pub cancel: Option<CancelCause>,
}

/// Our deployment on the server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Following {
    /// Its id.
    pub id: DeploymentId,
    /// The highest percentage received.
    pub progress: u8,
    /// Connections of the event stream that broke in a row, without progress between them.
    pub breaks: u32,
    /// Polls that failed in a row.
    pub failures: u32,
    /// Where its end will be reported.
    pub watch: Watch,
}

impl Following {
    /// Nothing is known about it yet.
    pub(super) fn new(id: DeploymentId) -> Self {
        Self {
            id,
            progress: 0,
            breaks: 0,
            failures: 0,
            watch: Watch::Stream,
        }
    }
}

/// Our deployment, which is being cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cancelling {
    /// Its id.
    pub id: DeploymentId,
    /// Why it is cancelled.
    pub cause: CancelCause,
    /// Requests that failed in a row.
    pub failures: u32,
    /// Where its end will be reported.
    pub watch: Watch,
}

/// Another deployment, which holds the project. It is not ours: it is awaited or cancelled, never followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Waiting {
    /// The attempt that met it.
    pub attempt: Attempt,
    /// The other deployment.
    pub blocker: DeploymentId,
    /// The 409 that named it.
    pub conflict: Box<Failure>,
    /// When waiting ends, counted from the start of the run; set by the Supervisor's decision.
    pub until: Option<Duration>,
    /// Requests about it that failed in a row.
    pub failures: u32,
    /// The API has answered once that it does not have the other deployment, or that it refuses to say.
    pub unconfirmed: bool,
    /// The API has reported it as running.
    pub is_known: bool,
}

/// Where the end of our deployment will be reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Watch {
    /// On the event stream.
    Stream,
    /// In the response to a poll.
    Poll,
    /// In the response to a status request: the API has answered once that it does not have the deployment, or that it refuses
    /// to say. One such answer may be another's than the API's.
    Unconfirmed,
}

/// Everything that a DeploymentActor receives: the Supervisor's messages, and the results of its effects.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Input {
    // From the Supervisor.
    /// Build the bundle.
    BuildBundle {
        /// A dependency of the project is not deployed.
        ahead: bool,
    },
    /// A slot is granted: send a dry run, then wait for `Start`.
    Preview,
    /// A slot is granted: submit.
    Start,
    /// A slot is granted: an earlier process of the run submitted it, and this deployment was accepted.
    Follow(DeploymentId),
    /// The delay is over and a slot is granted: submit again.
    Retry,
    /// Wait for the blocker to finish.
    AwaitCompletion {
        /// The deadline, counted from the start of the run.
        until: Duration,
    },
    /// Cancel the blocker, then wait for it to finish.
    CancelBlocker {
        /// The deadline, counted from the start of the run.
        until: Duration,
    },
    /// Cancel this deployment.
    Cancel {
        /// The cause.
        cause: CancelCause,
        /// Do not wait for the server's confirmation.
        force: bool,
    },
    /// Stop the running hook, and start no other.
    StopHooks,
    /// The delay that the server requests is longer than what is left of the time: give up.
    GiveUp(Failure),

    // Before the upload.
    /// The bundle is built.
    Bundled(Bundled),
    /// There is no bundle.
    Unbundled(Unbundled),
    /// No other repository owns the project, as far as its account reports.
    Identified {
        /// The account does not report which repository owns the project: a dry run decides.
        unverified: bool,
    },
    /// The account did not answer, or refused the credentials.
    Unidentified(Failure),
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
    /// A hook of the project has ended.
    HookEnded(HookRecord),

    /// The turn of the upload or the deletion has come: it is sent if this leaves the state at `Submitting`.
    TurnGranted {
        /// The size of the payload.
        gzip_bytes: Option<u64>,
    },

    // Responses to an upload, a dry run, or a deletion.
    /// Accepted with this id.
    Accepted(DeploymentId),
    /// There is nothing to delete.
    AlreadyDeleted,
    /// A 409.
    Conflicted {
        /// The blocker, if it names one.
        blocker: Option<DeploymentId>,
        /// The response, in the server's words.
        failure: Failure,
    },
    /// It failed.
    SubmitFailed(Failure),
    /// The dry run returned what would change.
    Previewed {
        /// In the server's order.
        changes: Vec<Change>,
        /// The bundle equals the last deployment of this program.
        same_bundle: bool,
    },

    // About a deployment: ours, or the blocker.
    /// The stream reported a percentage.
    Progress(u8),
    /// The stream broke, could not be opened, or is silent.
    StreamBroken(Failure),
    /// It has finished.
    Ended(Ending),
    /// The blocker has succeeded, and is the deployment of an upload of ours whose response was lost.
    OwnEnded(Ending),
    /// The server does not have it.
    NotFound,
    /// The poll timed out; it is still running.
    StillRunning {
        /// The delay that the server requested.
        retry_after: Option<Duration>,
    },
    /// The poll failed.
    PollFailed(Failure),
    /// The cancel request was accepted.
    CancelAcknowledged,
    /// The cancel request received a 404.
    CancelNotFound,
    /// The cancel request failed.
    CancelFailed(Failure),
}

/// A message to the Supervisor, or an effect to perform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A message to the Supervisor.
    Update(Update),
    /// Build the bundle.
    BuildBundle {
        /// If it fails, the project's logical id is still needed.
        ahead: bool,
    },
    /// Check whether another repository owns the project.
    CheckOwnership,
    /// Read and compress the bundle.
    Prepare,
    /// Wait for `TurnGranted`, then POST the payload, and drop it afterwards.
    Submit,
    /// The same as a dry run.
    Preview,
    /// Wait for `TurnGranted`, then DELETE the project. The response is handled like that to a POST.
    Destroy,
    /// Open the event stream of our deployment, after a delay.
    OpenStream(DeploymentId, Duration),
    /// Close the event stream.
    CloseStream,
    /// Request the status of a deployment once, without a delay.
    GetStatus(DeploymentId),
    /// Long-poll the completion of a deployment.
    Poll(Poll),
    /// Ask the server to cancel a deployment, after a delay.
    RequestCancel(DeploymentId, Duration),
    /// Run a hook.
    RunHook(Hook),
    /// Stop the running hook.
    StopHook,
}

/// A long poll.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Poll {
    /// The deployment.
    pub id: DeploymentId,
    /// The delay before it.
    pub delay: Delay,
    /// The server holds it no longer than this, counted from the start of the run.
    pub until: Option<Duration>,
}

/// The delay before a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Delay {
    /// This one.
    Exactly(Duration),
    /// What is left of the minimum interval between two polls, or what the server requested.
    BetweenPolls(Option<Duration>),
}

/// What the Supervisor must know about a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// An event for the log.
    Event(Event),
    /// Bundling failed before the project's dependencies were deployed; it may succeed after them.
    BundlingDeferred {
        /// The project's name in the account.
        logical_id: Arc<str>,
        /// What happened.
        error: ErrorInfo,
    },
    /// Another deployment blocks the project, which gives its slot back. What next?
    Conflict {
        /// The other deployment.
        blocker: DeploymentId,
    },
    /// The blocker finished: the project needs a delay and a slot for another upload.
    Unblocked,
    /// The last upload failed with a transient failure: the project needs a delay and a slot for another one.
    SubmitFailed {
        /// The failure.
        failure: Failure,
        /// Failures in a row.
        failures: u32,
    },
    /// The project ended. The last update, once.
    Finished(Box<Outcome>),
    /// The actor has stopped. Without a preceding `Finished`, it crashed.
    Stopped,
}

/// The next state, and the outputs of the transition.
pub(super) type Transition = (State, Vec<Output>);

/// Draws a random number of `0.0..=1.0`.
pub type Rng<'a> = &'a mut dyn FnMut() -> f64;

pub(super) fn emit(event: Event) -> Output {
    Output::Update(Update::Event(event))
}
