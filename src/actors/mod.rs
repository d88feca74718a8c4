//! The actors: mailbox, pure core, effects, and nothing else.
//!
//! One [`Supervisor`] per run starts one `DeploymentActor` per project; each has a `StreamActor` while it follows a
//! deployment. `schedule` and `deployment::step` decide; the actors perform the effects.

mod bundling;
mod clock;
mod deployment;
mod events;
mod gate;
mod heartbeats;
mod hooks;
mod identify;
mod job;
mod kept;
mod listings;
mod persist;
mod prepare;
mod requests;
mod reuse;
mod stream;
mod supervisor;

pub use bundling::cache_key;
pub(crate) use clock::Clock;
pub(crate) use gate::Gates;
pub(crate) use identify::{owned_by_another_repository, unlisted};
pub use job::{Bundle, Job, Origin};
pub(crate) use job::{Keys, accounts, keys};
pub(crate) use kept::Made;
pub(crate) use listings::Listings;
pub(crate) use persist::persist;
pub(crate) use prepare::Workshop;
pub use reuse::Reuse;
pub(crate) use supervisor::{Setup, Supervisor};

#[cfg(test)]
mod tests;
