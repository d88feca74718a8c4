//! Advice for failed requests, one sentence each.

pub(super) const DNS: &str =
    "Check the spelling of the API URL, and that this machine can resolve host names.";
pub(super) const REFUSED: &str =
    "No server listens there: check the API URL, and that the API is running.";
pub(super) const NETWORK: &str = "Check the network, VPN, and firewall between this machine and the API; HTTPS_PROXY is not used.";
pub(super) const TLS: &str = "Check that the API URL supports HTTPS; if a proxy intercepts HTTPS, set SSL_CERT_FILE to a PEM file with its certificate.";
pub(super) const URL: &str = "Check that the API URL is that of the Checkly API, and that no proxy or login page responds instead.";
pub(super) const REDIRECT: &str =
    "Set the API URL to the redirect's target, if that is the Checkly API.";

/// Advice for a status. `reads` distinguishes requests that only read from those that deploy, or would.
pub(super) fn of_status(status: u16, reads: bool, account: &str) -> Option<String> {
    Some(match status {
        401 => format!("Check the API key and the account id {account}."),
        403 if reads => format!("Check that the API key may read account {account}."),
        403 => format!("Check that the API key may deploy to account {account}."),
        402 => format!(
            "The plan of account {account} does not include this: change the plan or the project."
        ),
        404 => "The API has no such resource: check the API URL and the account id.".to_owned(),
        407 => "A proxy requires a login: connect to the API without it.".to_owned(),
        413 => "The payload is larger than the API accepts: split the project.".to_owned(),
        429 => "Too many requests for this account: lower its `rate`, or set `--rate`.".to_owned(),
        408 | 500..=599 => "The API is failing or overloaded: try again later.".to_owned(),
        _ => return None,
    })
}
