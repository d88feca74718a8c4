//! The report of a run in its file formats. Pure: the caller writes the bytes.

mod json;
mod markdown;

pub use json::to_json;
pub use markdown::to_markdown;
