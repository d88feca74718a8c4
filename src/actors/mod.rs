//! The actors: mailbox, pure machine, effects, and nothing else.
//!
//! One [`Supervisor`] per run starts one `DeploymentActor` per project; each has a `StreamActor` while it follows a
//! deployment. The machines decide; the actors deliver their messages and perform their effects. All messages are sent with
//! `do_send`, and a response is another message: handlers never wait, so every mailbox is always read, and a `Cancel` always
//! arrives.

mod account;
mod bundler;
mod bundling;
mod clock;
mod deployment;
mod heartbeats;
mod hook_runner;
mod job;
mod ownership;
mod rate_limiter;
mod requests;
mod spool;
mod stream;
mod supervisor;

pub(crate) use account::Account;
pub(crate) use bundler::Bundler;
pub use bundler::Reuse;
pub use bundling::cache_key;
pub(crate) use clock::Clock;
pub use job::{Bundle, Job, Origin};
pub(crate) use job::{Keys, keys, tasks};
pub(crate) use ownership::{owned_by_another_repository, unlisted};
pub(crate) use requests::retry;
pub use supervisor::Approver;
pub(crate) use supervisor::{Ended, Equipment, Supervisor};

use crate::machine::{deployment as deployment_machine, run};
use actix::Message;
use std::time::Duration;

/// The messages of a DeploymentActor.
impl Message for deployment_machine::Input {
    type Result = ();
}

/// The messages of the Supervisor.
impl Message for run::Input {
    type Result = ();
}

/// A delay; none takes no time.
pub(crate) async fn pause(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

#[cfg(test)]
mod tests;
