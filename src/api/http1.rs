//! Reads HTTP/1.1 responses as servers may write them, and passes them on in the form that awc reads correctly. See ADR 26.

use bytes::{Buf, BufMut, BytesMut};
use std::io;

/// The most headers of a response. awc accepts 96, so only [`KEPT`] are passed on.
const MOST_HEADERS: usize = 512;

/// The most bytes of a head, or of a line of a chunked body.
const LARGEST_HEAD: usize = 256 * 1024;

/// The headers that the client reads, besides those of the connection and of the body's length.
const KEPT: [&str; 5] = [
    "content-encoding",
    "content-type",
    "date",
    "location",
    "retry-after",
];

/// Where the responses of a connection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No request is open.
    Idle,
    /// The final response has not begun.
    Head,
    /// This many bytes of the body remain.
    Sized(u64),
    /// Between two chunks of a chunked body.
    Chunk,
    /// This many bytes of a chunk remain, with its line end.
    InChunk(u64),
    /// In the trailers of a chunked body.
    Trailers,
    /// The body ends with the connection.
    UntilEnd,
}

/// Decodes the responses of one connection.
#[derive(Debug)]
pub(super) struct Decoder {
    state: State,
    /// Received, not yet decoded.
    received: BytesMut,
    /// Decoded, in the form that awc reads.
    pub(super) decoded: BytesMut,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self {
            state: State::Idle,
            received: BytesMut::new(),
            decoded: BytesMut::new(),
        }
    }

    /// Adds received bytes and decodes what is complete. `early` means that the request is still being sent: the connection
    /// is then not used again. Returns the status of the final response if its head is among it.
    ///
    /// # Errors
    /// `InvalidData` if it is not a response of HTTP/1.1 that can be read.
    pub(super) fn decode(&mut self, bytes: &[u8], early: bool) -> io::Result<Option<u16>> {
        self.received.extend_from_slice(bytes);
        let mut status = None;
        loop {
            let is_progress = match self.state {
                State::Idle => false,
                State::Head => match self.head(early)? {
                    Some(head) => {
                        status = status.or(head);
                        true
                    }
                    None => false,
                },
                State::Sized(rest) => {
                    let rest = rest - self.pass_on(rest);
                    self.state = if rest == 0 {
                        State::Idle
                    } else {
                        State::Sized(rest)
                    };
                    rest == 0
                }
                State::Chunk => self.chunk_size()?,
                State::InChunk(rest) => {
                    let rest = rest - self.pass_on(rest);
                    self.state = if rest == 0 {
                        State::Chunk
                    } else {
                        State::InChunk(rest)
                    };
                    rest == 0
                }
                State::Trailers => self.trailer()?,
                State::UntilEnd => {
                    self.pass_on(u64::MAX);
                    false
                }
            };
            if !is_progress {
                return Ok(status);
            }
        }
    }

    /// A request begins.
    pub(super) fn expect(&mut self) {
        self.state = State::Head;
    }

    /// Whether no request is open, as far as awc has read.
    pub(super) fn is_idle(&self) -> bool {
        self.state == State::Idle && self.decoded.is_empty()
    }

    /// Whether bytes were received that belong to no response.
    pub(super) fn has_surplus(&self) -> bool {
        self.state == State::Idle && !self.received.is_empty()
    }

    /// The connection has ended.
    ///
    /// # Errors
    /// `UnexpectedEof` if a response has begun and is not complete.
    pub(super) fn end(&self) -> io::Result<()> {
        let is_complete = match self.state {
            State::Idle | State::UntilEnd => true,
            State::Head => self.received.is_empty(),
            _ => false,
        };
        if is_complete {
            return Ok(());
        }
        let error = "it ended early";
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, error))
    }

    /// Decodes a head. `None` if it is not complete; `Some(None)` for an informational one, which is dropped.
    fn head(&mut self, early: bool) -> io::Result<Option<Option<u16>>> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        let length = match head.parse(&self.received).map_err(invalid)? {
            httparse::Status::Complete(length) => length,
            httparse::Status::Partial => return self.incomplete().map(|()| None),
        };
        let status = head.code.unwrap_or_default();
        if status == 101 {
            return Err(invalid("it switches to another protocol"));
        }
        if (100..200).contains(&status) {
            self.received.advance(length);
            return Ok(Some(None));
        }
        let is_1_1 = head.version == Some(1);
        let (mut is_chunked, mut sized) = (false, None);
        let (mut closes, mut persists) = (early, is_1_1);
        for header in head.headers.iter() {
            let values = || {
                header
                    .value
                    .split(|byte| *byte == b',')
                    .map(<[u8]>::trim_ascii)
            };
            if header.name.eq_ignore_ascii_case("transfer-encoding") {
                if is_chunked || !header.value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                    return Err(invalid("unknown transfer encoding"));
                }
                is_chunked = true;
            } else if header.name.eq_ignore_ascii_case("content-length") {
                for value in values() {
                    let length = number(value).ok_or_else(|| invalid("invalid content length"))?;
                    if *sized.get_or_insert(length) != length {
                        return Err(invalid("contradictory content lengths"));
                    }
                }
            } else if header.name.eq_ignore_ascii_case("connection") {
                closes |= values().any(|value| value.eq_ignore_ascii_case(b"close"));
                persists |= values().any(|value| value.eq_ignore_ascii_case(b"keep-alive"));
            }
        }
        // Contradictory: a request that follows might be misunderstood.
        closes |= is_chunked && (sized.is_some() || !is_1_1);
        self.state = match (status, is_chunked, sized) {
            (204 | 304, ..) | (_, false, Some(0)) => State::Idle,
            (_, true, _) => State::Chunk,
            (_, false, Some(length)) => State::Sized(length),
            (_, false, None) => State::UntilEnd,
        };
        // awc reads a body until the end of the connection from a server of HTTP/1.0 only.
        let version = if self.state == State::UntilEnd {
            "1.0"
        } else {
            "1.1"
        };
        let out = &mut self.decoded;
        out.put_slice(format!("HTTP/{version} {status} -\r\n").as_bytes());
        for header in head.headers.iter() {
            if KEPT
                .iter()
                .any(|kept| header.name.eq_ignore_ascii_case(kept))
            {
                for part in [header.name.as_bytes(), b": ", header.value, b"\r\n"] {
                    out.put_slice(part);
                }
            }
        }
        match self.state {
            State::Idle => out.put_slice(b"content-length: 0\r\n"),
            State::Sized(length) => {
                out.put_slice(format!("content-length: {length}\r\n").as_bytes());
            }
            State::Chunk => out.put_slice(b"transfer-encoding: chunked\r\n"),
            _ => {}
        }
        if closes || !persists || self.state == State::UntilEnd {
            out.put_slice(b"connection: close\r\n");
        }
        out.put_slice(b"\r\n");
        self.received.advance(length);
        Ok(Some(Some(status)))
    }

    /// Decodes the size of a chunk. Whether it was complete.
    fn chunk_size(&mut self) -> io::Result<bool> {
        let parsed = httparse::parse_chunk_size(&self.received);
        match parsed.map_err(|_| invalid("invalid chunk size"))? {
            httparse::Status::Partial => self.incomplete().map(|()| false),
            httparse::Status::Complete((length, size)) => {
                self.received.advance(length);
                self.decoded.put_slice(format!("{size:x}\r\n").as_bytes());
                self.state = match size {
                    0 => State::Trailers,
                    size => State::InChunk(size.saturating_add(2)),
                };
                Ok(true)
            }
        }
    }

    /// Drops a trailer; after the last one, the body is complete. Whether there was one.
    fn trailer(&mut self) -> io::Result<bool> {
        let Some(end) = self.received.iter().position(|byte| *byte == b'\n') else {
            return self.incomplete().map(|()| false);
        };
        if self.received.split_to(end + 1).trim_ascii().is_empty() {
            self.decoded.put_slice(b"\r\n");
            self.state = State::Idle;
        }
        Ok(true)
    }

    /// Passes on at most this many bytes unchanged. Returns how many there were.
    fn pass_on(&mut self, most: u64) -> u64 {
        let count =
            usize::try_from(most).map_or(self.received.len(), |most| most.min(self.received.len()));
        self.decoded.unsplit(self.received.split_to(count));
        count as u64
    }

    fn incomplete(&self) -> io::Result<()> {
        if self.received.len() > LARGEST_HEAD {
            return Err(invalid("its head is too large"));
        }
        Ok(())
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests;
