//! The report of a run in its file formats. Pure: the caller writes the bytes.

mod code_quality;
mod csv;
mod html;
mod json;
mod junit;
mod markdown;
#[cfg(test)]
mod tests;

pub use code_quality::to_code_quality;
pub use csv::to_csv;
pub use html::to_html;
pub use json::to_json;
pub use junit::to_junit;
pub use markdown::to_markdown;
