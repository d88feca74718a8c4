//! The report of a run, as a fold over its events; and what it looks like in files.
//!
//! Pure: it reads no clock and writes nothing. Times come in with the events, bytes go out to the caller.

mod json;
mod ledger;
mod markdown;
mod row;
mod verdict;

pub use json::to_json;
pub use ledger::{Header, Ledger, RowHeader};
pub use markdown::to_markdown;
pub use verdict::{RunEnd, Signal, verdict};
