//! The surroundings of one deployment: requests in flight, the server's state, and the possible events.

use crate::machine::deployment::{Deployment, Input, Output, State, Update};
use crate::model::{
    BundleFacts, Bundled, CancelCause, DeploymentId, Ending, ErrorInfo, Event, Failure,
    FailureKind, Hook, HookRecord, HookSet, Operation, Outage, Reason, Remedy, Unbundled,
};
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

/// Something that will respond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Outstanding {
    /// The Supervisor owes a slot or a decision.
    Supervisor,
    /// The project's CLI is bundling.
    Bundling,
    /// The ownership is being checked.
    Owner,
    /// The bundle is being read and compressed.
    Payload,
    /// The turn of an upload or a deletion.
    Turn,
    SubmitReply,
    PreviewReply,
    Stream,
    Poll,
    CancelReply,
    /// A hook of the user is running.
    Hook,
}

/// The facts around a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct World {
    pub(crate) operation: Operation,
    outstanding: Vec<Outstanding>,
    /// The blocker was last reported as running.
    pub(crate) blocker_runs: bool,
    /// The server has a running deployment of ours, and we have its id.
    pub(crate) ours_runs: bool,
    /// A response was lost; the server may have an unknown deployment of ours.
    pub(crate) may_be_orphaned: bool,
    /// It was cancelled.
    pub(crate) unwanted: bool,
    pub(crate) holds_slot: bool,
    /// No other repository owns it, as far as its account says.
    pub(crate) is_identified: bool,
    /// The running bundling began before a dependency was deployed.
    pub(crate) is_ahead: bool,
    /// The last bundling failed, and another one is awaited.
    pub(crate) is_unbundled: bool,
    /// The account did not report who owns it, and no dry run has decided.
    pub(crate) unverified: bool,
    /// Its hooks. Without any, the fields below are not used.
    pub(crate) hooks: HookSet,
    /// Hooks that were started.
    pub(crate) started: BTreeSet<Hook>,
    /// Hooks that have succeeded.
    pub(crate) good: BTreeSet<Hook>,
    pub(crate) sent: bool,
    /// No more hooks may start.
    pub(crate) closed: bool,
    /// It was cancelled by force.
    pub(crate) forced: bool,
}

pub(crate) fn ours() -> DeploymentId {
    "ours".into()
}

fn blocker() -> DeploymentId {
    "blocker".into()
}

/// Of an unavailable account.
fn outage(kind: FailureKind, status: Option<u16>, outage: Outage) -> Failure {
    Failure {
        outage: Some(outage),
        ..Failure::new(kind, status)
    }
}

fn failures() -> Vec<Failure> {
    vec![
        outage(FailureKind::ReplyLost, None, Outage::Pause),
        outage(FailureKind::Unexpected, Some(403), Outage::Pause),
        outage(FailureKind::ReplyLost, None, Outage::LimitReached),
        outage(FailureKind::Busy, Some(503), Outage::Flaky),
        Failure::new(FailureKind::Connection, None),
        Failure::new(FailureKind::ReplyLost, None),
        Failure::new(FailureKind::Busy, Some(503)),
        Failure::new(FailureKind::Unexpected, Some(200)),
        Failure::new(FailureKind::Refused, Some(401)),
        Failure::new(FailureKind::Refused, Some(422)),
        Failure::new(FailureKind::Certificate, None),
    ]
}

fn endings() -> Vec<Ending> {
    vec![
        Ending::Succeeded { changes: None },
        Ending::Failed(ErrorInfo::default()),
        Ending::Cancelled,
    ]
}

fn cancels() -> Vec<Input> {
    let causes = [
        Reason::Interrupted.into(),
        Reason::FailFast.into(),
        Reason::MaxFail.into(),
        Reason::WaveFailed.into(),
        Reason::NotSelected.into(),
        Reason::RunPreHook.into(),
        CancelCause::of(Reason::DependencyFailed, "other"),
        CancelCause::of(Reason::DependencyNotDeployed, "other"),
        Reason::ConflictDeadline.into(),
        Reason::ConflictPolicy.into(),
        Reason::ProjectTimeout.into(),
        Reason::RunTimeout.into(),
        CancelCause::of(Reason::SameLogicalId, "other"),
    ];
    let both = |cause: CancelCause| {
        [false, true].map(|force| Input::Cancel {
            cause: cause.clone(),
            force,
        })
    };
    causes.into_iter().flat_map(both).collect()
}

fn facts() -> BundleFacts {
    BundleFacts {
        sha256: String::new(),
        resources: 1,
        bytes: 0,
        gzip_bytes: None,
    }
}

fn unprepared(reason: Reason) -> Input {
    let error = ErrorInfo::default();
    Input::Unprepared { reason, error }
}

fn unbundled(reason: Reason, remedy: Remedy, is_named: bool) -> Input {
    Input::Unbundled(Unbundled {
        reason,
        error: ErrorInfo::default(),
        remedy,
        logical_id: is_named.then(|| "shop".into()),
    })
}

fn conflicted(blocker: Option<DeploymentId>) -> Input {
    let failure = Failure::new(FailureKind::Refused, Some(409));
    Input::Conflicted { blocker, failure }
}

fn prepared(unchanged: bool) -> Input {
    let facts = facts();
    Input::Prepared { facts, unchanged }
}

/// The turn of an upload has come.
pub(crate) fn turn_granted() -> Input {
    Input::TurnGranted { gzip_bytes: None }
}

/// The possible answers.
fn answers_of(outstanding: Outstanding) -> Vec<Input> {
    let failed = |make: fn(Failure) -> Input| failures().into_iter().map(make);
    match outstanding {
        Outstanding::Supervisor => {
            vec![
                Input::BuildBundle { ahead: false },
                Input::BuildBundle { ahead: true },
                Input::Preview,
                Input::Start,
                Input::Retry,
                Input::GiveUp(Failure::new(FailureKind::Busy, Some(503))),
                Input::AwaitCompletion {
                    until: Duration::ZERO,
                },
                Input::CancelBlocker {
                    until: Duration::ZERO,
                },
            ]
        }
        Outstanding::Bundling => vec![
            Input::Bundled(Bundled {
                logical_id: "shop".into(),
                ..Bundled::default()
            }),
            unbundled(Reason::BundlingFailed, Remedy::None, true),
            unbundled(Reason::BundlingFailed, Remedy::Possible, true),
            unbundled(Reason::BundlingFailed, Remedy::Likely, true),
            unbundled(Reason::BundlingFailed, Remedy::Likely, false),
            unbundled(Reason::Connection, Remedy::None, true),
            unbundled(Reason::Http(401), Remedy::None, true),
        ],
        Outstanding::Owner => [
            Input::Identified { unverified: false },
            Input::Identified { unverified: true },
            unprepared(Reason::OwnedByAnotherRepository),
            unprepared(Reason::OwnershipUnverified),
        ]
        .into_iter()
        .chain(failed(Input::Unidentified))
        .collect(),
        Outstanding::Payload => vec![
            prepared(false),
            prepared(true),
            unprepared(Reason::BundleChanged),
        ],
        Outstanding::Turn => vec![turn_granted()],
        Outstanding::SubmitReply => [
            Input::Accepted(ours()),
            conflicted(Some(blocker())),
            conflicted(None),
            Input::AlreadyDeleted,
        ]
        .into_iter()
        .chain(failed(Input::SubmitFailed))
        .collect(),
        Outstanding::PreviewReply => [false, true]
            .map(|same_bundle| Input::Previewed {
                changes: vec![],
                same_bundle,
            })
            .into_iter()
            .chain([conflicted(Some(blocker())), conflicted(None)])
            .chain([unprepared(Reason::OwnedByAnotherRepository)])
            .chain(failed(Input::SubmitFailed))
            .collect(),
        Outstanding::Stream => [Input::Progress(0), Input::Progress(40)]
            .into_iter()
            .chain(endings().into_iter().map(Input::Ended))
            .chain(failed(Input::StreamBroken))
            .collect(),
        Outstanding::Poll => [Input::NotFound, Input::StillRunning { retry_after: None }]
            .into_iter()
            .chain(endings().into_iter().map(Input::Ended))
            .chain(failed(Input::PollFailed))
            .collect(),
        Outstanding::CancelReply => [Input::CancelAcknowledged, Input::CancelNotFound]
            .into_iter()
            .chain(failed(Input::CancelFailed))
            .collect(),
        Outstanding::Hook => [None, Some("it failed".to_owned())]
            .map(|error| {
                Input::HookEnded(HookRecord {
                    hook: Hook::Pre,
                    exit_code: None,
                    duration_ms: 0,
                    output: error.is_some().then(|| "its last lines".to_owned()),
                    report: None,
                    error,
                })
            })
            .into(),
    }
}

/// Every possible event.
pub(crate) fn all_inputs() -> HashSet<Input> {
    [
        Outstanding::Supervisor,
        Outstanding::Bundling,
        Outstanding::Owner,
        Outstanding::Payload,
        Outstanding::Turn,
        Outstanding::SubmitReply,
        Outstanding::PreviewReply,
        Outstanding::Stream,
        Outstanding::Poll,
        Outstanding::CancelReply,
        Outstanding::Hook,
    ]
    .into_iter()
    .flat_map(answers_of)
    .chain(cancels())
    .collect()
}

impl World {
    pub(crate) fn of(operation: Operation, hooks: HookSet) -> Self {
        Self {
            operation,
            hooks,
            ..Self::default()
        }
    }

    fn has_hooks(&self) -> bool {
        self.hooks != HookSet::default()
    }

    pub(crate) fn awaits(&self, outstanding: Outstanding) -> bool {
        self.outstanding.contains(&outstanding)
    }

    pub(crate) fn awaits_anything(&self) -> bool {
        !self.outstanding.is_empty()
    }

    /// Which outstanding item an event completes; a stream stays open after a percentage.
    pub(crate) fn answers(&self, event: &Input) -> Option<Outstanding> {
        match event {
            Input::Progress(_) | Input::Cancel { .. } => None,
            // Both the stream and a poll report endings; the poll only without a stream.
            Input::Ended(_) if self.awaits(Outstanding::Stream) => Some(Outstanding::Stream),
            event => self
                .outstanding
                .iter()
                .copied()
                .find(|outstanding| answers_of(*outstanding).contains(event)),
        }
    }

    /// The possible events: responses of outstanding items, and cancels.
    pub(crate) fn possible_inputs(&self, machine: &Deployment) -> Vec<Input> {
        let state = machine.state();
        if machine.is_finished() {
            return vec![];
        }
        let fits = |event: &Input| match event {
            Input::BuildBundle { .. } => matches!(state, State::Pending),
            // There is nothing to send.
            Input::Start | Input::Preview if self.is_unbundled => false,
            Input::Start => matches!(state, State::Pending | State::Previewed { .. }),
            Input::Preview => {
                matches!(state, State::Pending) && self.operation == Operation::Deploy
            }
            Input::Retry | Input::GiveUp(_) => matches!(state, State::Retrying(_)),
            Input::AwaitCompletion { .. } => matches!(state, State::Waiting(_)),
            // The policy of a preview never does.
            Input::CancelBlocker { .. } => {
                matches!(state, State::Waiting(_)) && self.operation != Operation::Preview
            }
            Input::AlreadyDeleted => self.operation == Operation::Destroy,
            _ => true,
        };
        let is_idle = matches!(state, State::Pending | State::Previewed { .. });
        let supervisor = is_idle.then_some(Outstanding::Supervisor);
        let answers = self.outstanding.iter().copied().chain(supervisor);
        let cancels = if self.unwanted { vec![] } else { cancels() };
        let forces = cancels_by_force(self.unwanted);
        let inputs = answers
            .flat_map(answers_of)
            .filter(fits)
            .chain(cancels)
            .chain(forces);
        let mut inputs: Vec<Input> = match state {
            // Only hooks are left.
            State::Done(_) => vec![],
            _ => inputs.collect(),
        };
        if self.has_hooks() {
            self.add_inputs_of_hooks(machine, &mut inputs);
        }
        inputs
    }

    fn add_inputs_of_hooks(&self, machine: &Deployment, inputs: &mut Vec<Input>) {
        if machine.hook().is_some() {
            let is_answer = |input: &Input| self.answers(input).is_some();
            inputs.extend(all_inputs().into_iter().filter(is_answer));
            // Time limits and signals also reach deployments that are cancelled or finished.
            let cancel = |cause, force| Input::Cancel { cause, force };
            inputs.extend([
                cancel(Reason::ProjectTimeout.into(), false),
                cancel(Reason::ProjectTimeout.into(), true),
                cancel(Reason::Interrupted.into(), false),
            ]);
        }
        // Enough of each kind.
        inputs.retain(|input| match input {
            Input::Cancel { cause, .. } => matches!(
                cause.reason,
                Reason::Interrupted | Reason::FailFast | Reason::MaxFail | Reason::ProjectTimeout
            ),
            Input::Conflicted { blocker, .. } => blocker.is_some(),
            Input::SubmitFailed(failure)
            | Input::StreamBroken(failure)
            | Input::PollFailed(failure)
            | Input::CancelFailed(failure)
            | Input::Unidentified(failure) => failure.outage.is_none(),
            _ => true,
        });
        inputs.extend((!self.closed).then_some(Input::StopHooks));
    }

    /// The surroundings after an event and its effects.
    pub(crate) fn after(&self, event: &Input, machine: &Deployment, effects: &[Output]) -> Self {
        let mut world = self.clone();
        if let Some(answered) = self.answers(event) {
            world.outstanding.retain(|other| *other != answered);
        }
        world.hear(event, machine.state());
        if self.has_hooks() {
            world.remember(event, machine, effects);
        }
        for effect in effects {
            world.perform(effect);
        }
        world.outstanding.sort();
        world.outstanding.dedup();
        world
    }

    fn hear(&mut self, event: &Input, state: &State) {
        let of_the_blocker = matches!(state, State::Waiting(_));
        let is_doubted = matches!(state, State::Waiting(waiting) if waiting.unconfirmed);
        let is_known = matches!(state, State::Waiting(waiting) if waiting.is_known);
        match event {
            Input::Preview | Input::Start | Input::Retry => self.holds_slot = true,
            Input::BuildBundle { ahead } => {
                self.is_ahead = *ahead;
                self.is_unbundled = false;
            }
            Input::Bundled(_) | Input::Unbundled(_) => self.is_ahead = false,
            Input::Identified { unverified } => {
                self.is_identified = true;
                self.unverified = *unverified && self.operation != Operation::Destroy;
            }
            Input::Previewed { .. } => {
                self.unverified = false;
                // The dry run of an unverified project keeps the slot for its upload.
                self.holds_slot &= !matches!(state, State::Previewing(it) if it.preview);
            }
            Input::Cancel { .. } => {
                self.unwanted = true;
                (self.is_ahead, self.is_unbundled) = (false, false);
            }
            Input::Accepted(_) => {
                self.ours_runs = true;
                self.may_be_orphaned = false;
            }
            Input::AlreadyDeleted => self.may_be_orphaned = false,
            Input::Conflicted { blocker, .. } => {
                self.blocker_runs = blocker.is_some();
                self.holds_slot = false;
            }
            Input::SubmitFailed(failure) => {
                self.holds_slot = false;
                let is_sent = failure.outage != Some(Outage::LimitReached);
                let is_lost = is_sent
                    && matches!(
                        failure.kind,
                        FailureKind::ReplyLost | FailureKind::Unexpected
                    );
                let is_dry = matches!(state, State::Previewing(_));
                self.may_be_orphaned |= is_lost && !is_dry;
            }
            Input::Ended(_) if of_the_blocker => self.blocker_is_over(),
            // After a single 404, the API may still have the deployment; two count.
            Input::NotFound | Input::CancelNotFound if is_doubted => {
                self.blocker_runs = false;
                // It may never have been there, and says nothing about another one.
                self.may_be_orphaned &= !is_known;
            }
            Input::Ended(_) => self.ours_runs = false,
            _ => {}
        }
    }

    fn remember(&mut self, input: &Input, machine: &Deployment, outputs: &[Output]) {
        match input {
            Input::StopHooks => self.closed = true,
            Input::Cancel { force: true, .. } => self.forced = true,
            Input::HookEnded(record) if record.error.is_none() => self.good.extend(machine.hook()),
            _ => {}
        }
        for output in outputs {
            match output {
                Output::RunHook(hook) => _ = self.started.insert(*hook),
                Output::Update(Update::Event(Event::Submitting { .. })) => self.sent = true,
                _ => {}
            }
        }
    }

    /// One at a time: a deployment that a lost upload started has finished, too.
    fn blocker_is_over(&mut self) {
        self.blocker_runs = false;
        self.may_be_orphaned = false;
    }

    fn perform(&mut self, effect: &Output) {
        self.outstanding.push(match effect {
            Output::BuildBundle { .. } => Outstanding::Bundling,
            Output::CheckOwnership => Outstanding::Owner,
            Output::Prepare => Outstanding::Payload,
            Output::Submit | Output::Destroy => Outstanding::Turn,
            Output::Preview => Outstanding::PreviewReply,
            Output::OpenStream(..) => Outstanding::Stream,
            Output::CloseStream => {
                return self
                    .outstanding
                    .retain(|other| *other != Outstanding::Stream);
            }
            Output::Poll(_) | Output::GetStatus(_) => Outstanding::Poll,
            Output::RequestCancel(..) => Outstanding::CancelReply,
            Output::RunHook(_) => Outstanding::Hook,
            Output::StopHook => return,
            Output::Update(update) => match update {
                Update::BundlingDeferred { .. } => {
                    self.is_unbundled = true;
                    Outstanding::Supervisor
                }
                Update::Event(Event::Bundled(_) | Event::Previewed { .. })
                | Update::Conflict { .. }
                | Update::Unblocked
                | Update::SubmitFailed { .. } => Outstanding::Supervisor,
                Update::Event(Event::Submitting { .. }) => Outstanding::SubmitReply,
                Update::Finished(_) => return self.outstanding.clear(),
                Update::Event(_) | Update::Stopped => return,
            },
        });
    }
}

/// The second cancel is by force.
fn cancels_by_force(unwanted: bool) -> Vec<Input> {
    let forced = |event: &Input| matches!(event, Input::Cancel { force: true, .. });
    cancels()
        .into_iter()
        .filter(|event| unwanted && forced(event))
        .collect()
}
