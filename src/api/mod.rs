//! The client of the Checkly deploy API: one typed call per endpoint, nothing decided.
//!
//! Each call sends one request and says what came back; whether to wait, retry or give up is not decided here.
//! A [`Failure`](crate::model::Failure) says how far the request got, because that is what those decisions need.
//!
//! What the HTTP library does that the code below has to live with:
//! - It reports a body that was cut short as a complete one, so the end of a reply is found in its content.
//! - It cannot read an HTTP/1.1 body without a length, and hands out an empty one; such replies are refused.
//! - It hands out a 1xx as the final reply; that counts as a lost reply.
//! - It writes the whole upload before it reads the reply, so an early refusal may be lost to a reset connection.
//! - Its own time limit ends with the reply's head and starts at five seconds; here every call has its own.

mod asked;
mod call;
mod client;
mod connect;
mod error_body;
mod events;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod identity;
mod path;
mod plain;
mod reply;
mod results;
mod retry_after;
mod sse;
mod wire;

pub use client::{Client, Credentials};
pub use connect::{ClientError, Endpoint, Timeouts};
pub use events::{EventStream, Frame, StreamBreak};
pub use identity::Identity;
pub use results::{
    Cancelled, Completion, Destroyed, Found, RemoteProject, SubmitError, SubmitOptions,
};
