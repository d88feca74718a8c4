//! The surroundings of one deployment: requests in flight, the server's state, and the possible events.

use orchestrate::deployment::{Effect, Event, Rules, State, Try};
use orchestrate::model::{
    BundleFacts, Bundled, CancelCause, DeploymentId, Ending, ErrorInfo, Failure, FailureKind, Hook,
    HookRecord, HookSet, Operation, Phase, Reason, Remedy, Unbundled,
};
use std::collections::BTreeSet;

/// Failures in a row that are retried: enough to tell retries from their end.
const RETRIES: u32 = 1;

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
    /// The account did not say who owns it, and no dry run has decided.
    pub(crate) unverified: bool,
}

pub(crate) fn ours() -> DeploymentId {
    "ours".into()
}

fn blocker() -> DeploymentId {
    "blocker".into()
}

fn failure(kind: FailureKind, status: Option<u16>) -> Failure {
    Failure {
        kind,
        request: "POST /somewhere".into(),
        error: ErrorInfo {
            http_status: status,
            ..ErrorInfo::default()
        },
        retry_after: None,
    }
}

fn failures() -> Vec<Failure> {
    vec![
        failure(FailureKind::Connection, None),
        failure(FailureKind::ReplyLost, None),
        failure(FailureKind::Busy, Some(503)),
        failure(FailureKind::Unexpected, Some(200)),
        failure(FailureKind::Refused, Some(401)),
        failure(FailureKind::Refused, Some(422)),
    ]
}

fn endings() -> Vec<Ending> {
    vec![
        Ending::Succeeded { changes: None },
        Ending::Failed(ErrorInfo::default()),
        Ending::Cancelled,
    ]
}

fn cancels() -> Vec<Event> {
    let causes = [
        CancelCause::Interrupt,
        CancelCause::FailFast,
        CancelCause::MaxFail,
        CancelCause::WaveFailed,
        CancelCause::RunPreHook,
        CancelCause::DependencyFailed("other".into()),
        CancelCause::DependencyNotDeployed("other".into()),
        CancelCause::ConflictDeadline,
        CancelCause::ConflictPolicy,
        CancelCause::ProjectTimeout,
        CancelCause::RunTimeout,
        CancelCause::SameLogicalId("other".into()),
    ];
    let both = |cause: CancelCause| {
        [false, true].map(|force| Event::Cancel {
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

fn unprepared(reason: Reason) -> Event {
    let error = ErrorInfo::default();
    Event::Unprepared { reason, error }
}

fn unbundled(reason: Reason, remedy: Remedy, is_named: bool) -> Event {
    Event::Unbundled(Unbundled {
        reason,
        error: ErrorInfo::default(),
        remedy,
        logical_id: is_named.then(|| "shop".into()),
    })
}

fn prepared(unchanged: bool) -> Event {
    let facts = facts();
    Event::Prepared { facts, unchanged }
}

/// The possible answers.
fn answers_of(outstanding: Outstanding) -> Vec<Event> {
    let failed = |make: fn(Failure) -> Event| failures().into_iter().map(make);
    match outstanding {
        Outstanding::Supervisor => {
            vec![
                Event::Bundle { ahead: false },
                Event::Bundle { ahead: true },
                Event::Granted,
                Event::AwaitCompletion,
                Event::CancelBlocker,
            ]
        }
        Outstanding::Bundling => vec![
            Event::Bundled(Bundled {
                logical_id: "shop".into(),
                facts: facts(),
                cached: false,
                warning: None,
                notes: vec![],
                repository: None,
            }),
            unbundled(Reason::BundlingFailed, Remedy::None, true),
            unbundled(Reason::BundlingFailed, Remedy::Possible, true),
            unbundled(Reason::BundlingFailed, Remedy::Likely, true),
            unbundled(Reason::BundlingFailed, Remedy::Likely, false),
            unbundled(Reason::Connection, Remedy::None, true),
            unbundled(Reason::Http(401), Remedy::None, true),
        ],
        Outstanding::Owner => [
            Event::Identified { unverified: false },
            Event::Identified { unverified: true },
            unprepared(Reason::OwnedByAnotherRepository),
            unprepared(Reason::OwnershipUnverified),
        ]
        .into_iter()
        .chain(failed(Event::Unidentified))
        .collect(),
        Outstanding::Payload => vec![
            prepared(false),
            prepared(true),
            unprepared(Reason::BundleChanged),
        ],
        Outstanding::SubmitReply => [
            Event::Accepted(ours()),
            Event::Conflicted(Some(blocker())),
            Event::Conflicted(None),
            Event::NotThere,
        ]
        .into_iter()
        .chain(failed(Event::SubmitFailed))
        .collect(),
        Outstanding::PreviewReply => [false, true]
            .map(|same_bundle| Event::Previewed {
                changes: vec![],
                same_bundle,
            })
            .into_iter()
            .chain([Event::Conflicted(Some(blocker())), Event::Conflicted(None)])
            .chain([unprepared(Reason::OwnedByAnotherRepository)])
            .chain(failed(Event::SubmitFailed))
            .collect(),
        Outstanding::Stream => [Event::Progress(0), Event::Progress(40)]
            .into_iter()
            .chain(endings().into_iter().map(Event::Ended))
            .chain(failed(Event::StreamLost))
            .collect(),
        Outstanding::Poll => [Event::Gone, Event::StillRunning { retry_after: None }]
            .into_iter()
            .chain(endings().into_iter().map(Event::Ended))
            .chain(failed(Event::PollFailed))
            .collect(),
        Outstanding::CancelReply => [Event::CancelAcknowledged, Event::CancelTargetGone]
            .into_iter()
            .chain(failed(Event::CancelFailed))
            .collect(),
        Outstanding::Hook => [None, Some("it failed".to_owned())]
            .map(|error| {
                Event::HookEnded(HookRecord {
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
pub(crate) fn all_events() -> BTreeSet<Event> {
    [
        Outstanding::Supervisor,
        Outstanding::Bundling,
        Outstanding::Owner,
        Outstanding::Payload,
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

/// Upload numbers grow without bound and no rule depends on them: they are walked as one.
pub(crate) fn fold_attempts(state: State) -> State {
    let fold = |attempt: Try| Try {
        number: 1,
        ..attempt
    };
    match state {
        State::Preparing(attempt) => State::Preparing(fold(attempt)),
        State::Retrying(attempt) => State::Retrying(fold(attempt)),
        State::Previewing(attempt) => State::Previewing(fold(attempt)),
        State::Submitting { attempt, cancel } => State::Submitting {
            attempt: fold(attempt),
            cancel,
        },
        State::Waiting {
            attempt,
            blocker,
            failures,
            doubted,
        } => State::Waiting {
            attempt: fold(attempt),
            blocker,
            failures,
            doubted,
        },
        other => other,
    }
}

impl World {
    pub(crate) fn of(operation: Operation) -> Self {
        Self {
            operation,
            ..Self::default()
        }
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules {
            operation: self.operation,
            retries: RETRIES,
            hooks: HookSet::default(),
        }
    }

    pub(crate) fn awaits(&self, outstanding: Outstanding) -> bool {
        self.outstanding.contains(&outstanding)
    }

    pub(crate) fn awaits_anything(&self) -> bool {
        !self.outstanding.is_empty()
    }

    /// Which outstanding item an event completes; a stream stays open after a percentage.
    pub(crate) fn answers(&self, event: &Event) -> Option<Outstanding> {
        match event {
            Event::Progress(_) | Event::Cancel { .. } => None,
            // Both the stream and a poll report endings; the poll only without a stream.
            Event::Ended(_) if self.awaits(Outstanding::Stream) => Some(Outstanding::Stream),
            event => self
                .outstanding
                .iter()
                .copied()
                .find(|outstanding| answers_of(*outstanding).contains(event)),
        }
    }

    /// The possible events: responses of outstanding items, and cancels.
    pub(crate) fn possible_events(&self, state: &State) -> Vec<Event> {
        if matches!(state, State::Done(_)) {
            return vec![];
        }
        let fits = |event: &Event| match event {
            Event::Bundle { .. } => matches!(state, State::Pending),
            // There is nothing to send.
            Event::Granted if self.is_unbundled => false,
            Event::Granted => matches!(state, State::Pending | State::Retrying(_)),
            Event::AwaitCompletion => matches!(state, State::Waiting { .. }),
            // The policy of a preview never does.
            Event::CancelBlocker => {
                matches!(state, State::Waiting { .. }) && self.operation != Operation::Preview
            }
            Event::NotThere => self.operation == Operation::Destroy,
            _ => true,
        };
        let supervisor = matches!(state, State::Pending).then_some(Outstanding::Supervisor);
        let answers = self.outstanding.iter().copied().chain(supervisor);
        let cancels = if self.unwanted { vec![] } else { cancels() };
        let forces = cancels_by_force(self.unwanted);
        answers
            .flat_map(answers_of)
            .filter(fits)
            .chain(cancels)
            .chain(forces)
            .collect()
    }

    /// The surroundings after an event and its effects.
    pub(crate) fn after(&self, event: &Event, state: &State, effects: &[Effect]) -> Self {
        let mut world = self.clone();
        if let Some(answered) = self.answers(event) {
            world.outstanding.retain(|other| *other != answered);
        }
        world.hear(event, state);
        for effect in effects {
            world.perform(effect);
        }
        world.outstanding.sort();
        world.outstanding.dedup();
        world
    }

    fn hear(&mut self, event: &Event, state: &State) {
        let of_the_blocker = matches!(state, State::Waiting { .. });
        let is_doubted = matches!(state, State::Waiting { doubted: true, .. });
        match event {
            Event::Granted => self.holds_slot = true,
            Event::Bundle { ahead } => {
                self.is_ahead = *ahead;
                self.is_unbundled = false;
            }
            Event::Bundled(_) | Event::Unbundled(_) => self.is_ahead = false,
            Event::Identified { unverified } => {
                self.is_identified = true;
                self.unverified = *unverified && self.operation != Operation::Destroy;
            }
            Event::Previewed { .. } => self.unverified = false,
            Event::Cancel { .. } => {
                self.unwanted = true;
                (self.is_ahead, self.is_unbundled) = (false, false);
            }
            Event::Accepted(_) => {
                self.ours_runs = true;
                self.may_be_orphaned = false;
            }
            Event::NotThere => self.may_be_orphaned = false,
            Event::Conflicted(id) => {
                self.blocker_runs = id.is_some();
                self.holds_slot = false;
            }
            Event::SubmitFailed(failure) => {
                self.holds_slot = false;
                let is_lost = matches!(
                    failure.kind,
                    FailureKind::ReplyLost | FailureKind::Unexpected
                );
                let is_dry = matches!(state, State::Previewing(_));
                self.may_be_orphaned |= is_lost && !is_dry;
            }
            Event::Ended(_) if of_the_blocker => self.blocker_is_over(),
            // After a single 404, the API may still have the deployment; two count.
            Event::Gone | Event::CancelTargetGone if is_doubted => self.blocker_is_over(),
            Event::Ended(_) => self.ours_runs = false,
            _ => {}
        }
    }

    /// One at a time: a deployment that a lost upload started has finished, too.
    fn blocker_is_over(&mut self) {
        self.blocker_runs = false;
        self.may_be_orphaned = false;
    }

    fn perform(&mut self, effect: &Effect) {
        self.outstanding.push(match effect {
            Effect::Bundle { .. } => Outstanding::Bundling,
            Effect::Identify => Outstanding::Owner,
            Effect::Prepare => Outstanding::Payload,
            Effect::Submit | Effect::Destroy => Outstanding::SubmitReply,
            Effect::Preview => Outstanding::PreviewReply,
            Effect::OpenStream(_) => Outstanding::Stream,
            Effect::CloseStream => {
                return self
                    .outstanding
                    .retain(|other| *other != Outstanding::Stream);
            }
            Effect::Poll(..) | Effect::Look(_) => Outstanding::Poll,
            Effect::RequestCancel(..) => Outstanding::CancelReply,
            Effect::AskSupervisor(_) => Outstanding::Supervisor,
            Effect::RunHook(_) => Outstanding::Hook,
            Effect::StopHook => return,
            Effect::Tell(phase) => match phase {
                Phase::Bundled(_) | Phase::Retrying(_) => Outstanding::Supervisor,
                Phase::Unbundled { .. } => {
                    self.is_unbundled = true;
                    Outstanding::Supervisor
                }
                Phase::Done(_) => return self.outstanding.clear(),
                _ => return,
            },
        });
    }
}

/// The second cancel is by force.
fn cancels_by_force(unwanted: bool) -> Vec<Event> {
    let forced = |event: &Event| matches!(event, Event::Cancel { force: true, .. });
    cancels()
        .into_iter()
        .filter(|event| unwanted && forced(event))
        .collect()
}
