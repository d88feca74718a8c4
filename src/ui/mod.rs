//! What people and programs see during a run: folds over its events that produce text.
//!
//! Terminal crates are used only here. Text from a server or a file is sanitized before it is written: it cannot move the
//! cursor, change colors, or change the writing direction.

mod bar;
mod counter;
pub mod diagnostic;
pub mod graph;
mod human;
mod line;
mod ndjson;
mod news;
mod options;
mod paint;
mod preview;
mod progress;
mod screen;
mod stage;
pub mod style;
mod summary;
pub mod table;
mod text;

pub use bar::Key;
pub use counter::Counter;
pub use human::{Above, Human};
pub use ndjson::Ndjson;
pub use news::outage_line;
pub use options::{Fold, Options, Verbosity};
pub use preview::deletions;
pub use style::{
    ColorChoice, Facts, FailureOutput, Progress, ProgressChoice, StatusLevel, stderr_size,
    stdout_columns,
};
pub use text::{accounts, one_line, some_of};

#[cfg(test)]
mod tests;
