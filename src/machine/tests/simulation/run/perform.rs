//! How the model of the server, the clock, and the hooks respond to an effect.

use super::*;
use crate::model::{Failure, FailureKind};

impl Simulation {
    pub(super) fn perform(&mut self, project: usize, output: Output) {
        let delay = match &output {
            Output::Poll(poll) => match poll.delay {
                Delay::Exactly(delay) => delay,
                Delay::BetweenPolls(retry_after) => {
                    backoff::between_polls(Duration::ZERO, retry_after)
                }
            },
            Output::RequestCancel(_, delay) | Output::OpenStream(_, delay) => *delay,
            Output::BuildBundle { .. } => Duration::from_millis(self.rng.u64(1..20_000)),
            Output::CheckOwnership | Output::Prepare => Duration::from_millis(self.rng.u64(1..100)),
            _ => Duration::ZERO,
        };
        match output {
            Output::Update(update) => {
                self.bundled[project] |= matches!(update, Update::Event(Event::Bundled(_)));
                self.supervise(run::Input::Project(ProjectIx(project), update));
            }
            output => self.deliver(delay, Delivery::Effect(project, output)),
        }
    }

    pub(super) fn request(&mut self, project: usize, output: Output) {
        let (now, rng) = (self.now, &mut self.rng);
        let server = &mut self.ended.server;
        let answers = match output {
            Output::BuildBundle { .. } => vec![(Duration::ZERO, self.bundle(project))],
            Output::CheckOwnership => vec![(Duration::ZERO, self.identify())],
            Output::Prepare => {
                let facts = facts();
                let unchanged = self.rng.u8(0..10) == 0;
                vec![(Duration::ZERO, Input::Prepared { facts, unchanged })]
            }
            Output::Submit | Output::Destroy => {
                // Upload and deletion wait for their turn.
                let gzip_bytes = None;
                self.input(project, Input::TurnGranted { gzip_bytes });
                if !matches!(self.machines[project].state(), State::Submitting(_)) {
                    return;
                }
                let (now, rng) = (self.now, &mut self.rng);
                let server = &mut self.ended.server;
                let HookSet { pre, test, .. } = self.ended.has_hooks;
                if (pre || test) && !self.is_prepared[project] {
                    self.ended.uploads_without_hook += 1;
                }
                let depends_on = &self.depends_on[project];
                let outcomes = &self.ended.outcomes;
                let done = |ix: &usize| {
                    outcomes[*ix]
                        .as_ref()
                        .is_some_and(|end| end.result.is_success())
                };
                if !depends_on.iter().all(done) || !self.bundled[project] {
                    self.ended.too_early.push(project);
                }
                let logical_id = &self.logical_ids[project];
                let twins = self.logical_ids.iter().filter(|id| *id == logical_id);
                let others_live = |ix: usize| {
                    ix != project && self.logical_ids[ix] == *logical_id && self.bundled[ix]
                };
                if twins.count() > 1 && (0..outcomes.len()).any(others_live) {
                    self.ended.uploads_of_twins += 1;
                }
                vec![match output {
                    Output::Destroy => server.destroy(project, now, rng),
                    _ => server.submit(project, now, rng),
                }]
            }
            Output::Preview => vec![server.preview(project, now, rng)],
            Output::OpenStream(id, _) => server.stream(project, &id, now, rng),
            Output::Poll(Poll { id, .. }) | Output::GetStatus(id) => vec![self.poll(project, &id)],
            Output::RequestCancel(id, _) => vec![server.cancel(project, &id, now, rng)],
            Output::RunHook(hook) => {
                self.ended.hooks[project].push(hook);
                let error = (self.rng.u8(0..6) == 0).then(|| "it failed".to_owned());
                let after = Duration::from_millis(self.rng.u64(1..60_000));
                self.deliver(after, Delivery::HookEnded(project, record(hook, error)));
                vec![]
            }
            Output::StopHook => {
                if let Some(hook) = self.machines[project].hook() {
                    let stopped = record(hook, Some("it was stopped".to_owned()));
                    let after = Duration::from_millis(self.rng.u64(1..10_000));
                    self.deliver(after, Delivery::HookEnded(project, stopped));
                }
                vec![]
            }
            Output::CloseStream | Output::Update(_) => vec![],
        };
        for (after, event) in answers {
            self.deliver(after, Delivery::Input(project, event));
        }
    }

    pub(super) fn hook_ended(&mut self, project: usize, record: HookRecord) {
        if self.machines[project].hook() != Some(record.hook) {
            return;
        }
        let last = match self.ended.has_hooks.test {
            true => Hook::Test,
            false => Hook::Pre,
        };
        self.is_prepared[project] |= record.hook == last && record.error.is_none();
        self.input(project, Input::HookEnded(record));
    }

    /// One in twenty cannot be bundled, and others not before a dependency is deployed.
    fn bundle(&mut self, project: usize) -> Input {
        let is_broken = self.rng.u8(0..20) == 0;
        let needed = self.ended.needs[project].filter(|needed| !self.has_succeeded(*needed));
        if is_broken || needed.is_some() {
            let possible = self.rng.bool();
            return Input::Unbundled(Unbundled {
                reason: match is_broken {
                    true => Reason::Http(401),
                    false => Reason::BundlingFailed,
                },
                error: ErrorInfo::default(),
                remedy: match (is_broken, possible) {
                    (true, _) => Remedy::None,
                    (false, true) if self.operation != Operation::Preview => Remedy::Possible,
                    (false, _) => Remedy::Likely,
                },
                logical_id: Some(self.logical_ids[project].as_str().into()),
            });
        }
        Input::Bundled(Bundled {
            logical_id: self.logical_ids[project].as_str().into(),
            ..Bundled::default()
        })
    }

    fn has_succeeded(&self, project: usize) -> bool {
        let end = self.ended.outcomes[project].as_ref();
        self.operation != Operation::Preview && end.is_some_and(|end| end.result.is_success())
    }

    /// One in fifty belongs to another repository, and the ownership of one in fifty cannot be checked.
    fn identify(&mut self) -> Input {
        match self.rng.u8(0..50) {
            0 => Input::Unprepared {
                reason: Reason::OwnedByAnotherRepository,
                error: ErrorInfo::default(),
            },
            1 => Input::Unidentified(Failure::new(FailureKind::Busy, None)),
            _ => Input::Identified {
                unverified: self.rng.u8(0..10) == 0,
            },
        }
    }

    fn poll(&mut self, project: usize, id: &DeploymentId) -> (Duration, Input) {
        self.ended.server.poll(project, id, self.now, &mut self.rng)
    }
}

pub(super) fn record(hook: Hook, error: Option<String>) -> HookRecord {
    HookRecord {
        hook,
        exit_code: None,
        duration_ms: 0,
        error,
        output: None,
        report: None,
    }
}

fn facts() -> crate::model::BundleFacts {
    crate::model::BundleFacts {
        sha256: String::new(),
        resources: 1,
        bytes: 1,
        gzip_bytes: Some(1),
    }
}
