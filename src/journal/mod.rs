//! The journal of a run: its events in a file, one JSON object per line, as `--message-format json` prints them. An earlier
//! run is known from its journal alone.
//!
//! The run's process holds a lock on the file, which the system releases however the process ends: an unlocked journal
//! without `run.finished` is that of a run that was killed.

mod directory;
mod merge;
mod read;
mod running;
mod write;

pub use directory::{Earlier, Journals};
pub use merge::merge;
pub use read::ReadError;
#[cfg(test)]
pub use read::read;
pub use running::{Hold, RunningRun, RunningRuns};
pub use write::{Journal, OpenError};
