//! The machine of one deployment: [`Deployment::handle`] takes the messages and results that a DeploymentActor receives, and
//! returns the messages that it sends and the effects that it performs.
//!
//! No I/O and no clock; random numbers are passed in. The walk in `machine/tests` visits every reachable state and asserts
//! the promises;
//! `docs/transitions.md` is the table of the transitions that it found.

mod following;
mod hooks;
pub(super) mod outcomes;
mod state;
mod step;
mod submitting;
#[cfg(test)]
mod tests;
mod transitions;

pub use hooks::Deployment;
pub use outcomes::ended;
#[cfg(test)]
pub use state::{Attempt, Cancelling, Following, Watch};
pub use state::{Delay, Input, Output, Poll, Rng, Rules, State, Update};
#[cfg(test)]
pub use transitions::GROWING;
pub(super) use transitions::delay_after;
pub(crate) use transitions::retry_delay;
