//! Whole runs against the sandbox, over real sockets in virtual time: one test per promise.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod budget;
mod conflicts;
mod destroying;
mod faults;
mod folders;
#[path = "../support/generated.rs"]
mod generated;
mod happy;
mod hooks;
mod hooks_stopped;
mod interrupts;
mod limits;
mod owners;
mod preview;
mod rig;
mod soak;
mod streams;
mod submitting;
mod testing;
#[path = "../support/virtual_time.rs"]
mod virtual_time;
mod waves;

use virtual_time::VirtualTime;
