//! The JSON of the API's answers. Its keys are written here again: a misspelled field in the client must fail.

use super::super::clock::iso;
use super::super::world::{Applied, Change, ProjectFacts, Resource, Snapshot};
use actix_http::{Response, StatusCode, body::BoxBody, header};
use serde_json::{Value, json};

/// The content type of an event stream.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// A JSON answer.
pub(super) fn response(status: StatusCode, body: impl Into<Value>) -> Response<BoxBody> {
    Response::build(status)
        .insert_header((header::CONTENT_TYPE, "application/json; charset=utf-8"))
        .body(body.into().to_string())
        .map_into_boxed_body()
}

/// A 200 whose body is an event stream.
pub(super) fn event_stream(body: BoxBody) -> Response<BoxBody> {
    Response::build(StatusCode::OK)
        .insert_header((header::CONTENT_TYPE, EVENT_STREAM))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(body)
        .map_into_boxed_body()
}

/// `ProjectDeployment`: one deployment or deletion.
pub(super) fn deployment(logical_id: &str, snapshot: &Snapshot) -> Value {
    json!({
        "id": snapshot.id,
        "logicalId": logical_id,
        "status": snapshot.status.as_str(),
        "dryRun": false,
        "progress": snapshot.progress,
        "error": snapshot.error,
        "result": snapshot.result.as_deref().map(applied),
        "createdAt": iso(snapshot.created),
        "startedAt": snapshot.started.map(iso),
        "endedAt": snapshot.ended.map(iso),
        "cancelRequestedAt": snapshot.cancel_requested.map(iso),
    })
}

/// `ProjectDeployResponse`: the project, and what changed or would change.
pub(super) fn applied(applied: &Applied) -> Value {
    let facts = &applied.project;
    let mut project = json!({
        "id": facts.id,
        "name": facts.name,
        "logicalId": facts.logical_id,
        "createdAt": iso(facts.created),
        "updatedAt": facts.updated.map(iso),
    });
    if let Some(url) = &facts.repo_url {
        project["repoUrl"] = json!(url);
    }
    let diff: Vec<Value> = applied.diff.iter().map(change).collect();
    json!({ "project": project, "diff": diff })
}

fn change(change: &Change) -> Value {
    let mut row = json!({
        "logicalId": change.resource.logical_id,
        "type": change.resource.kind,
        "action": change.action,
    });
    if let Some(id) = &change.resource.id {
        row["physicalId"] = json!(id);
    }
    row
}

/// A project in the list of projects, where one key has another spelling.
pub(super) fn listed(facts: &ProjectFacts) -> Value {
    json!({
        "id": facts.id,
        "name": facts.name,
        "logicalId": facts.logical_id,
        "repoUrl": facts.repo_url,
        "created_at": iso(facts.created),
    })
}

/// A private location.
pub(super) fn private_location(resource: &Resource) -> Value {
    json!({
        "id": resource.id,
        "name": resource.name,
        "slugName": resource.slug_name,
    })
}

/// One check, with the fields that clients read. `id` is the requested id.
pub(super) fn check(id: &str, resource: &Resource) -> Value {
    let check_type = resource.check_type.as_deref();
    let mut check = json!({ "id": id, "name": resource.name, "checkType": check_type });
    if check_type == Some("HEARTBEAT") {
        // `.invalid` is reserved: a ping by mistake reaches no host.
        check["heartbeat"] = json!({ "pingUrl": format!("https://ping.sandbox.invalid/{id}") });
    }
    check
}
