//! The state that all connections of a sandbox share.

use super::clock::Clock;
use super::options::Options;
use super::script::ScriptRunner;
use super::traffic::{Hook, RecordedRequest, Reply};
use super::world::{Busy, Outcome, Snapshot, World};
use std::cell::RefCell;
use std::time::Duration;
use tokio::sync::Notify;

/// One deployment of one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) logical_id: String,
    pub(super) id: String,
}

/// Shared by the handle, the server, and every connection; all on one thread.
pub(super) struct State {
    pub(super) options: Options,
    pub(super) clock: Clock,
    pub(super) world: RefCell<World>,
    /// Notified when the outcome of a deployment changes.
    pub(super) changed: Notify,
    pub(super) log: RefCell<Vec<RecordedRequest>>,
    pub(super) hook: RefCell<Option<Hook>>,
    pub(super) script: RefCell<ScriptRunner>,
}

impl State {
    pub(super) fn new(options: Options) -> Self {
        let clock = Clock::new(options.start);
        let mut world = World::new(clock.now());
        world.fill(options.accounts.clone(), clock.now());
        let script = options.script.clone();
        Self {
            world: RefCell::new(world),
            script: RefCell::new(ScriptRunner::new(script)),
            clock,
            options,
            changed: Notify::new(),
            log: RefCell::default(),
            hook: RefCell::default(),
        }
    }

    /// One deployment at `now`.
    pub(super) fn deployment(
        &self,
        account: &str,
        target: &Target,
        now: Duration,
    ) -> Option<Snapshot> {
        let mut world = self.world.borrow_mut();
        world.deployment(account, &target.logical_id, &target.id, now)
    }

    /// Starts another client's deployment of the project's current resources, and returns its id.
    pub(super) fn block(
        &self,
        account: &str,
        logical_id: &str,
        outcome: impl Into<Outcome>,
    ) -> Result<String, Busy> {
        let mut world = self.world.borrow_mut();
        let blocker = world.redeploy(account, logical_id, outcome, self.clock.now())?;
        Ok(blocker.id)
    }

    /// Whether requests must be recorded or passed to a hook.
    pub(super) fn watched(&self) -> bool {
        self.options.record || self.hook.borrow().is_some()
    }

    /// Records a request and passes it to the hook.
    pub(super) fn see(&self, request: &RecordedRequest) -> Option<Reply> {
        if self.options.record {
            self.log.borrow_mut().push(request.clone());
        }
        // Taken out during the call: a hook may install another one.
        let mut hook = self.hook.borrow_mut().take()?;
        let reply = hook(request);
        self.hook.borrow_mut().get_or_insert(hook);
        reply
    }
}
