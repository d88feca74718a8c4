//! How the model of the server, the clock, and the hooks respond to an effect.

use super::*;
use orchestrate::model::{Failure, FailureKind};

impl Run {
    pub(super) fn perform(&mut self, project: usize, effect: Effect) {
        let delay = match &effect {
            Effect::Poll(_, pause) | Effect::RequestCancel(_, pause) => self.pause(*pause),
            Effect::Bundle { .. } => Duration::from_millis(self.dice.u64(1..20_000)),
            Effect::Identify | Effect::Prepare => Duration::from_millis(self.dice.u64(1..100)),
            _ => Duration::ZERO,
        };
        match effect {
            Effect::Tell(phase) => self.told(project, phase),
            Effect::AskSupervisor(blocker) => self.happen(Happening::Conflict {
                project: ProjectIx(project),
                blocker,
            }),
            effect => self.deliver(delay, Delivery::Effect(project, effect)),
        }
    }

    pub(super) fn request(&mut self, project: usize, effect: Effect) {
        let (now, dice) = (self.now, &mut self.dice);
        let server = &mut self.ended.server;
        let answers = match effect {
            Effect::Bundle { .. } => vec![(Duration::ZERO, self.bundle(project))],
            Effect::Identify => vec![(Duration::ZERO, self.identify())],
            Effect::Prepare => {
                let facts = facts();
                let unchanged = self.dice.u8(0..10) == 0;
                vec![(Duration::ZERO, Event::Prepared { facts, unchanged })]
            }
            Effect::Submit | Effect::Destroy => {
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
                vec![match effect {
                    Effect::Destroy => server.destroy(project, now, dice),
                    _ => server.submit(project, now, dice),
                }]
            }
            Effect::Preview => vec![server.preview(project, now, dice)],
            Effect::OpenStream(id) => server.stream(project, &id, now, dice),
            Effect::Poll(id, _) | Effect::Look(id) => vec![self.poll(project, &id)],
            Effect::RequestCancel(id, _) => vec![server.cancel(project, &id, now, dice)],
            Effect::RunHook(hook) => {
                self.ended.hooks[project].push(hook);
                let error = (self.dice.u8(0..6) == 0).then(|| "it failed".to_owned());
                let after = Duration::from_millis(self.dice.u64(1..60_000));
                self.deliver(after, Delivery::HookEnded(project, record(hook, error)));
                vec![]
            }
            Effect::StopHook => {
                if let Some(hook) = self.lives[project].hook() {
                    let stopped = record(hook, Some("it was stopped".to_owned()));
                    let after = Duration::from_millis(self.dice.u64(1..10_000));
                    self.deliver(after, Delivery::HookEnded(project, stopped));
                }
                vec![]
            }
            Effect::CloseStream | Effect::AskSupervisor(_) | Effect::Tell(_) => vec![],
        };
        for (after, event) in answers {
            self.deliver(after, Delivery::Event(project, event));
        }
    }

    pub(super) fn hook_ended(&mut self, project: usize, record: HookRecord) {
        if self.lives[project].hook() != Some(record.hook) {
            return;
        }
        let last = match self.ended.has_hooks.test {
            true => Hook::Test,
            false => Hook::Pre,
        };
        self.is_prepared[project] |= record.hook == last && record.error.is_none();
        let project_ix = ProjectIx(project);
        self.happen(Happening::Hook {
            project: project_ix,
            runs: false,
        });
        self.event(project, Event::HookEnded(record));
    }

    /// One in twenty cannot be bundled, and others not before a dependency is deployed.
    fn bundle(&mut self, project: usize) -> Event {
        let is_broken = self.dice.u8(0..20) == 0;
        let needed = self.ended.needs[project].filter(|needed| !self.has_succeeded(*needed));
        if is_broken || needed.is_some() {
            let possible = self.dice.bool();
            return Event::Unbundled(Unbundled {
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
        Event::Bundled(Bundled {
            logical_id: self.logical_ids[project].as_str().into(),
            facts: facts(),
            cached: false,
            warning: None,
            notes: vec![],
            repository: None,
        })
    }

    fn has_succeeded(&self, project: usize) -> bool {
        let end = self.ended.outcomes[project].as_ref();
        self.operation != Operation::Preview && end.is_some_and(|end| end.result.is_success())
    }

    /// One in fifty belongs to another repository, and the ownership of one in fifty cannot be checked.
    fn identify(&mut self) -> Event {
        match self.dice.u8(0..50) {
            0 => Event::Unprepared {
                reason: Reason::OwnedByAnotherRepository,
                error: ErrorInfo::default(),
            },
            1 => Event::Unidentified(Failure {
                kind: FailureKind::Busy,
                request: "GET /next/projects".into(),
                error: ErrorInfo::default(),
                retry_after: None,
            }),
            _ => Event::Identified {
                unverified: self.dice.u8(0..10) == 0,
            },
        }
    }

    fn poll(&mut self, project: usize, id: &DeploymentId) -> (Duration, Event) {
        self.ended
            .server
            .poll(project, id, self.now, &mut self.dice)
    }
}

fn record(hook: Hook, error: Option<String>) -> HookRecord {
    HookRecord {
        hook,
        exit_code: None,
        duration_ms: 0,
        error,
        output: None,
        report: None,
    }
}

fn facts() -> orchestrate::model::BundleFacts {
    orchestrate::model::BundleFacts {
        sha256: String::new(),
        resources: 1,
        bytes: 1,
        gzip_bytes: Some(1),
    }
}
