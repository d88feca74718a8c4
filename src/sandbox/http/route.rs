//! Maps a method and a path to an endpoint. Ids in a path are percent-decoded, so one may contain `/`.

use super::super::state::Target;
use actix_http::Method;
use percent_encoding::percent_decode_str;

/// An endpoint, with the ids in its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Deploy,
    /// Deploy, as CLIs before 8.10 do: the reply comes when the deployment has finished.
    DeployAndWait,
    DeleteProject(String),
    /// Delete, as CLIs before 8.10 do: the reply comes when the deletion has finished.
    DeleteAndWait(String),
    Deployment(Target),
    Events(Target),
    Completion(Target),
    Cancel(Target),
    Projects,
    Project(String),
    Accounts,
    Account(String),
    Runtimes,
    PrivateLocations,
    Upload,
    Check(String),
}

/// The endpoint, if there is one. A known path with another method is unknown.
pub(super) fn route(method: &Method, path: &str) -> Option<Route> {
    let segments: Option<Vec<String>> = path
        .strip_prefix('/')?
        .split('/')
        .map(|segment| Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned()))
        .collect();
    let segments = segments?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let target = |logical_id: &str, id: &str| Target {
        logical_id: logical_id.to_owned(),
        id: id.to_owned(),
    };
    Some(match (method.as_str(), segments.as_slice()) {
        ("POST", ["v1", "projects", "deploy"]) => Route::Deploy,
        ("POST", ["next-v2", "projects", "deploy"]) => Route::DeployAndWait,
        ("DELETE", ["next", "projects", id]) => Route::DeleteAndWait((*id).to_owned()),
        ("DELETE", ["v1", "projects", id]) => Route::DeleteProject((*id).to_owned()),
        ("GET", ["v1", "projects", project, "deployments", id]) => {
            Route::Deployment(target(project, id))
        }
        ("GET", ["v1", "projects", project, "deployments", id, "events"]) => {
            Route::Events(target(project, id))
        }
        ("GET", ["v1", "projects", project, "deployments", id, "completion"]) => {
            Route::Completion(target(project, id))
        }
        ("POST", ["v1", "projects", project, "deployments", id, "cancel"]) => {
            Route::Cancel(target(project, id))
        }
        ("GET", ["next", "projects"]) => Route::Projects,
        ("GET", ["next", "projects", id]) => Route::Project((*id).to_owned()),
        ("GET", ["next", "accounts"]) => Route::Accounts,
        ("GET", ["next", "accounts", id]) => Route::Account((*id).to_owned()),
        ("GET", ["v1", "runtimes"]) => Route::Runtimes,
        ("GET", ["v1", "private-locations"]) => Route::PrivateLocations,
        ("POST", ["next", "checkly-storage", "upload" | "upload-code-bundle"]) => Route::Upload,
        ("GET", ["v1", "checks", id]) => Route::Check((*id).to_owned()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_slash_does_not_end_an_id() {
        let target = Target {
            logical_id: "a/b#c.d".into(),
            id: "x y".into(),
        };
        let path = "/v1/projects/a%2Fb%23c.d/deployments/x%20y/events";
        assert_eq!(route(&Method::GET, path), Some(Route::Events(target)));
        assert_eq!(
            route(&Method::GET, "/v1/projects/a/b/deployments/x/events"),
            None
        );
    }

    #[test]
    fn the_method_is_part_of_the_endpoint() {
        assert_eq!(
            route(&Method::POST, "/v1/projects/deploy"),
            Some(Route::Deploy)
        );
        assert_eq!(
            route(&Method::DELETE, "/v1/projects/deploy"),
            Some(Route::DeleteProject("deploy".into()))
        );
        assert_eq!(route(&Method::GET, "/v1/projects/deploy"), None);
    }

    #[test]
    fn invalid_utf_8_matches_no_endpoint() {
        assert_eq!(route(&Method::DELETE, "/v1/projects/%FF"), None);
    }
}
