//! The JSON of the API's answers. These types belong to the sandbox: a misspelled field in the client must fail.

use super::super::clock::Clock;
use super::super::world::{
    Action, Applied, Change, Failure, Held, PhysicalId, ProjectFacts, Snapshot,
};
use actix_http::{Response, StatusCode, body::BoxBody, header};
use serde::Serialize;
use serde_json::{Value, json};

/// The content type of an event stream.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// A JSON answer.
pub(super) fn response(status: StatusCode, body: &impl Serialize) -> Response<BoxBody> {
    match serde_json::to_vec(body) {
        Ok(bytes) => Response::build(status)
            .insert_header((header::CONTENT_TYPE, "application/json; charset=utf-8"))
            .body(bytes)
            .map_into_boxed_body(),
        Err(_) => Response::new(StatusCode::INTERNAL_SERVER_ERROR),
    }
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
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeploymentBody<'a> {
    id: &'a str,
    logical_id: &'a str,
    status: &'static str,
    dry_run: bool,
    progress: u32,
    error: Option<&'a Failure>,
    result: Option<AppliedBody<'a>>,
    created_at: String,
    started_at: Option<String>,
    ended_at: Option<String>,
    cancel_requested_at: Option<String>,
}

impl<'a> DeploymentBody<'a> {
    pub(super) fn new(logical_id: &'a str, snapshot: &'a Snapshot, clock: &Clock) -> Self {
        let iso = |at: Option<_>| at.map(|at| clock.iso(at));
        let result = snapshot.result.as_deref();
        Self {
            id: &snapshot.id,
            logical_id,
            status: snapshot.status.as_str(),
            dry_run: false,
            progress: snapshot.progress,
            error: snapshot.error.as_ref(),
            result: result.map(|applied| AppliedBody::new(applied, clock)),
            created_at: clock.iso(snapshot.created),
            started_at: iso(snapshot.started),
            ended_at: iso(snapshot.ended),
            cancel_requested_at: iso(snapshot.cancel_requested),
        }
    }
}

/// `ProjectDeployResponse`: the project, and what changed or would change.
#[derive(Serialize)]
pub(super) struct AppliedBody<'a> {
    project: ProjectBody<'a>,
    diff: Vec<ChangeBody<'a>>,
}

impl<'a> AppliedBody<'a> {
    pub(super) fn new(applied: &'a Applied, clock: &Clock) -> Self {
        Self {
            project: ProjectBody::new(&applied.project, clock),
            diff: applied.diff.iter().map(ChangeBody::new).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProjectBody<'a> {
    id: &'a str,
    name: &'a str,
    logical_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    repo_url: Option<&'a str>,
    created_at: String,
    updated_at: Option<String>,
}

impl<'a> ProjectBody<'a> {
    fn new(facts: &'a ProjectFacts, clock: &Clock) -> Self {
        Self {
            id: &facts.id,
            name: &facts.name,
            logical_id: &facts.logical_id,
            repo_url: facts.repo_url.as_deref(),
            created_at: facts.created_at(clock.start()),
            updated_at: facts.updated.map(|at| clock.iso(at)),
        }
    }
}

/// A project in the list of projects, where one key has another spelling.
pub(super) fn listed(facts: &ProjectFacts, clock: &Clock) -> Value {
    json!({
        "id": facts.id,
        "name": facts.name,
        "logicalId": facts.logical_id,
        "repoUrl": facts.repo_url,
        "created_at": facts.created_at(clock.start()),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeBody<'a> {
    logical_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_id: Option<&'a PhysicalId>,
    r#type: &'a str,
    action: &'static str,
}

impl<'a> ChangeBody<'a> {
    fn new(change: &'a Change) -> Self {
        Self {
            logical_id: &change.key.logical_id,
            physical_id: change.physical_id.as_ref(),
            r#type: change.key.kind,
            action: match change.action {
                Action::Create => "CREATE",
                Action::Update => "UPDATE",
                Action::Delete => "DELETE",
                Action::Detach => "DETACHED",
            },
        }
    }
}

/// A private location.
pub(super) fn private_location(held: &Held) -> Value {
    json!({
        "id": held.physical_id,
        "name": held.facts.name,
        "slugName": held.facts.slug_name,
    })
}

/// One check, with the fields that clients read. `id` is the requested id.
pub(super) fn check(id: &str, held: &Held) -> Value {
    let check_type = held.facts.check_type.as_deref();
    let mut check = json!({ "id": id, "name": held.facts.name, "checkType": check_type });
    if check_type == Some("HEARTBEAT") {
        // `.invalid` is reserved: a ping by mistake reaches no host.
        check["heartbeat"] = json!({ "pingUrl": format!("https://ping.sandbox.invalid/{id}") });
    }
    check
}
