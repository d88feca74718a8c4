//! The client of the Checkly deploy API: one typed call per endpoint.
//!
//! Each call sends one request and returns its result; the callers decide whether to wait, retry, or give up. A
//! [`Failure`](crate::model::Failure) says how far the request got, which those decisions depend on.
//!
//! Properties of the HTTP library that the code works around:
//! - It reports a truncated body as complete, so completeness is checked by content.
//! - It cannot read an HTTP/1.1 body without a length, and returns an empty one; such responses are rejected.
//! - It returns a 1xx as the final response; that counts as a lost response.
//! - It writes the whole upload before it reads the response, so a connection reset may lose an early rejection.
//! - Its own time limit ends with the response's head and defaults to five seconds; here every call has its own.

mod client;
mod connect;
mod context;
mod error_body;
mod events;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod identity;
mod path;
mod reply;
mod request;
mod results;
mod wire;

pub use client::{Client, Credentials};
pub use connect::{ClientError, Endpoint, Timeouts};
pub use events::{EventStream, Frame, StreamBreak};
pub use identity::Identity;
pub use results::{
    Cancelled, Completion, Destroyed, Found, RemoteProject, SubmitError, SubmitOptions,
};
