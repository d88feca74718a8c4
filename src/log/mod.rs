//! The folds over the events of a run: its rows, its report, its result, and its exit code.
//!
//! Pure: no clock, no I/O. Events carry their times.

mod ledger;
mod row;
mod timeline;
mod verdict;

pub use ledger::{Ledger, Left};
#[cfg(test)]
pub(crate) use timeline::Segment;
pub use timeline::{Activity, Lane, Replay, Timeline};
pub use verdict::{RunEnd, verdict};

#[cfg(test)]
mod tests;
