//! A connection that can be broken, at once or after a number of bytes.

use super::super::script::Break;
use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// A connection.
pub(super) struct Connection {
    tcp: TcpStream,
    breaker: Rc<ConnectionBreaker>,
}

/// What breaks a connection.
#[derive(Debug, Default)]
pub(super) struct ConnectionBreaker {
    /// Set when it must break: after how many more bytes, and how.
    limit: Cell<Option<(usize, Break)>>,
    /// Whether it ends with a reset.
    reset: Cell<bool>,
    tripped: Notify,
}

impl ConnectionBreaker {
    /// Breaks after `bytes` more bytes.
    pub(super) fn break_after(&self, bytes: usize, how: Break) {
        self.limit.set(Some((bytes, how)));
    }

    /// Breaks once everything written so far is sent. A hanging connection needs no action.
    pub(super) fn trip(&self, how: Break) {
        self.reset.set(how == Break::Reset);
        if how != Break::Hang {
            self.tripped.notify_one();
        }
    }

    /// Waits until the connection must end; dropping its [`Connection`] ends it.
    pub(super) async fn tripped(&self) {
        self.tripped.notified().await;
    }
}

impl Connection {
    pub(super) fn new(tcp: TcpStream) -> Self {
        let breaker = Rc::default();
        Self { tcp, breaker }
    }

    pub(super) fn breaker(&self) -> Rc<ConnectionBreaker> {
        Rc::clone(&self.breaker)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.breaker.reset.get() {
            let _ = self.tcp.set_zero_linger();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some((left, how)) = self.breaker.limit.get() else {
            return Pin::new(&mut self.tcp).poll_write(cx, bytes);
        };
        match (left, how) {
            // Discarded: the sender sees success.
            (0, Break::Hang) => Poll::Ready(Ok(bytes.len())),
            (0, Break::Close | Break::Reset) => {
                self.breaker.trip(how);
                Poll::Pending // the task that waits for `tripped` drops this connection
            }
            (left, _) => {
                let some = &bytes[..left.min(bytes.len())];
                let written = Pin::new(&mut self.tcp).poll_write(cx, some);
                if let Poll::Ready(Ok(written)) = written {
                    self.breaker.break_after(left - written, how);
                }
                written
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
