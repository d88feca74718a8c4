//! What a user can do about a failure. One sentence each; nothing where there is nothing to do.

pub(super) const DNS: &str =
    "Check the API URL for a typing mistake, and that this machine can look up names.";
pub(super) const REFUSED: &str =
    "Nothing listens there: check the API URL, and that the API is running.";
pub(super) const NETWORK: &str = "Check the network, VPN and firewall between this machine and the API; HTTPS_PROXY is not used.";
pub(super) const TLS: &str = "Check that the API URL speaks HTTPS; if a proxy here re-signs HTTPS, name a PEM file with its certificate in SSL_CERT_FILE.";
pub(super) const URL: &str = "Check that the API URL is that of the Checkly API and no proxy or login page answers in its place.";
pub(super) const REDIRECT: &str =
    "Set the API URL to the address it redirects to, if that is the Checkly API.";

/// What to do about a status. `reads` tells requests that only look from those that deploy, or would.
pub(super) fn of_status(status: u16, reads: bool, account: &str) -> Option<String> {
    Some(match status {
        401 => format!("Check the API key and the id of the account, {account}."),
        403 if reads => format!("Check that the API key may read the account {account}."),
        403 => format!("Check that the API key may deploy to the account {account}."),
        402 => format!(
            "The plan of the account {account} does not include this: change the plan, or what the project uses."
        ),
        404 => "The API knows nothing there: check the API URL and the account's id.".to_owned(),
        407 => "A proxy asks for a login: reach the API without it.".to_owned(),
        413 => "The payload is larger than the API accepts: split the project.".to_owned(),
        429 => "Too many requests for this account: lower its `rate`, or `--rate`.".to_owned(),
        408 | 500..=599 => "The API has a problem or too much to do: try again later.".to_owned(),
        _ => return None,
    })
}
