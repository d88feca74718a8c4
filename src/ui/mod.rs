//! What people and programs see of a run while it goes on: folds over its events that end in text.
//!
//! Terminal crates are used here and nowhere else. Every text that a server or a file can choose is made
//! harmless before it is written: it cannot move the cursor, colour the screen or turn the direction of writing.

mod bar;
mod board;
mod counter;
mod human;
mod line;
mod ndjson;
mod news;
mod paint;
mod preview;
pub mod problem;
mod screen;
pub mod style;
mod summary;
pub mod table;
mod text;

pub use counter::Counter;
pub use human::{Human, Options, Verbosity};
pub use ndjson::Ndjson;
pub use preview::deletions;
pub use style::{ColorChoice, Facts, ProgressChoice, stderr_size};
pub use text::{one_line, some_of};

#[cfg(test)]
mod tests;
