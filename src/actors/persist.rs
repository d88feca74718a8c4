//! Retries a request until it succeeds or fails permanently. Not for requests that start a deployment: `deployment::step`
//! handles each of their failures.

use crate::backoff;
use crate::model::{Failure, Retries};

/// Retries transient failures with growing delays, and never earlier than the server asks.
///
/// # Errors
/// The first permanent failure, or the transient one that exhausts the retries.
pub(crate) async fn persist<T>(
    retries: &Retries,
    mut ask: impl AsyncFnMut() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut failures = 0;
    loop {
        let failure = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        failures += 1;
        if !failure.is_transient() || failures > retries.count {
            return Err(failure);
        }
        let retry_after = failure.retry_after;
        let pause = backoff::after_failure(retries, failures, retry_after, fastrand::f64());
        tokio::time::sleep(pause).await;
    }
}
