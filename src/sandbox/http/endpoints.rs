//! The endpoints: each reads its request, queries the world, and answers.

use super::super::accounts::RuntimeEntry;
use super::super::state::{State, Target};
use super::super::world::{Applied, Busy, Outcome, Refused, Snapshot};
use super::problem::Problem;
use super::query::Query;
use super::reply::{self, event_stream, response};
use super::request::Incoming;
use super::route::Route;
use super::{events, submission};
use actix_http::body::{BodyStream, BoxBody};
use actix_http::{Response, StatusCode};
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

type Answer = Result<Response<BoxBody>, Problem>;

/// Answers a request of a known account to a known endpoint.
pub(super) async fn answer(
    state: Rc<State>,
    account: String,
    route: Route,
    request: Incoming,
) -> Answer {
    match route {
        Route::Deploy => Ok(accepted(deploy(&state, &account, request)?)),
        Route::DeployAndWait => match deploy(&state, &account, request)? {
            Started::Deployment(target, _) => {
                let applied = ended(&state, &account, &target).await?;
                Ok(response(StatusCode::OK, reply::applied(&applied)))
            }
            Started::Nothing(body) => Ok(response(StatusCode::OK, body)),
        },
        Route::DeleteProject(logical_id) => {
            let known = ["preserveResources", "dryRun"];
            let started = delete(&state, &account, &logical_id, &known, request)?;
            // There is no `status`, so there is nothing to follow.
            let nothing = || Started::Nothing(json!({ "project": null, "diff": [] }));
            Ok(accepted(started.unwrap_or_else(nothing)))
        }
        Route::DeleteAndWait(logical_id) => {
            let known = ["preserveResources"];
            let started = delete(&state, &account, &logical_id, &known, request)?;
            if let Started::Deployment(target, _) =
                started.ok_or_else(|| no_project(&logical_id))?
            {
                ended(&state, &account, &target).await?;
            }
            let nothing = BoxBody::new(());
            Ok(Response::with_body(StatusCode::NO_CONTENT, nothing))
        }
        Route::Deployment(target) => {
            Query::read(&request.query, &[])?;
            let snapshot = state.deployment(&account, &target, state.clock.now());
            found(&target, snapshot)
        }
        Route::Events(target) => events(state, account, target, &request.query),
        Route::Completion(target) => completion(&state, &account, &target, &request.query).await,
        Route::Cancel(target) => cancel(&state, &account, &target, &request.query),
        Route::Projects => projects(&state, &account),
        Route::Project(logical_id) => project(&state, &account, &logical_id),
        Route::Accounts => Ok(response(
            StatusCode::OK,
            vec![account_body(&state, &account)],
        )),
        Route::Account(id) if id == account => {
            Ok(response(StatusCode::OK, account_body(&state, &account)))
        }
        Route::Account(id) => Err(Problem::not_found(format!("Account \"{id}\" not found"))),
        Route::Runtimes => Ok(runtimes(&state, &account)),
        Route::PrivateLocations => Ok(private_locations(&state, &account)),
        Route::Upload => {
            request.body?;
            let key = state.world.borrow_mut().fresh_id();
            Ok(response(StatusCode::OK, json!({ "key": key })))
        }
        Route::Check(id) => check(&state, &account, &id),
    }
}

/// The result of a request to deploy or delete.
enum Started {
    Deployment(Target, Snapshot),
    /// A dry run, with its result.
    Nothing(Value),
}

fn deploy(state: &State, account: &str, request: Incoming) -> Result<Started, Problem> {
    let known = ["dryRun", "scheduleOnDeploy", "preserveResources"];
    let query = Query::read(&request.query, &known)?;
    let dry_run = query.flag("dryRun")?;
    query.flag("scheduleOnDeploy")?; // accepted and ignored
    let preserve = query.flag("preserveResources")?;
    let (logical_id, submission) = submission::read(request.json()?, preserve)?;
    let (mut world, now) = (state.world.borrow_mut(), state.clock.now());
    if dry_run {
        let applied = world.preview(account, &logical_id, &submission, now);
        return Ok(Started::Nothing(reply::applied(&applied)));
    }
    let outcome = Outcome {
        length: state.options.length(submission.resources.len()),
        ..request.outcome
    };
    let started = world.deploy(account, &logical_id, submission, outcome, now)?;
    Ok(Started::deployment(&logical_id, started))
}

/// `None` if there is nothing to delete.
fn delete(
    state: &State,
    account: &str,
    logical_id: &str,
    known: &[&'static str],
    request: Incoming,
) -> Result<Option<Started>, Problem> {
    let query = Query::read(&request.query, known)?;
    let preserve = query.flag("preserveResources")?;
    let dry_run = query.flag("dryRun")?;
    let (mut world, now) = (state.world.borrow_mut(), state.clock.now());
    if dry_run {
        let applied = world.preview_delete(account, logical_id, preserve, now);
        return Ok(applied.map(|applied| Started::Nothing(reply::applied(&applied))));
    }
    let outcome = |resources| Outcome {
        length: state.options.length(resources),
        ..request.outcome
    };
    let started = world.delete(account, logical_id, preserve, outcome, now)?;
    Ok(started.map(|started| Started::deployment(logical_id, started)))
}

impl Started {
    fn deployment(logical_id: &str, snapshot: Snapshot) -> Self {
        let target = Target {
            logical_id: logical_id.to_owned(),
            id: snapshot.id.clone(),
        };
        Self::Deployment(target, snapshot)
    }
}

/// Waits for the end of a deployment, for clients that cannot poll.
async fn ended(state: &State, account: &str, target: &Target) -> Result<Rc<Applied>, Problem> {
    let snapshot = events::completion(state, account, target, Duration::MAX).await;
    let snapshot = snapshot.ok_or_else(|| no_deployment(target))?;
    match (snapshot.result, snapshot.error) {
        (Some(applied), _) => Ok(applied),
        (None, Some(error)) => Err(Problem::bad(error.message)),
        (None, None) => Err(Problem::new(
            StatusCode::CONFLICT,
            "The deployment was cancelled.",
        )),
    }
}

fn accepted(started: Started) -> Response<BoxBody> {
    match started {
        Started::Deployment(target, snapshot) => {
            let body = reply::deployment(&target.logical_id, &snapshot);
            response(StatusCode::ACCEPTED, body)
        }
        Started::Nothing(body) => response(StatusCode::OK, body),
    }
}

fn found(target: &Target, snapshot: Option<Snapshot>) -> Answer {
    let snapshot = snapshot.ok_or_else(|| no_deployment(target))?;
    let body = reply::deployment(&target.logical_id, &snapshot);
    Ok(response(StatusCode::OK, body))
}

fn no_deployment(target: &Target) -> Problem {
    let Target { logical_id, id } = target;
    Problem::not_found(format!(
        "Project \"{logical_id}\" has no deployment \"{id}\""
    ))
}

fn events(state: Rc<State>, account: String, target: Target, query: &str) -> Answer {
    Query::read(query, &[])?;
    if state
        .deployment(&account, &target, state.clock.now())
        .is_none()
    {
        return Err(no_deployment(&target));
    }
    let stream = Box::pin(events::stream(state, account, target));
    Ok(event_stream(BoxBody::new(BodyStream::new(stream))))
}

async fn completion(state: &State, account: &str, target: &Target, query: &str) -> Answer {
    let query = Query::read(query, &["maxWaitSeconds"])?;
    let seconds = query.number("maxWaitSeconds", 1..=30)?;
    let deadline = state.clock.now() + Duration::from_secs(seconds);
    let snapshot = events::completion(state, account, target, deadline).await;
    if snapshot.as_ref().is_some_and(|s| !s.status.is_final()) {
        return Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("The deployment is still in progress after {seconds} s"),
        ));
    }
    found(target, snapshot)
}

fn cancel(state: &State, account: &str, target: &Target, query: &str) -> Answer {
    Query::read(query, &[])?;
    let (grace, now) = (state.options.cancel_grace(), state.clock.now());
    let Target { logical_id, id } = target;
    let snapshot = state
        .world
        .borrow_mut()
        .cancel(account, logical_id, id, grace, now)?;
    state.changed.notify_waiters();
    found(target, snapshot)
}

fn projects(state: &State, account: &str) -> Answer {
    let (mut world, now) = (state.world.borrow_mut(), state.clock.now());
    let all: Vec<_> = world.projects(account, now).map(reply::listed).collect();
    Ok(response(StatusCode::OK, all))
}

fn project(state: &State, account: &str, logical_id: &str) -> Answer {
    let (mut world, now) = (state.world.borrow_mut(), state.clock.now());
    let found = world
        .projects(account, now)
        .find(|facts| facts.logical_id == logical_id);
    let found = found.ok_or_else(|| no_project(logical_id))?;
    Ok(response(StatusCode::OK, reply::listed(found)))
}

fn no_project(logical_id: &str) -> Problem {
    Problem::not_found(format!("Project \"{logical_id}\" not found"))
}

fn account_body(state: &State, id: &str) -> Value {
    let profile = state.world.borrow().profile(id);
    json!({
        "id": id,
        "name": profile.name.as_deref().unwrap_or("Sandbox"),
        "runtimeId": profile.runtime.as_deref().unwrap_or(DEFAULT_RUNTIME),
    })
}

/// The published runtimes, as the API lists them: the CLI checks the imports of browser checks against them.
const RUNTIMES: &str = include_str!("runtimes.json");

/// One of [`RUNTIMES`]: the runtime of checks that name none.
const DEFAULT_RUNTIME: &str = "2025.04";

fn runtimes(state: &State, account: &str) -> Response<BoxBody> {
    let more = state.world.borrow().profile(account).runtimes;
    let mut list: Vec<Value> = more.iter().map(runtime).collect();
    // Our own list always parses.
    list.extend(serde_json::from_str::<Vec<Value>>(RUNTIMES).unwrap_or_default());
    response(StatusCode::OK, list)
}

fn runtime(entry: &RuntimeEntry) -> Value {
    json!({
        "name": entry.name,
        "stage": "STABLE",
        "description": "",
        "multiStepSupport": true,
        "dependencies": entry.dependencies,
    })
}

fn private_locations(state: &State, account: &str) -> Response<BoxBody> {
    let now = state.clock.now();
    let held = state.world.borrow_mut().private_locations(account, now);
    let body: Vec<_> = held.iter().map(reply::private_location).collect();
    response(StatusCode::OK, body)
}

fn check(state: &State, account: &str, id: &str) -> Answer {
    let held = state
        .world
        .borrow_mut()
        .check(account, id, state.clock.now());
    let held = held.ok_or_else(|| Problem::not_found(format!("Check \"{id}\" not found")))?;
    Ok(response(StatusCode::OK, reply::check(id, &held)))
}

impl From<Busy> for Problem {
    fn from(Busy(deployment_id): Busy) -> Self {
        Self::conflict(deployment_id)
    }
}

impl From<Refused> for Problem {
    fn from(Refused: Refused) -> Self {
        let message = "You are not allowed to cancel this deployment";
        Self::new(StatusCode::FORBIDDEN, message)
    }
}
