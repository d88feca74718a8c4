//! The words of the state machine: states, events, effects.

use crate::model::{
    BundleFacts, Bundled, CancelCause, Change, DeploymentId, Ending, ErrorInfo, Failure, Hook,
    HookRecord, HookSet, Operation, Outcome, Phase, Reason, Unbundled,
};
use std::time::Duration;

/// What stays the same from one step to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rules {
    /// What is done with the project.
    pub operation: Operation,
    /// How many failures in a row are forgiven.
    pub retries: u32,
    /// Which commands run before and after it. [`step`](super::step) does not look at it.
    pub hooks: HookSet,
}

/// Where one deployment is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Known, not started: waiting to be bundled, or for its first slot.
    Pending,
    /// The project's own CLI makes the bundle. No slot is held, and nothing has been sent.
    Bundling {
        /// Something that the project depends on was not deployed when that began.
        ahead: bool,
    },
    /// A slot is held, and whether the project belongs to another repository is being found out; nothing of it has been
    /// sent.
    Identifying,
    /// A slot is held and the bundle is being read and compressed; nothing has been sent in this try.
    Preparing(Try),
    /// The POST is in flight. Its reply is never abandoned: only the reply tells whether the server
    /// holds a deployment of ours.
    Submitting {
        /// The try the POST belongs to.
        attempt: Try,
        /// Set when it is no longer wanted; acted on when the reply is here.
        cancel: Option<CancelCause>,
    },
    /// A dry run is in flight: a preview, or what decides whether an unverified project is deployed. Whatever becomes of it,
    /// nothing is left on the server.
    Previewing(Try),
    /// Accepted; its progress is being followed.
    Following {
        /// Our deployment.
        id: DeploymentId,
        /// The greatest percentage heard.
        progress: u8,
        /// Polls that failed in a row.
        failures: u32,
        /// Where its end will be heard.
        watch: Watch,
    },
    /// Another deployment holds the project. No slot is held here.
    Waiting {
        /// The try that met it.
        attempt: Try,
        /// The other deployment.
        blocker: DeploymentId,
        /// Requests about it that failed in a row.
        failures: u32,
        /// The API has said once that it does not know the other deployment.
        doubted: bool,
    },
    /// Ours was told to stop; its last word is awaited.
    Cancelling {
        /// Our deployment.
        id: DeploymentId,
        /// Why it is no longer wanted.
        cause: CancelCause,
        /// Requests that failed in a row.
        failures: u32,
        /// Where its end will be heard.
        watch: Watch,
    },
    /// Wants to submit again; waiting for a pause and a slot.
    Retrying(Try),
    /// Ended. Final.
    Done(Box<Outcome>),
}

/// Where the end of our deployment will be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Watch {
    /// On the event stream.
    Stream,
    /// In the reply to a poll.
    Poll,
    /// In the reply to a look: the API has said once that it does not know the deployment.
    Doubt,
}

/// What is remembered from one upload to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Try {
    /// The upload's number, from 1. No rule depends on it.
    pub number: u32,
    /// Uploads that failed in a row. A conflict in between starts the count anew, unless it may be with a
    /// deployment that a lost upload of ours has started: losing every reply must not go on for ever.
    pub failures: u32,
    /// A reply was lost, and the server may hold a deployment of ours that nobody follows.
    pub no_response: bool,
    /// Whether the project is another repository's is unknown: a dry run comes before the first upload.
    pub unverified: bool,
}

impl Try {
    /// The first one.
    pub const FIRST: Self = Self {
        number: 1,
        failures: 0,
        no_response: false,
        unverified: false,
    };
}

/// What can happen to a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// Make the bundle.
    Bundle {
        /// Something that the project depends on is not deployed.
        ahead: bool,
    },
    /// The bundle is made.
    Bundled(Bundled),
    /// There is no bundle.
    Unbundled(Unbundled),
    /// A slot is ours: submit, or submit again.
    Granted,
    /// The project belongs to nobody else, as far as its account says.
    Identified {
        /// The account does not say which repository it has the project from: a dry run decides.
        unverified: bool,
    },
    /// The account did not answer, or refused the credentials.
    Unidentified(Failure),
    /// Wait for the blocker's end.
    AwaitCompletion,
    /// Evict the blocker, then wait for its end.
    CancelBlocker,
    /// This deployment is no longer wanted. `force`: and there is no time to wait for its end.
    Cancel {
        /// Why.
        cause: CancelCause,
        /// Do not wait for the server to confirm.
        force: bool,
    },
    /// The payload is ready to be sent.
    Prepared {
        /// What it is.
        facts: BundleFacts,
        /// It is what this program has deployed last, and need not be sent again.
        unchanged: bool,
    },
    /// The bundle that was checked cannot be sent now, or the project is or may be another repository's.
    Unprepared {
        /// The machine word.
        reason: Reason,
        /// What happened to it.
        error: ErrorInfo,
    },
    /// The POST was accepted under this id.
    Accepted(DeploymentId),
    /// There is nothing to delete.
    NotThere,
    /// The POST met a 409, which names the blocker or does not.
    Conflicted(Option<DeploymentId>),
    /// The POST failed.
    SubmitFailed(Failure),
    /// The dry run says what would change.
    Previewed {
        /// In the server's order.
        changes: Vec<Change>,
        /// The bundle is what this program has deployed last.
        same_bundle: bool,
    },
    /// The cancel request was understood.
    CancelAcknowledged,
    /// The cancel request met a 404.
    CancelTargetGone,
    /// The cancel request failed.
    CancelFailed(Failure),
    /// The stream told a percentage.
    Progress(u8),
    /// The watched deployment ended.
    Ended(Ending),
    /// The server does not know the watched deployment any more.
    Gone,
    /// The long poll ran out; the watched deployment still runs.
    StillRunning {
        /// The pause the server asked for.
        retry_after: Option<Duration>,
    },
    /// The long poll failed.
    PollFailed(Failure),
    /// The stream does not work here.
    StreamLost(Failure),
    /// The hook has ended.
    HookEnded(HookRecord),
    /// The hook that runs is stopped, and no other is started.
    EndHooks,
}

/// What must be done about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Have the bundle made.
    Bundle {
        /// Should it fail, the project's logical id is wanted all the same.
        ahead: bool,
    },
    /// Find out whether the project belongs to another repository.
    Identify,
    /// Read and compress the bundle.
    Prepare,
    /// POST the payload, and forget it afterwards.
    Submit,
    /// The same as a dry run.
    Preview,
    /// DELETE the project. Its reply is as good as that to a POST.
    Destroy,
    /// Open the event stream of our deployment.
    OpenStream(DeploymentId),
    /// Close the event stream.
    CloseStream,
    /// Ask once, and at once, how a deployment is.
    Look(DeploymentId),
    /// Long-poll a deployment's completion after a pause.
    Poll(DeploymentId, Pause),
    /// Ask the server to cancel a deployment, after a pause.
    RequestCancel(DeploymentId, Pause),
    /// Run a hook.
    RunHook(Hook),
    /// Have the hook that runs end.
    StopHook,
    /// Send `Conflict` and wait to be told what to do.
    AskSupervisor(Option<DeploymentId>),
    /// Send `Update`.
    Tell(Phase),
}

/// How long to wait before a request; `backoff` turns it into a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pause {
    /// Not at all.
    None,
    /// At least the floor between two polls, or what the server asked for.
    Floor(Option<Duration>),
    /// Grows with the number of failures in a row, and is at least what the server asked for.
    Backoff {
        /// Failures in a row, from 1.
        failures: u32,
        /// The pause the server asked for.
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
