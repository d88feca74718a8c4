//! The report of a run, as a fold over its events.
//!
//! Pure: it reads no clock and writes nothing. Times come in with the events, bytes go out to the caller.

mod json;
mod ledger;
mod row;
mod verdict;

pub use json::to_json;
pub use ledger::{Header, Ledger, RowHeader};
pub use verdict::{RunEnd, Signal, verdict};
