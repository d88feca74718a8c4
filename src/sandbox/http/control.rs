//! The sandbox's own endpoints under `/_sandbox`: scripts and blocking deployments. They require no credentials.

use super::super::script::{BlockerEnd, BlockerFault, OnCancel, Script, ScriptRunner, Until};
use super::super::state::State;
use super::super::world::Outcome;
use super::problem::Problem;
use super::reply::response;
use super::request::Incoming;
use actix_http::body::BoxBody;
use actix_http::{Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;

/// Answers a request for the sandbox; `None` if it is for the API.
pub(super) fn answer(
    state: &State,
    request: &Incoming,
) -> Option<Result<Response<BoxBody>, Problem>> {
    let path = request.path.strip_prefix("/_sandbox/")?;
    Some(match (&request.method, path) {
        (&Method::GET, "script") => Ok(shown(state)),
        (&Method::POST, "script") => script(state, request),
        (&Method::POST, "deployments") => deployment(state, request),
        _ => Err(Problem::not_found(
            "The sandbox serves GET and POST /_sandbox/script, and POST /_sandbox/deployments",
        )),
    })
}

fn script(state: &State, request: &Incoming) -> Result<Response<BoxBody>, Problem> {
    let script: Result<Script, _> = serde_json::from_slice(request.json()?);
    let script = script.map_err(|error| Problem::bad(error.to_string()))?;
    state.script.replace(ScriptRunner::new(script));
    Ok(shown(state))
}

fn shown(state: &State) -> Response<BoxBody> {
    response(StatusCode::OK, state.script.borrow().show())
}

/// Another client's deployment to start.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default = "default_account")]
    account: String,
    /// The logical id.
    project: String,
    r#for: Until,
    #[serde(default)]
    end: BlockerEnd,
    #[serde(default)]
    on_cancel: OnCancel,
}

fn deployment(state: &State, request: &Incoming) -> Result<Response<BoxBody>, Problem> {
    let wanted = serde_json::from_slice(request.json()?);
    let wanted: Wanted = wanted.map_err(|error| Problem::bad(error.to_string()))?;
    let outcome = Outcome::of_blocker(&BlockerFault {
        r#for: wanted.r#for,
        end: wanted.end,
        on_cancel: wanted.on_cancel,
    });
    let id = state.block(&wanted.account, &wanted.project, outcome)?;
    Ok(response(StatusCode::CREATED, json!({ "id": id })))
}

/// The account that the sandbox tells users to configure.
fn default_account() -> String {
    "sandbox".to_owned()
}
