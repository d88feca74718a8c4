//! The JSON of the API's answers. These types belong to the sandbox: a misspelled field in the client must fail.

use super::super::clock::Clock;
use super::super::world::{
    Action, Applied, Change, Failure, Held, PhysicalId, ProjectFacts, Snapshot,
};
use actix_http::{Response, StatusCode, body::BoxBody, header};
use serde::Serialize;
use std::borrow::Cow;

/// The content type of an event stream.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response<BoxBody> {
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
    error: Option<FailureBody<'a>>,
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
            error: snapshot.error.as_ref().map(FailureBody::from),
            result: result.map(|applied| AppliedBody::new(applied, clock)),
            created_at: clock.iso(snapshot.created),
            started_at: iso(snapshot.started),
            ended_at: iso(snapshot.ended),
            cancel_requested_at: iso(snapshot.cancel_requested),
        }
    }
}

#[derive(Serialize)]
struct FailureBody<'a> {
    code: &'a str,
    message: &'a str,
}

impl<'a> From<&'a Failure> for FailureBody<'a> {
    fn from(Failure { code, message }: &'a Failure) -> Self {
        Self { code, message }
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
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedBody<'a> {
    id: &'a str,
    name: &'a str,
    logical_id: &'a str,
    repo_url: Option<&'a str>,
    #[serde(rename = "created_at")]
    created_at: String,
}

impl<'a> ListedBody<'a> {
    pub(super) fn new(facts: &'a ProjectFacts, clock: &Clock) -> Self {
        Self {
            id: &facts.id,
            name: &facts.name,
            logical_id: &facts.logical_id,
            repo_url: facts.repo_url.as_deref(),
            created_at: facts.created_at(clock.start()),
        }
    }
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

/// The answer to deleting a project that does not exist: no `status`, so there is nothing to follow.
#[derive(Serialize)]
pub(super) struct NothingDeleted {
    /// Always null.
    pub(super) project: Option<()>,
    /// Always empty.
    pub(super) diff: [(); 0],
}

/// An account. Every id exists.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountBody<'a> {
    pub(super) id: &'a str,
    pub(super) name: Cow<'static, str>,
    pub(super) runtime_id: Cow<'static, str>,
}

/// A private location.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PrivateLocationBody<'a> {
    id: &'a PhysicalId,
    name: Option<&'a str>,
    slug_name: Option<&'a str>,
}

impl<'a> From<&'a Held> for PrivateLocationBody<'a> {
    fn from(held: &'a Held) -> Self {
        Self {
            id: &held.physical_id,
            name: held.facts.name.as_deref(),
            slug_name: held.facts.slug_name.as_deref(),
        }
    }
}

/// One check, with the fields that clients read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckBody<'a> {
    id: &'a str,
    name: Option<&'a str>,
    check_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heartbeat: Option<HeartbeatBody>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeartbeatBody {
    ping_url: String,
}

impl<'a> CheckBody<'a> {
    /// `id` is the requested id.
    pub(super) fn new(id: &'a str, held: &'a Held) -> Self {
        let check_type = held.facts.check_type.as_deref();
        let heartbeat = check_type.filter(|&kind| kind == "HEARTBEAT");
        Self {
            id,
            name: held.facts.name.as_deref(),
            check_type,
            // `.invalid` is reserved: a ping by mistake reaches no host.
            heartbeat: heartbeat.map(|_| HeartbeatBody {
                ping_url: format!("https://ping.sandbox.invalid/{id}"),
            }),
        }
    }
}
