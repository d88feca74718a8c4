//! The paths and queries of the API, exactly as the Checkly CLI writes them.

use super::results::SubmitOptions;
use crate::model::DeploymentId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::time::Duration;

/// The deploy endpoint.
pub(super) const DEPLOY: &str = "/v1/projects/deploy";

/// The characters that JavaScript's `encodeURIComponent` escapes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// The projects of an account.
pub(super) const PROJECTS: &str = "/next/projects";

/// An account.
pub(super) fn account(id: &str) -> String {
    format!("/next/accounts/{}", utf8_percent_encode(id, COMPONENT))
}

/// One deployment of a project, or an endpoint below it: `/events`, `/completion`, `/cancel`, or empty.
pub(super) fn deployment(logical_id: &str, id: &DeploymentId, below: &str) -> String {
    let id = utf8_percent_encode(id.as_str(), COMPONENT);
    format!("{}/deployments/{id}{below}", project(logical_id))
}

/// A project.
pub(super) fn project(logical_id: &str) -> String {
    format!(
        "/v1/projects/{}",
        utf8_percent_encode(logical_id, COMPONENT)
    )
}

/// A check by its id in the account.
pub(super) fn check(id: &str) -> String {
    format!("/v1/checks/{}", utf8_percent_encode(id, COMPONENT))
}

/// The query of a deletion.
pub(super) fn destroy_query(preserve_resources: bool) -> String {
    format!("?preserveResources={preserve_resources}&dryRun=false")
}

/// The query of a submission. `preserveResources` is omitted when false: the endpoint rejects unknown parameters.
pub(super) fn deploy_query(dry_run: bool, options: SubmitOptions) -> String {
    let schedule = options.schedule_on_deploy;
    let preserve = if options.preserve_resources {
        "&preserveResources=true"
    } else {
        ""
    };
    format!("?dryRun={dry_run}&scheduleOnDeploy={schedule}{preserve}")
}

/// The seconds that the server may hold a completion request; it accepts 1 to 30.
pub(super) fn wait_seconds(max_wait: Duration) -> u64 {
    max_wait.as_secs().clamp(1, 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_encoded_as_by_the_cli() {
        // Observed from the real CLI: `a/b#c.d` and `a/b c`.
        let path = deployment("a/b#c.d", &DeploymentId::from("a/b c"), "/events");
        assert_eq!(
            path,
            "/v1/projects/a%2Fb%23c.d/deployments/a%2Fb%20c/events"
        );
    }

    #[test]
    fn an_account_id_cannot_change_the_path() {
        assert_eq!(account("../x"), "/next/accounts/..%2Fx");
    }

    #[test]
    fn encoding_matches_encode_uri_component() {
        // node -p "encodeURIComponent('-_.!~*\'()') + encodeURIComponent(' %?&=+/:;,@$[]\"<>^`{|}\\ü😀')"
        let path = deployment(
            "-_.!~*'()",
            &DeploymentId::from(" %?&=+/:;,@$[]\"<>^`{|}\\ü😀"),
            "",
        );
        assert_eq!(
            path,
            "/v1/projects/-_.!~*'()/deployments/%20%25%3F%26%3D%2B%2F%3A%3B%2C%40%24%5B%5D%22%3C%3E%5E%60%7B%7C%7D%5C%C3%BC%F0%9F%98%80"
        );
    }

    #[test]
    fn queries_match_the_cli_in_order() {
        let options = |schedule_on_deploy, preserve_resources| SubmitOptions {
            schedule_on_deploy,
            preserve_resources,
        };
        assert_eq!(
            deploy_query(false, options(true, false)),
            "?dryRun=false&scheduleOnDeploy=true"
        );
        assert_eq!(
            deploy_query(false, options(false, false)),
            "?dryRun=false&scheduleOnDeploy=false"
        );
        assert_eq!(
            deploy_query(false, options(true, true)),
            "?dryRun=false&scheduleOnDeploy=true&preserveResources=true"
        );
        assert_eq!(
            deploy_query(true, options(true, false)),
            "?dryRun=true&scheduleOnDeploy=true"
        );
    }

    #[test]
    fn the_server_holds_a_request_for_1_to_30_seconds() {
        let seconds = |millis| wait_seconds(Duration::from_millis(millis));
        assert_eq!([seconds(0), seconds(12_900), seconds(31_000)], [1, 12, 30]);
    }
}
