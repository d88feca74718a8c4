//! The world over HTTP: connections, requests, and replies. The rules are in `world`.

mod connection;
mod control;
mod corrupt;
mod endpoints;
mod events;
mod handle;
mod problem;
mod query;
mod reply;
mod request;
mod route;
mod submission;

use super::state::State;
use actix_http::body::BoxBody;
use actix_http::{HttpService, KeepAlive, Request};
use actix_service::{Service as _, ServiceFactory as _, fn_service};
use connection::Connection;
use futures::future::{Either, select};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Idle connections are closed after this long: longer than clients keep theirs, so no request meets a closing connection.
const IDLE: Duration = Duration::from_secs(75);

/// Serves connections on this thread until dropped, which closes them all.
pub(super) async fn serve(listener: TcpListener, state: Rc<State>) {
    let factory = HttpService::<Connection, _, BoxBody>::build()
        .on_connect_ext(|connection: &Connection, data| {
            data.insert(connection.breaker());
        })
        .keep_alive(KeepAlive::Timeout(IDLE))
        .client_request_timeout(Duration::ZERO) // clients may connect before their first request
        .h1_allow_half_closed(false) // notice a disconnect, even while waiting for an event
        .h1(fn_service(move |request: Request| {
            handle::handle(Rc::clone(&state), request)
        }));
    let Ok(service) = factory.new_service(()).await else {
        return;
    };
    let service = Rc::new(service);
    let mut connections = JoinSet::new();
    loop {
        let Ok((socket, client)) = listener.accept().await else {
            // Most likely out of file descriptors: wait for connections to end.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let _ = socket.set_nodelay(true);
        let (connection, service) = (Connection::new(socket), Rc::clone(&service));
        connections.spawn_local(async move {
            let breaker = connection.breaker();
            let served = pin!(service.call((connection, Some(client))));
            if let Either::Left((Err(error), _)) = select(served, pin!(breaker.tripped())).await {
                tracing::debug!(%client, %error, "connection");
            }
        });
    }
}
