//! One request from its head to its reply: read, recorded, shown to the hook, and else handled.

use super::super::script::Met;
use super::super::state::State;
use super::super::traffic::{RecordedRequest, Reply};
use super::super::world::Fate;
use super::line::Fuse;
use super::problem::Problem;
use super::{asked, body, control, endpoints, identity, perform, route};
use actix_http::body::BoxBody;
use actix_http::header::{self, HeaderMap};
use actix_http::{Method, Request, Response};
use bytes::Bytes;
use std::convert::Infallible;
use std::rc::Rc;

/// A request that has been read.
pub(super) struct Incoming {
    pub(super) method: Method,
    /// As sent.
    pub(super) path: String,
    /// As sent; empty when there is none.
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    /// Decompressed, or why it cannot be read.
    pub(super) body: Result<Bytes, Problem>,
    /// What becomes of the deployment that it starts, if it starts one.
    pub(super) fate: Fate,
}

/// Answers one request.
pub(super) async fn handle(
    state: Rc<State>,
    request: Request,
) -> Result<Response<BoxBody>, Infallible> {
    let fuse = request.conn_data::<Rc<Fuse>>().cloned().unwrap_or_default();
    let request = read(request, state.options.max_body).await;
    if let Some(answer) = control::answer(&state, &request) {
        return Ok(answer.unwrap_or_else(Response::from));
    }
    Ok(match decided(&state, &request) {
        Some(reply) => perform::perform(reply, state, fuse, request).await,
        None => answer(state, request).await,
    })
}

/// What is to be done with a request instead of just answering it. The hook comes before the script.
fn decided(state: &State, request: &Incoming) -> Option<Reply> {
    if state.watched()
        && let Some(reply) = state.see(&recorded(state, request))
    {
        return Some(reply);
    }
    if state.script().is_idle() {
        return None; // what the request is for need not be found out
    }
    Some(match state.next(&asked::asked(request))? {
        Met::Limit(wait) => perform::limited(wait),
        Met::Fault { delay, fault } => {
            let reply = fault.map_or(Reply::Handle, Reply::Fault);
            Reply::After(delay, Box::new(reply))
        }
    })
}

/// Answers a request as the API would.
pub(super) async fn answer(state: Rc<State>, request: Incoming) -> Response<BoxBody> {
    let answer = routed(state, request).await;
    answer.unwrap_or_else(Response::from)
}

async fn read(request: Request, max_body: usize) -> Incoming {
    let (mut head, payload) = request.into_parts();
    let headers = std::mem::take(&mut head.headers);
    Incoming {
        method: head.method.clone(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        body: body::read(payload, &headers, max_body).await,
        fate: Fate::default(),
        headers,
    }
}

async fn routed(state: Rc<State>, request: Incoming) -> Result<Response<BoxBody>, Problem> {
    let account = identity::account(&request.headers)?;
    let route = route::route(&request.method, &request.path);
    let route = route.ok_or_else(|| Problem::not_found("Not Found"))?;
    endpoints::answer(state, account, route, request).await
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
        at: state.clock.now(),
        method: request.method.to_string(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers,
        body: request.body.as_ref().cloned().unwrap_or_default(),
    }
}
