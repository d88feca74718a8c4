//! A server with a script of bytes for each connection, on the test's thread and clock.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;

/// One step of a connection's script. After the last step, the connection is closed.
pub(crate) enum Act {
    /// Read and store a whole request.
    Read,
    /// Read a request's head but not its body.
    ReadHead,
    /// Read this many bytes as the body of the request whose head was read.
    ReadBody(usize),
    /// Send these bytes.
    Write(Vec<u8>),
    /// Let time pass.
    Pause(Duration),
    /// Hold the connection open until the client closes it.
    Stay,
    /// Reset the connection (RST).
    Reset,
}

/// A received request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `POST /v1/projects/deploy?dryRun=false HTTP/1.1`
    pub(crate) line: String,
    /// `name: value`, sorted.
    pub(crate) headers: Vec<String>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// The server.
pub(crate) struct Server {
    /// Its base URL.
    pub(crate) url: String,
    requests: Rc<RefCell<Vec<Request>>>,
    closed_by_client: Rc<Closed>,
}

/// Connections that the client has closed.
#[derive(Default)]
struct Closed {
    count: Cell<usize>,
    one_more: Notify,
}

impl Server {
    /// Runs one script per connection, in the order of the connections; refuses further ones.
    pub(crate) async fn start(scripts: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            requests: Rc::default(),
            closed_by_client: Rc::default(),
        };
        let (requests, closed) = (server.requests.clone(), server.closed_by_client.clone());
        actix::spawn(async move {
            for script in scripts {
                let (socket, _) = listener.accept().await.unwrap();
                actix::spawn(play(socket, script, requests.clone(), closed.clone()));
            }
        });
        server
    }

    /// A server for one connection that reads one request and runs these steps.
    pub(crate) async fn once(acts: impl IntoIterator<Item = Act>) -> Self {
        Self::start(vec![[Act::Read].into_iter().chain(acts).collect()]).await
    }

    /// A server that responds to one request with these bytes and keeps the connection open.
    pub(crate) async fn reply(bytes: impl Into<Vec<u8>>) -> Self {
        Self::once([Act::Write(bytes.into()), Act::Stay]).await
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.borrow().clone()
    }

    /// Returns when the client has closed this many connections that the server kept open.
    pub(crate) async fn closed_by_client(&self, connections: usize) {
        let Closed { count, one_more } = &*self.closed_by_client;
        let closed = async {
            while count.get() < connections {
                one_more.notified().await;
            }
        };
        let closed = timeout(Duration::from_secs(1), closed).await;
        assert!(closed.is_ok(), "{} were closed", count.get());
        assert_eq!(count.get(), connections);
    }
}

async fn play(
    mut socket: TcpStream,
    script: Vec<Act>,
    requests: Rc<RefCell<Vec<Request>>>,
    closed: Rc<Closed>,
) {
    for act in script {
        match act {
            Act::Read => match read(&mut socket, true).await {
                Some(request) => requests.borrow_mut().push(request),
                None => return,
            },
            Act::ReadHead => match read(&mut socket, false).await {
                Some(request) => requests.borrow_mut().push(request),
                None => return,
            },
            Act::ReadBody(size) => {
                let mut body = vec![0; size];
                socket.read_exact(&mut body).await.unwrap();
                requests.borrow_mut().last_mut().unwrap().body = body;
            }
            Act::Write(bytes) => {
                if socket.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            // Sleep in virtual time instead of `advance`: data is received before time passes.
            Act::Pause(duration) => tokio::time::sleep(duration).await,
            Act::Stay => {
                while socket.read(&mut [0; 1024]).await.is_ok_and(|n| n > 0) {}
                closed.count.set(closed.count.get() + 1);
                closed.one_more.notify_one();
            }
            Act::Reset => {
                socket.set_zero_linger().unwrap();
                return;
            }
        }
    }
}

async fn read(socket: &mut TcpStream, with_body: bool) -> Option<Request> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let mut byte = [0];
        if socket.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        bytes.extend_from_slice(&byte);
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n").map(str::to_owned);
    let line = lines.next().unwrap();
    let mut headers: Vec<String> = lines.collect();
    headers.sort();
    let length = headers
        .iter()
        .find_map(|header| header.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; if with_body { length } else { 0 }];
    socket.read_exact(&mut body).await.ok()?;
    Some(Request {
        line,
        headers,
        body,
    })
}

/// A JSON response.
pub(crate) fn json(status: u16, body: &str) -> Vec<u8> {
    with_headers(status, "content-type: application/json\r\n", body)
}

/// A response with these header lines, besides its length.
pub(crate) fn with_headers(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes()
}

/// The head of an event stream.
pub(crate) fn stream_head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()
}

/// One chunk of a chunked body.
pub(crate) fn chunk(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// The end of a chunked body.
pub(crate) fn last_chunk() -> Vec<u8> {
    b"0\r\n\r\n".to_vec()
}
