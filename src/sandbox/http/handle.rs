//! One request, from its headers to its reply: read, recorded, passed to the hook, and handled.

use super::super::script::Decision;
use super::super::state::State;
use super::super::traffic::{RecordedRequest, Reply};
use super::connection::ConnectionBreaker;
use super::problem::Problem;
use super::request::{self, Incoming, context};
use super::route::route;
use super::{control, endpoints, perform};
use actix_http::body::BoxBody;
use actix_http::header;
use actix_http::{Request, Response};
use std::convert::Infallible;
use std::rc::Rc;

/// Answers one request.
pub(super) async fn handle(
    state: Rc<State>,
    request: Request,
) -> Result<Response<BoxBody>, Infallible> {
    let breaker = request
        .conn_data::<Rc<ConnectionBreaker>>()
        .cloned()
        .unwrap_or_default();
    let request = request::read(request, state.options.max_body).await;
    if let Some(answer) = control::answer(&state, &request) {
        return Ok(answer.unwrap_or_else(Response::from));
    }
    Ok(match decided(&state, &request) {
        Some(reply) => perform::perform(reply, state, breaker, request).await,
        None => answer(state, request).await,
    })
}

/// The fault or custom reply of a request, if any. The hook comes before the script.
fn decided(state: &State, request: &Incoming) -> Option<Reply> {
    if state.watched()
        && let Some(reply) = state.see(&recorded(state, request))
    {
        return Some(reply);
    }
    let mut script = state.script.borrow_mut();
    let Decision { delay, fault } = script.next(&context(request), state.clock.now())?;
    let reply = fault.map_or(Reply::Handle, Reply::Fault);
    Some(Reply::After(delay, Box::new(reply)))
}

fn recorded(state: &State, request: &Incoming) -> RecordedRequest {
    let headers = request.headers.iter().map(|(name, value)| {
        let value = match *name {
            header::AUTHORIZATION => "Bearer ***".into(),
            _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        };
        (name.as_str().to_owned(), value)
    });
    let mut headers: Vec<_> = headers.collect();
    headers.sort_by(|(one, _), (other, _)| one.cmp(other));
    RecordedRequest {
        at: state.clock.since_start(state.clock.now()),
        method: request.method.to_string(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers,
        body: request.body.as_ref().cloned().unwrap_or_default(),
    }
}

/// Answers a request.
pub(super) async fn answer(state: Rc<State>, request: Incoming) -> Response<BoxBody> {
    let answer = routed(state, request).await;
    answer.unwrap_or_else(Response::from)
}

async fn routed(state: Rc<State>, request: Incoming) -> Result<Response<BoxBody>, Problem> {
    let account = request::account(&request.headers)?;
    let route = route(&request.method, &request.path);
    let route = route.ok_or_else(|| Problem::not_found("Not Found"))?;
    endpoints::answer(state, account, route, request).await
}
