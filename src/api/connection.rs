//! One connection to the API, as awc uses it: HTTP/1.1 over TCP or TLS, possibly through a proxy.

use super::http1::Decoder;
use actix_rt::net::{ActixStream, Ready};
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A byte stream: TCP or TLS.
pub(super) trait Bytestream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Bytestream for T {}

pub(super) type Stream = Box<dyn Bytestream>;

/// The most bytes that are decoded ahead of awc.
const AHEAD: usize = 64 * 1024;

/// A connection that decodes responses, and receives while it sends: a server may refuse an upload before its end.
pub(super) struct Connection {
    io: Stream,
    decoder: Decoder,
    /// An error response arrived before the end of the request, whose rest is not sent.
    is_refused: bool,
    /// The end of what is received, or the error.
    end: Option<io::Result<()>>,
}

impl Connection {
    pub(super) fn new(io: Stream) -> Self {
        Self {
            io,
            decoder: Decoder::new(),
            is_refused: false,
            end: None,
        }
    }

    /// Receives once. `early` means that the request is still being sent.
    fn receive(&mut self, cx: &mut Context<'_>, early: bool) -> Poll<()> {
        let mut bytes = [0; 16 * 1024];
        let mut buffer = ReadBuf::new(&mut bytes);
        let received = ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer));
        let received = received.and_then(|()| match buffer.filled() {
            [] => {
                self.end = Some(self.decoder.end());
                Ok(None)
            }
            bytes => self.decoder.decode(bytes, early),
        });
        match received {
            Ok(Some(400..)) if early => self.is_refused = true,
            Ok(_) => {}
            Err(error) => self.end = Some(Err(error)),
        }
        Poll::Ready(())
    }

    /// Sends. A server that stops reading, or closes the connection, may have refused the request: then the rest of it
    /// counts as sent.
    fn send<T>(
        &mut self,
        cx: &mut Context<'_>,
        all: T,
        send: impl FnOnce(Pin<&mut Stream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if self.is_refused {
            return Poll::Ready(Ok(all));
        }
        let sent = send(Pin::new(&mut self.io), cx);
        if let Poll::Ready(Ok(_)) = sent {
            return sent;
        }
        while self.end.is_none()
            && !self.is_refused
            && self.decoder.decoded.len() < AHEAD
            && self.receive(cx, true).is_ready()
        {}
        if self.is_refused {
            return Poll::Ready(Ok(all));
        }
        sent
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            let decoded = &mut this.decoder.decoded;
            if !decoded.is_empty() {
                let count = decoded.len().min(buffer.remaining());
                buffer.put_slice(&decoded.split_to(count));
                return Poll::Ready(Ok(()));
            }
            if let Some(end) = this.end.take() {
                return Poll::Ready(end);
            }
            if this.decoder.is_idle() {
                // awc checks whether it may use the connection again: not if it has ended or anything arrived.
                if !this.decoder.has_surplus() {
                    ready!(Pin::new(&mut this.io).poll_read(cx, buffer))?;
                }
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
            ready!(this.receive(cx, false));
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.decoder.is_idle() {
            self.decoder.expect();
        }
        self.send(cx, bytes.len(), |io, cx| io.poll_write(cx, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.send(cx, (), AsyncWrite::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// awc requires it of connections, and does not call it.
impl ActixStream for Connection {
    fn poll_read_ready(&self, _: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        Poll::Ready(Ok(Ready::READABLE))
    }

    fn poll_write_ready(&self, _: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        Poll::Ready(Ok(Ready::WRITABLE))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
