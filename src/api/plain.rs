//! Describes connection errors in plain words.

use awc::error::PayloadError;
use std::io;

/// `connection reset` instead of `Connection reset by peer (os error 104)`.
pub(super) fn io_error(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    }
}

/// The same for a truncated body; awc wraps the cause and formats it for debugging.
pub(super) fn body_error(error: &PayloadError) -> String {
    match error {
        PayloadError::Incomplete(Some(error)) | PayloadError::Io(error) => io_error(error),
        other => other.to_string(),
    }
}
