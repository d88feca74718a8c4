//! The sandbox over real sockets, in virtual time, called by a client that shares no types with it.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, which clippy does not know to be tests"
)]

mod accounts;
mod deleting;
mod deploying;
mod faults;
mod hooks;
mod older_clients;
mod other_endpoints;
mod raw;
mod refusals;
mod rig;
mod script;
#[path = "../support/virtual_time.rs"]
mod virtual_time;
mod waiting;

use virtual_time::VirtualTime;
