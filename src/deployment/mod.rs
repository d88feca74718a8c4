//! The life of one deployment, decided by a pure function.
//!
//! [`step`] takes where a deployment is and what has just happened, and says where it is now and
//! what must be done about it. It does no I/O, reads no clock and draws no random number; an actor
//! performs the effects. `tests/walk.rs` visits every reachable state and asserts the promises,
//! `docs/transitions.md` is the table of what it found. [`live`] is the same with the user's own commands before and after.

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
