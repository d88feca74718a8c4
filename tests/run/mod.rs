//! Whole runs against the sandbox, over real sockets in virtual time: one test per promise.

mod budget;
mod conflicts;
mod destroying;
mod faults;
mod folders;
mod forwarder;
mod happy;
mod hooks;
mod hooks_stopped;
mod interrupts;
mod interrupts_resumed;
mod limits;
mod outages;
mod owners;
mod preview;
mod redaction;
mod resume;
pub(crate) mod rig;
mod soak;
mod streams;
mod submitting;
mod testing;
mod waves;
