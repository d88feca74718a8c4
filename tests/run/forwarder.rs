//! A TCP forwarder before the sandbox that can fail as a network does: it refuses connections, or swallows everything.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{copy, copy_bidirectional, sink};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failing {
    /// Nothing listens, and open connections break.
    Refused,
    /// Connections are accepted, but nothing comes back, and nothing more comes from open ones.
    BlackHole,
}

/// Works until it is told to fail, and again after that.
pub(crate) struct Forwarder {
    address: SocketAddr,
    failing: watch::Sender<Option<Failing>>,
}

impl Forwarder {
    /// Before the server with this URL.
    pub(crate) async fn before(url: &str) -> Self {
        let to = url.trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let failing = watch::Sender::new(None);
        actix::spawn(accept(listener, to, failing.subscribe()));
        Self { address, failing }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Fails after a time, for a time.
    pub(crate) fn fail(&self, how: Failing, after: Duration, length: Duration) {
        let failing = self.failing.clone();
        actix::spawn(async move {
            sleep(after).await;
            failing.send_replace(Some(how));
            sleep(length).await;
            failing.send_replace(None);
        });
    }
}

async fn accept(
    listener: TcpListener,
    to: SocketAddr,
    mut failing: watch::Receiver<Option<Failing>>,
) {
    let address = listener.local_addr().unwrap();
    let mut held = None;
    let mut listener = Some(listener);
    loop {
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await.unwrap().0,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            client = accepted => {
                actix::spawn(forward(client, to, failing.clone()));
            }
            changed = failing.changed() => {
                if changed.is_err() {
                    return;
                }
                let is_refusing = *failing.borrow_and_update() == Some(Failing::Refused);
                if is_refusing {
                    listener = None;
                    held = Some(hold(address));
                } else if let Some(socket) = held.take() {
                    socket.set_reuseaddr(true).unwrap();
                    listener = Some(socket.listen(1024).unwrap());
                }
            }
        }
    }
}

/// Keeps a port without listening: connections to it are refused, and no other test takes it.
fn hold(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    // A child process of another test has a copy of the listener until it starts its program.
    while let Err(error) = socket.bind(address) {
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        std::thread::yield_now();
    }
    // Otherwise the system gives the port to another socket that may reuse it, too, as long as none listens.
    socket.set_reuseaddr(false).unwrap();
    socket
}

/// Until one side ends, or it fails.
async fn forward(
    mut client: TcpStream,
    to: SocketAddr,
    mut failing: watch::Receiver<Option<Failing>>,
) {
    let forwarded = async {
        let mut server = TcpStream::connect(to).await.unwrap();
        // The clock would overtake bytes that wait for an acknowledgement.
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let _ends_either_way = copy_bidirectional(&mut client, &mut server).await;
    };
    let how = tokio::select! {
        biased;
        how = failing.wait_for(Option::is_some) => how.map_or(None, |how| *how),
        () = forwarded => return,
    };
    if how == Some(Failing::BlackHole) {
        let _ends_either_way = copy(&mut client, &mut sink()).await;
    }
}
