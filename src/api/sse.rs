//! Decodes Server-Sent Events, however the bytes are split. Does not interpret events.
//!
//! Follows the HTML standard's "interpreting an event stream", without `id` and `retry`, which only browsers need.
//! Why this is not a crate: `docs/adr/0001-sse-decoder.md`.

/// One event with data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// The `event:` field; may be empty.
    pub(super) name: String,
    /// The `data:` lines, joined with line feeds.
    pub(super) data: String,
}

/// An event exceeds the decoder's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

/// Turns bytes into events. Each byte is examined once, so a long line in small pieces stays cheap.
#[derive(Debug)]
pub(super) struct Decoder {
    /// The most bytes kept for an unfinished event.
    max: usize,
    /// The beginning of an unfinished line.
    line: Vec<u8>,
    /// The last `event:` field of the current event.
    name: Vec<u8>,
    /// Its `data:` fields, each followed by a line feed.
    data: Vec<u8>,
    /// Whether the last byte was a carriage return: a line feed after it belongs to the same line end.
    after_cr: bool,
    /// Whether no line has ended yet: a byte order mark may precede it.
    at_start: bool,
}

impl Decoder {
    /// A decoder that rejects events of more than `max` bytes.
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            line: Vec::new(),
            name: Vec::new(),
            data: Vec::new(),
            after_cr: false,
            at_start: true,
        }
    }

    /// Decodes more bytes and appends the events that end in them.
    ///
    /// # Errors
    /// An event exceeds the limit. Earlier events were appended; the decoder cannot continue.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        events: &mut impl Extend<Event>,
    ) -> Result<(), TooLarge> {
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
            if self.kept() + piece.len() > self.max {
                return Err(TooLarge);
            }
            let Some(line_end) = after.first() else {
                self.line.extend_from_slice(piece);
                break;
            };
            self.after_cr = *line_end == b'\r';
            rest = &after[1..];
            if self.line.is_empty() {
                events.extend(self.end_line(piece));
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(piece);
                events.extend(self.end_line(&line));
            }
        }
        Ok(())
    }

    fn kept(&self) -> usize {
        self.line.len() + self.name.len() + self.data.len()
    }

    fn end_line(&mut self, line: &[u8]) -> Option<Event> {
        let line = if std::mem::take(&mut self.at_start) {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
        } else {
            line
        };
        if line.is_empty() {
            return self.end_event();
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"event" => self.name = value.to_vec(),
            b"data" => {
                self.data.extend_from_slice(value);
                self.data.push(b'\n');
            }
            _ => {} // a comment (no name before the colon), `id`, `retry`, or unknown
        }
        None
    }

    fn end_event(&mut self) -> Option<Event> {
        let name = std::mem::take(&mut self.name);
        let mut data = std::mem::take(&mut self.data);
        data.pop()?; // the line feed behind the last line; without data there is no event
        Some(Event {
            name: text(name),
            data: text(data),
        })
    }
}

/// Invalid UTF-8 becomes U+FFFD, as the standard says: one invalid byte in a message must not hide the end of a
/// deployment.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests;
