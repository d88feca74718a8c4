//! The sandbox over real sockets, in virtual time, asked by a client that shares no type with it.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, which clippy does not know to be tests"
)]

mod deleting;
mod deploying;
mod hooks;
mod other_endpoints;
mod refusals;
mod rig;
mod waiting;
