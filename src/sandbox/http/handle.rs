//! One request, from its headers to its reply: read, recorded, passed to the hook and the script, and handled.

use super::super::script::{Break, ConflictFault, Decision, Fault, StatusFault};
use super::super::state::State;
use super::super::traffic::{RecordedRequest, Reply};
use super::super::world::Outcome;
use super::connection::ConnectionBreaker;
use super::corrupt::corrupt;
use super::problem::Problem;
use super::reply::event_stream;
use super::request::{self, Incoming, context};
use super::route::route;
use super::{control, endpoints};
use actix_http::body::{BodyStream, BoxBody};
use actix_http::header::{self, HeaderName, HeaderValue};
use actix_http::{Request, Response, StatusCode};
use bytes::Bytes;
use futures::stream;
use std::convert::Infallible;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

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
        Some(reply) => perform(reply, state, breaker, request).await,
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
async fn answer(state: Rc<State>, request: Incoming) -> Response<BoxBody> {
    let answer = async {
        let account = request::account(&request.headers)?;
        let route = route(&request.method, &request.path);
        let route = route.ok_or_else(|| Problem::not_found("Not Found"))?;
        endpoints::answer(state, account, route, request).await
    };
    answer.await.unwrap_or_else(Response::from)
}

/// The visible result of a request: a response, or a broken connection.
type Seen = Result<Response<BoxBody>, Break>;

/// The response, if there ever is one.
///
/// State changes happen at once; their visible result may be delayed.
async fn perform(
    mut reply: Reply,
    state: Rc<State>,
    breaker: Rc<ConnectionBreaker>,
    request: Incoming,
) -> Response<BoxBody> {
    let mut delay = Duration::ZERO;
    while let Reply::After(more, inner) = reply {
        delay = delay.saturating_add(more);
        reply = *inner;
    }
    let seen = seen(reply, state, &breaker, request).await;
    tokio::time::sleep(delay).await;
    match seen {
        Ok(response) => response,
        Err(how) => {
            breaker.trip(how);
            pending().await
        }
    }
}

async fn seen(
    reply: Reply,
    state: Rc<State>,
    breaker: &Rc<ConnectionBreaker>,
    request: Incoming,
) -> Seen {
    match reply {
        Reply::Answer {
            status,
            headers,
            body,
        } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = Response::build(status);
            for header in headers {
                response.append_header(header);
            }
            Ok(response.body(body).map_into_boxed_body())
        }
        Reply::Stream { bytes, then } => {
            let cut = Fault::Cut {
                frames: 0,
                bytes: bytes.len(),
                then,
            };
            let bytes = stream::iter([Ok::<Bytes, Infallible>(bytes)]);
            let whole = event_stream(BoxBody::new(BodyStream::new(bytes)));
            Ok(corrupt(whole, cut, breaker))
        }
        Reply::Handle | Reply::After(..) => Ok(answer(state, request).await),
        Reply::Fault(fault) => faulty(fault, state, breaker, request).await,
    }
}

async fn faulty(
    fault: Fault,
    state: Rc<State>,
    breaker: &Rc<ConnectionBreaker>,
    mut request: Incoming,
) -> Seen {
    match fault {
        Fault::Status(fault) => Ok(status(fault)),
        Fault::Html => Ok(html()),
        Fault::Close => Err(Break::Close),
        Fault::Reset => Err(Break::Reset),
        Fault::Hang => Err(Break::Hang),
        Fault::Conflict(fault) => {
            let mut problem = Problem::conflict(state.world.borrow_mut().fresh_id());
            if fault == ConflictFault::Unnamed {
                problem.deployment_id = None;
            }
            Ok(problem.into())
        }
        Fault::Lose(how) => {
            let response = answer(state, request).await;
            breaker.break_after(0, how);
            Ok(response)
        }
        Fault::CutHead { bytes, then } => {
            let response = answer(state, request).await;
            breaker.break_after(bytes, then);
            Ok(response)
        }
        Fault::Fail(_) | Fault::Stall(_) | Fault::Takeover { .. } => {
            request.outcome = Outcome::of_fault(&fault);
            Ok(answer(state, request).await)
        }
        Fault::Blocker(blocker) => {
            let context = context(&request);
            if let Some(project) = context.project {
                // An existing one blocks just as well.
                let outcome = Outcome::of_blocker(&blocker);
                let _ = state.block(&context.account, &project, outcome);
            }
            Ok(answer(state, request).await)
        }
        fault => Ok(corrupt(answer(state, request).await, fault, breaker)),
    }
}

fn status(fault: StatusFault) -> Response<BoxBody> {
    let code = StatusCode::from_u16(fault.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = format!("The script answers {}", code.as_u16());
    let mut response: Response<BoxBody> = Problem::new(code, message).into();
    if let Some(body) = fault.body {
        response = response.set_body(BoxBody::new(body));
    }
    set(&mut response, header::CONTENT_TYPE, fault.content_type);
    set(
        &mut response,
        header::RETRY_AFTER,
        fault.retry_after.map(|it| it.to_string()),
    );
    response
}

/// Sets a header, if there is a valid value.
fn set(response: &mut Response<BoxBody>, name: HeaderName, value: Option<String>) {
    if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
        response.headers_mut().insert(name, value);
    }
}

/// The page of a proxy or a login in between.
fn html() -> Response<BoxBody> {
    Response::build(StatusCode::OK)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .body("<!doctype html>\n<title>Welcome</title>\n<p>This is not the page you are looking for.\n")
        .map_into_boxed_body()
}
