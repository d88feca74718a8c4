//! The client of the Checkly deploy API: one typed call per endpoint.
//!
//! Each call sends one request and returns its result; the callers decide whether to wait, retry, or give up. A
//! [`Failure`](crate::model::Failure) says how far the request got, which those decisions depend on.
//!
//! The HTTP library reads some responses wrongly, and connects by itself only to a part of what is needed. So its connections
//! are opened by `dial`, and its responses are decoded by `http1` before it reads them. What remains:
//! - It reports a truncated body as complete if the connection ends without an error, so completeness is checked by content.
//! - Its own time limit ends with the response's head and defaults to five seconds; here every call has its own.

mod client;
mod connect;
mod connection;
mod context;
mod dial;
mod error_body;
mod events;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod http1;
mod identity;
mod json;
mod network;
mod path;
mod reply;
mod request;
mod results;
mod timeouts;
mod wire;

pub use client::{Client, Credentials};
pub use connect::{ClientError, Endpoint};
pub use events::{EventStream, Frame, StreamBreak};
pub use identity::Identity;
pub use network::Network;
pub use results::{Cancelled, Conflict, Destroyed, Ended, Found, RemoteProject, SubmitOptions};
