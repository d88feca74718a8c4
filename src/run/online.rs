//! Asks the API whether it takes the credentials of a plan. Sends no deployment.

use super::Plan;
use crate::api::{Client, ClientError, Endpoint, Identity, Timeouts};
use crate::model::Failure;
use std::collections::BTreeMap;

/// The accounts whose credentials could not be confirmed, by their names in the manifest, and why. Must be called
/// within an actix `System`.
///
/// # Errors
/// The API cannot be spoken to at all; nothing was sent.
pub async fn check_accounts(
    plan: &Plan,
    identity: &Identity,
) -> Result<Vec<(String, Failure)>, ClientError> {
    let base_url = plan.api_url.clone();
    let api = Client::new(&Endpoint { base_url }, identity, Timeouts::default())?;
    let by_name = |job: &super::Job| (job.account.to_string(), job.credentials.clone());
    let accounts: BTreeMap<_, _> = plan.jobs.iter().map(by_name).collect();
    let mut failures = vec![];
    for (name, credentials) in accounts {
        if let Err(failure) = api.account(&credentials).await {
            failures.push((name, failure));
        }
    }
    Ok(failures)
}
