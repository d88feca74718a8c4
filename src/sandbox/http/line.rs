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
pub(super) struct Line {
    tcp: TcpStream,
    fuse: Rc<Fuse>,
}

/// What breaks a connection.
#[derive(Debug, Default)]
pub(super) struct Fuse {
    /// Set when it must break: after how many more bytes, and how.
    set: Cell<Option<(usize, Break)>>,
    /// Whether it ends with a reset.
    reset: Cell<bool>,
    blown: Notify,
}

impl Fuse {
    /// Breaks after `bytes` more bytes.
    pub(super) fn set(&self, bytes: usize, how: Break) {
        self.set.set(Some((bytes, how)));
    }

    /// Breaks once everything written so far is sent. A hanging connection needs no action.
    pub(super) fn blow(&self, how: Break) {
        self.reset.set(how == Break::Reset);
        if how != Break::Hang {
            self.blown.notify_one();
        }
    }

    /// Waits until the connection must end; dropping its [`Line`] ends it.
    pub(super) async fn blown(&self) {
        self.blown.notified().await;
    }
}

impl Line {
    pub(super) fn new(tcp: TcpStream) -> Self {
        let fuse = Rc::default();
        Self { tcp, fuse }
    }

    pub(super) fn fuse(&self) -> Rc<Fuse> {
        Rc::clone(&self.fuse)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.fuse.reset.get() {
            let _ = self.tcp.set_zero_linger();
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some((left, how)) = self.fuse.set.get() else {
            return Pin::new(&mut self.tcp).poll_write(cx, bytes);
        };
        match (left, how) {
            // Discarded: the sender sees success.
            (0, Break::Hang) => Poll::Ready(Ok(bytes.len())),
            (0, Break::Close | Break::Reset) => {
                self.fuse.blow(how);
                Poll::Pending // the task that waits for `blown` drops this line
            }
            (left, _) => {
                let some = &bytes[..left.min(bytes.len())];
                let written = Pin::new(&mut self.tcp).poll_write(cx, some);
                if let Poll::Ready(Ok(written)) = written {
                    self.fuse.set(left - written, how);
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
