//! A client without HTTP: it writes bytes, and returns the received bytes and how the connection ended.

use crate::tests::sandbox::rig::{ACCOUNT, Rig};
use serde_json::Value;
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server closed it.
    Closed,
    /// The server reset it.
    Reset,
    /// It was still open and silent when the client stopped.
    Open,
}

/// A received reply.
#[derive(Debug)]
pub(crate) struct Seen {
    /// One item per read.
    pub reads: Vec<Vec<u8>>,
    pub end: End,
    /// Milliseconds from the request to the last byte, or to the end if there was none; rounded to tens.
    pub millis: u128,
}

/// The client's timeout: less than the lifetime of an idle connection.
const PATIENCE: Duration = Duration::from_secs(60);

impl Rig {
    /// Sends a request with all required headers, and reads to the end.
    pub(crate) async fn raw(&self, method: &str, path: &str, body: Option<&Value>) -> Seen {
        let address = self.sandbox.url().strip_prefix("http://").unwrap();
        let mut socket = TcpStream::connect(address).await.unwrap();
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer secret\r\n\
             x-checkly-account: {ACCOUNT}\r\nx-checkly-cli-version: 9.5.0\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        listen(&mut socket).await
    }

    /// Requests the events of a deployment of `checkout`.
    pub(crate) async fn raw_events(&self, id: &str) -> Seen {
        let path = format!("/v1/projects/checkout/deployments/{id}/events");
        self.raw("GET", &path, None).await
    }
}

async fn listen(socket: &mut TcpStream) -> Seen {
    let start = Instant::now();
    let mut reads = Vec::new();
    let mut last = start;
    let end = loop {
        let mut buffer = vec![0; 64 * 1024];
        match timeout_at(start + PATIENCE, socket.read(&mut buffer)).await {
            Err(_) => break End::Open,
            Ok(Ok(0)) => break End::Closed,
            Ok(Ok(length)) => {
                buffer.truncate(length);
                reads.push(buffer);
                last = Instant::now();
            }
            Ok(Err(error)) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                break End::Reset;
            }
        }
    };
    if reads.is_empty() {
        last = Instant::now();
    }
    let millis = (last - start).as_millis() / 10 * 10;
    Seen { reads, end, millis }
}

impl Seen {
    /// Everything received; invalid UTF-8 is replaced.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.reads.concat()).into_owned()
    }

    /// The status line.
    pub(crate) fn status(&self) -> String {
        self.text().lines().next().unwrap_or_default().to_owned()
    }

    /// Everything after the head.
    pub(crate) fn body(&self) -> String {
        let text = self.text();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        body.to_owned()
    }

    /// The body of a chunked reply, chunk by chunk; the last one is empty if the reply is complete.
    pub(crate) fn chunks(&self) -> Vec<Vec<u8>> {
        let bytes = self.reads.concat();
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let mut rest = &bytes[head.unwrap() + 4..];
        let mut chunks = Vec::new();
        while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
            let length = std::str::from_utf8(&rest[..line]).unwrap();
            let length = usize::from_str_radix(length, 16).unwrap();
            chunks.push(rest[line + 2..line + 2 + length].to_vec());
            rest = &rest[line + 2 + length + 2..];
        }
        chunks
    }
}
