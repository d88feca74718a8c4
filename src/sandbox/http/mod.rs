//! The world over HTTP: connections, requests, replies. The rules are in `world`; here is only how they are asked.

mod body;
mod endpoints;
mod events;
mod handle;
mod hooked;
mod identity;
mod problem;
mod query;
mod reply;
mod route;
mod submission;

pub(super) use route::Target;

use super::state::State;
use actix_http::{HttpService, KeepAlive, Request};
use actix_service::{Service as _, ServiceFactory as _, fn_service};
use futures::future::{Either, select};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Idle connections are closed after this long: longer than clients keep theirs, so that no request meets a close.
const IDLE: Duration = Duration::from_secs(75);

/// Serves connections on this thread until dropped, which closes them all.
pub(super) async fn serve(listener: TcpListener, state: Rc<State>) {
    let shared = Rc::clone(&state);
    let factory = HttpService::build()
        .keep_alive(KeepAlive::Timeout(IDLE))
        .client_request_timeout(Duration::ZERO) // a connection opened ahead of its first request is fine
        .h1_allow_half_closed(false) // a client that hangs up is gone, also while it waits for an event
        .h1(fn_service(move |request: Request| {
            handle::handle(Rc::clone(&shared), request)
        }));
    let Ok(service) = factory.new_service(()).await else {
        return;
    };
    let service = Rc::new(service);
    let mut connections = JoinSet::new();
    loop {
        let Ok((socket, client)) = listener.accept().await else {
            // Out of file descriptors, most likely: let some connections end.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let _ = socket.set_nodelay(true);
        let (service, state) = (Rc::clone(&service), Rc::clone(&state));
        connections.spawn_local(async move {
            let cut = state.opened(client);
            let served = pin!(service.call((socket, Some(client))));
            match select(served, pin!(cut.notified())).await {
                Either::Left((Err(error), _)) => tracing::debug!(%client, %error, "connection"),
                Either::Left((Ok(()), _)) | Either::Right(_) => {}
            }
            state.closed(client);
        });
    }
}
