//! The report of a run: a fold over its events, and its file formats.
//!
//! Pure: no clock, no I/O. Events carry their times, and the caller writes the bytes.

mod json;
mod ledger;
mod markdown;
mod row;
mod verdict;

pub use json::to_json;
pub use ledger::{Header, Ledger, RowHeader};
pub use markdown::to_markdown;
pub use verdict::{RunEnd, Signal, verdict};
