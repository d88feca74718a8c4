//! Asks a question of the API until there is an answer, or no sense in asking again. What starts a deployment is not sent by
//! this: there every failure is news to `deployment::step`.

use crate::backoff;
use crate::model::{Failure, Retries};

/// Asks, and asks again after passing failures, with growing pauses and never sooner than the server wants.
///
/// # Errors
/// The first final failure, or the passing one after which the retries are used up.
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
