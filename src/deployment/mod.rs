//! The life of one deployment, decided by a pure function.
//!
//! [`step`] takes the state of a deployment and an event, and returns the new state and the effects to perform. It does no
//! I/O and uses no clock and no random numbers; an actor performs the effects. `tests/walk.rs` visits every reachable state
//! and asserts the promises; `docs/transitions.md` is the table of transitions that it found. [`live`] adds the user's
//! hooks.

mod following;
mod life;
mod moves;
mod outcomes;
mod state;
mod step;
mod submitting;

pub use life::{Life, live};
pub use state::{Effect, Event, Pause, Rules, State, Try, Watch};
pub use step::step;
