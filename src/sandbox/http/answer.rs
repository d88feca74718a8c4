//! Answers a request like the API: checks the identity, then calls the endpoint.

use super::super::state::State;
use super::incoming::Incoming;
use super::problem::Problem;
use super::{endpoints, identity, route};
use actix_http::Response;
use actix_http::body::BoxBody;
use std::rc::Rc;

/// Answers a request.
pub(super) async fn answer(state: Rc<State>, request: Incoming) -> Response<BoxBody> {
    let answer = routed(state, request).await;
    answer.unwrap_or_else(Response::from)
}

async fn routed(state: Rc<State>, request: Incoming) -> Result<Response<BoxBody>, Problem> {
    let account = identity::account(&request.headers)?;
    let route = route::route(&request.method, &request.path);
    let route = route.ok_or_else(|| Problem::not_found("Not Found"))?;
    endpoints::answer(state, account, route, request).await
}
