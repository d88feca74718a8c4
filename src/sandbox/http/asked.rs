//! Classifies requests for scripts.

use super::super::script::{Asked, Kind};
use super::incoming::Incoming;
use super::query::Query;
use super::route::{Route, route};
use serde::Deserialize;

/// The account, project, and kind of a request.
pub(super) fn asked(request: &Incoming) -> Asked {
    let account = request.headers.get("x-checkly-account");
    let account = account.and_then(|value| value.to_str().ok());
    let (kind, project) = match route(&request.method, &request.path) {
        Some(Route::Deploy | Route::DeployAndWait) => {
            (dry_or(Kind::Deploy, request), submitted(request))
        }
        Some(Route::DeleteProject(id) | Route::DeleteAndWait(id)) => {
            (dry_or(Kind::Delete, request), Some(id))
        }
        Some(Route::Deployment(target)) => (Kind::Get, Some(target.logical_id)),
        Some(Route::Events(target)) => (Kind::Events, Some(target.logical_id)),
        Some(Route::Completion(target)) => (Kind::Completion, Some(target.logical_id)),
        Some(Route::Cancel(target)) => (Kind::Cancel, Some(target.logical_id)),
        _ => (Kind::Other, None),
    };
    Asked {
        account: account.unwrap_or_default().to_owned(),
        project,
        kind,
    }
}

fn dry_or(kind: Kind, request: &Incoming) -> Kind {
    let known = ["dryRun", "scheduleOnDeploy", "preserveResources"];
    let dry = Query::read(&request.query, &known).and_then(|query| query.flag("dryRun", false));
    if dry == Ok(true) { Kind::DryRun } else { kind }
}

/// The project that a body names; the rest of the body is not checked.
fn submitted(request: &Incoming) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        project: Project,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Project {
        logical_id: String,
    }
    let body: Body = serde_json::from_slice(request.body.as_ref().ok()?).ok()?;
    Some(body.project.logical_id)
}
