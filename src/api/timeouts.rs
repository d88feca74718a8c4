//! The time limits of requests, from the start to the end of the response. Measured with tokio's clock, so tests can advance it.

use std::time::Duration;

/// Resolving the host and connecting, and the same again for TLS.
pub(super) const CONNECT: Duration = Duration::from_secs(10);

/// Getting a deployment or an account.
pub(super) const GET: Duration = Duration::from_secs(15);

/// Canceling a deployment.
pub(super) const CANCEL: Duration = Duration::from_secs(15);

/// The time that a completion request may take beyond its requested wait.
pub(super) const COMPLETION_SLACK: Duration = Duration::from_secs(15);

/// Starting an event stream.
pub(super) const EVENTS_HEAD: Duration = Duration::from_secs(30);

/// Silence of an event stream; keep-alive comments end it.
pub(super) const EVENTS_IDLE: Duration = Duration::from_secs(60);

/// The slowest upload that is accepted, in bytes per second.
const UPLOAD_RATE: u64 = 64 * 1024;

/// Submitting a payload of this many bytes, or a deletion.
pub(super) fn submit(bytes: usize) -> Duration {
    Duration::from_secs(60 + bytes as u64 / UPLOAD_RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_payload_has_a_longer_time_limit() {
        assert_eq!(submit(0), Duration::from_secs(60));
        assert_eq!(submit(64 << 20), Duration::from_secs(60 + 1024));
    }
}
