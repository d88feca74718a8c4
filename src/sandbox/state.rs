//! What all connections of one sandbox share.

use super::clock::Clock;
use super::http::Target;
use super::options::Options;
use super::traffic::{Hook, RecordedRequest, Reply};
use super::world::{Snapshot, World};
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

/// Shared by the handle, the server and every connection; all on one thread.
pub(super) struct State {
    pub(super) options: Options,
    pub(super) clock: Clock,
    pub(super) world: RefCell<World>,
    /// Told when a deployment takes another course than it was to take.
    pub(super) changed: Notify,
    log: RefCell<Vec<RecordedRequest>>,
    hook: RefCell<Option<Hook>>,
    /// One for each open connection, by the client's address: closes it.
    cuts: RefCell<HashMap<SocketAddr, Rc<Notify>>>,
}

impl State {
    pub(super) fn new(options: Options) -> Self {
        let clock = Clock::new(options.start);
        Self {
            world: RefCell::new(World::new(clock.start_millis())),
            clock,
            options,
            changed: Notify::new(),
            log: RefCell::default(),
            hook: RefCell::default(),
            cuts: RefCell::default(),
        }
    }

    /// One deployment as it is at `now`.
    pub(super) fn deployment(
        &self,
        account: &str,
        target: &Target,
        now: Duration,
    ) -> Option<Snapshot> {
        let mut world = self.world.borrow_mut();
        world.deployment(account, &target.logical_id, &target.id, now)
    }

    /// Whether anybody wants to see requests.
    pub(super) fn watched(&self) -> bool {
        self.options.record || self.hook.borrow().is_some()
    }

    /// Records a request, and asks the hook about it.
    pub(super) fn see(&self, request: &RecordedRequest) -> Option<Reply> {
        if self.options.record {
            self.log.borrow_mut().push(request.clone());
        }
        // Taken out while it runs: a hook may install another one.
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

    /// A connection was opened; it must close when the result is notified.
    pub(super) fn opened(&self, client: SocketAddr) -> Rc<Notify> {
        let cut = Rc::new(Notify::new());
        self.cuts.borrow_mut().insert(client, Rc::clone(&cut));
        cut
    }

    /// A connection was closed.
    pub(super) fn closed(&self, client: SocketAddr) {
        self.cuts.borrow_mut().remove(&client);
    }

    /// Closes a connection, whatever it is doing.
    pub(super) fn cut(&self, client: Option<SocketAddr>) {
        let cuts = self.cuts.borrow();
        if let Some(cut) = client.and_then(|client| cuts.get(&client)) {
            cut.notify_one();
        }
    }
}
