//! The state that all connections of a sandbox share.

use super::clock::Clock;
use super::options::Options;
use super::script::{Decision, RequestContext, Script, ScriptRunner};
use super::traffic::{Hook, RecordedRequest, Reply};
use super::world::{Busy, Outcome, Snapshot, World};
use std::cell::{Ref, RefCell};
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
    log: RefCell<Vec<RecordedRequest>>,
    hook: RefCell<Option<Hook>>,
    script: RefCell<ScriptRunner>,
}

impl State {
    pub(super) fn new(options: Options) -> Self {
        let clock = Clock::new(options.start);
        let mut world = World::new(clock.now());
        world.fill(options.accounts.clone(), clock.now());
        Self {
            world: RefCell::new(world),
            script: RefCell::new(ScriptRunner::new(
                options.script.clone().unwrap_or_default(),
            )),
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
        name: Option<&str>,
        outcome: impl Into<Outcome>,
    ) -> Result<String, Busy> {
        let mut world = self.world.borrow_mut();
        let blocker = world.redeploy(account, logical_id, name, outcome, self.clock.now())?;
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

    pub(super) fn log(&self) -> Vec<RecordedRequest> {
        self.log.borrow().clone()
    }

    pub(super) fn set_hook(&self, hook: Hook) {
        *self.hook.borrow_mut() = Some(hook);
    }

    /// The fault of a request, if any.
    pub(super) fn next(&self, context: &RequestContext) -> Option<Decision> {
        self.script.borrow_mut().next(context, self.clock.now())
    }

    /// Starts another script.
    pub(super) fn play(&self, script: Script) {
        *self.script.borrow_mut() = ScriptRunner::new(script);
    }

    /// The current script.
    pub(super) fn script(&self) -> Ref<'_, ScriptRunner> {
        self.script.borrow()
    }
}
