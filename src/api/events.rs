//! The event stream of one deployment: validated frames, and why it ended. Does not reconnect.

use super::error_body;
use super::json;
use super::reply::{LARGEST, body_error};
use super::timeouts::EVENTS_IDLE;
use super::wire;
use crate::model::{DeploymentId, Ending, Operation, Redactor};
use awc::ClientResponse;
use bytes::Bytes;
use futures::Stream;
use sse_core::{MessageEvent, PayloadTooLargeError, SseDecoder, SseEvent};
use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// The most bytes of one event.
const LARGEST_EVENT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(LARGEST - 1);

/// One event of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Progress, 0 to 100.
    Progress(u8),
    /// The deployment ended; the stream ends here.
    Complete(Ending),
    /// The server cannot continue the stream, in its words; the stream ends here. The state of the deployment is
    /// unknown.
    Error(String),
    /// An unknown event: a sign of life.
    Unknown,
    /// `retry`: the delay that the server requests before the next connection.
    Retry(Duration),
}

/// Why a stream ended before its deployment. The deployment itself continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamBreak {
    /// The stream ended, intentionally or not: both look the same.
    Ended,
    /// Nothing arrived for this long, not even a keep-alive comment.
    Idle(Duration),
    /// The connection broke, with the error.
    Connection(String),
    /// An event is larger than 64 MiB.
    TooLarge,
    /// The event about the deployment's end is invalid, with the reason.
    Unbelievable(String),
}

impl fmt::Display for StreamBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the event stream ended"),
            Self::Idle(limit) => {
                let limit = humantime::format_duration(*limit);
                write!(f, "no data arrived for {limit}")
            }
            Self::Connection(error) => write!(f, "the connection broke ({error})"),
            Self::TooLarge => f.write_str("an event is larger than 64 MiB"),
            Self::Unbelievable(why) => write!(f, "the last event is invalid: {why}"),
        }
    }
}

/// The frames of one deployment, until its end or the stream's. Ends after [`Frame::Complete`], [`Frame::Error`], and
/// every [`StreamBreak`]; the connection is then closed, as it is when the stream is dropped.
pub struct EventStream {
    /// `None` after the end.
    response: Option<ClientResponse>,
    decoder: SseDecoder,
    /// Not yet decoded.
    received: Bytes,
    id: DeploymentId,
    /// The deployment's operation.
    operation: Operation,
    silence: Pin<Box<Sleep>>,
    redactor: Redactor,
}

impl EventStream {
    pub(super) fn new(
        response: ClientResponse,
        id: DeploymentId,
        operation: Operation,
        redactor: Redactor,
    ) -> Self {
        Self {
            response: Some(response),
            redactor,
            decoder: SseDecoder::with_limit(LARGEST_EVENT),
            received: Bytes::new(),
            id,
            operation,
            silence: Box::pin(sleep(EVENTS_IDLE)),
        }
    }
}

impl Stream for EventStream {
    type Item = Result<Frame, StreamBreak>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(response) = &mut this.response else {
            return Poll::Ready(None);
        };
        let item = loop {
            match this.decoder.next(&mut this.received) {
                Some(Ok(SseEvent::Message(mut event))) => {
                    if let Cow::Owned(redacted) = this.redactor.redact(&event.data) {
                        event.data = redacted;
                    }
                    break frame(&event, &this.id, this.operation);
                }
                Some(Ok(SseEvent::Retry(millis))) => {
                    break Ok(Frame::Retry(Duration::from_millis(millis.into())));
                }
                Some(Err(PayloadTooLargeError)) => break Err(StreamBreak::TooLarge),
                None => {}
            }
            break Err(match Pin::new(&mut *response).poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    // Any data is a sign of life, even a keep-alive comment, which is not an event.
                    this.silence.as_mut().reset(Instant::now() + EVENTS_IDLE);
                    this.received = bytes;
                    continue;
                }
                Poll::Ready(Some(Err(error))) => StreamBreak::Connection(body_error(&error)),
                Poll::Ready(None) => StreamBreak::Ended,
                Poll::Pending => {
                    ready!(this.silence.as_mut().poll(cx));
                    StreamBreak::Idle(EVENTS_IDLE)
                }
            });
        };
        if !matches!(
            item,
            Ok(Frame::Progress(_) | Frame::Unknown | Frame::Retry(_))
        ) {
            this.response = None;
        }
        Poll::Ready(Some(item))
    }
}

/// What an event means for the deployment with this id and operation.
pub(super) fn frame(
    event: &MessageEvent,
    id: &DeploymentId,
    operation: Operation,
) -> Result<Frame, StreamBreak> {
    match &*event.event {
        "progress" => Ok(json::read(event.data.as_bytes())
            .map_or(Frame::Unknown, |progress: wire::Progress| {
                Frame::Progress(progress.percent())
            })),
        "complete" => ending(&event.data, id, operation)
            .map(Frame::Complete)
            .map_err(StreamBreak::Unbelievable),
        "error" => {
            let mut message = error_body::parse(event.data.as_bytes()).message;
            if message.is_empty() {
                message = "The event stream reported an error.".to_owned();
            }
            Ok(Frame::Error(message))
        }
        _ => Ok(Frame::Unknown),
    }
}

/// The deployment's end in a `complete` event; or why it is invalid. A deletion may omit what it deleted.
fn ending(data: &str, id: &DeploymentId, operation: Operation) -> Result<Ending, String> {
    let deployment: wire::Deployment =
        json::read(data.as_bytes()).map_err(|_| "it is not a deployment".to_owned())?;
    match deployment.expect_id(id)?.ending()? {
        None => Err("the deployment is still running".to_owned()),
        Some(Ending::Succeeded { changes: None }) if operation != Operation::Destroy => {
            Err("it reports success without a diff".to_owned())
        }
        Some(ending) => Ok(ending),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fuzzing;
    use proptest::prelude::*;

    /// Pieces of event streams, valid and invalid.
    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let atom = prop_oneof![
            Just(&b"event: progress"[..]),
            Just(&b"data: {\"progress\": 40}"[..]),
            Just(&b"data"[..]),
            Just(&b"data:"[..]),
            Just(&b": keep-alive"[..]),
            Just(&b"\n"[..]),
            Just(&b"\r"[..]),
            Just(&b"\r\n"[..]),
            Just(&b"\n\n"[..]),
            Just(&b"\xef\xbb\xbf"[..]),
            Just("ü漢😀".as_bytes()),
            Just(&b"\xc3"[..]),
            Just(&b"\0"[..]),
        ];
        proptest::collection::vec(atom, 0..40).prop_map(|atoms| atoms.concat())
    }

    proptest! {
        #[test]
        fn any_stream_gives_the_events_of_the_standard_however_it_is_split(bytes in stream()) {
            fuzzing::sse(&bytes);
        }
    }

    fn read(name: &str, data: &str) -> Result<Frame, StreamBreak> {
        read_of(Operation::Deploy, name, data)
    }

    fn read_of(operation: Operation, name: &str, data: &str) -> Result<Frame, StreamBreak> {
        let event = MessageEvent {
            event: name.to_owned().into(),
            data: data.to_owned(),
            last_event_id: None,
        };
        frame(&event, &DeploymentId::from("d1"), operation)
    }

    #[test]
    fn only_a_number_is_progress() {
        assert_eq!(
            read("progress", r#"{"progress":40,"status":"RUNNING"}"#),
            Ok(Frame::Progress(40))
        );
        for data in ["", "40", "{}", r#"{"progress":"40"}"#, "<html>"] {
            assert_eq!(read("progress", data), Ok(Frame::Unknown), "{data}");
        }
    }

    #[test]
    fn unknown_events_are_signs_of_life() {
        for name in ["", "message", "Complete", "heartbeat"] {
            assert_eq!(
                read(name, r#"{"id":"d1","status":"FAILED"}"#),
                Ok(Frame::Unknown)
            );
        }
    }

    #[test]
    fn a_well_formed_end_is_accepted() {
        let success = r#"{"id":"d1","status":"SUCCEEDED","result":{"diff":[]}}"#;
        let changes = Some(Vec::new());
        assert_eq!(
            read("complete", success),
            Ok(Frame::Complete(Ending::Succeeded { changes }))
        );
        let cancelled = r#"{"id":"d1","status":"CANCELLED","result":null}"#;
        assert_eq!(
            read("complete", cancelled),
            Ok(Frame::Complete(Ending::Cancelled))
        );
    }

    #[test]
    fn an_invalid_end_is_rejected() {
        let mut reasons = Vec::new();
        for data in [
            "null",
            "",
            r#"{"id":"d1","status":"SUCC"#,
            r#"{"id":"d2","status":"CANCELLED"}"#,
            r#"{"id":"d1","status":"RUNNING"}"#,
            r#"{"id":"d1","status":"DONE"}"#,
            r#"{"id":"d1","status":"SUCCEEDED","result":null}"#,
            r#"{"id":"d1","status":"SUCCEEDED","result":{}}"#,
        ] {
            match read("complete", data) {
                Err(broken) => reasons.push(broken.to_string()),
                other => panic!("{data}: {other:?}"),
            }
        }
        insta::assert_snapshot!(reasons.join("\n"), @r#"
        the last event is invalid: it is not a deployment
        the last event is invalid: it is not a deployment
        the last event is invalid: it is not a deployment
        the last event is invalid: it is about another deployment, d2
        the last event is invalid: the deployment is still running
        the last event is invalid: its status "DONE" is unknown
        the last event is invalid: it reports success without a diff
        the last event is invalid: it reports success without a diff
        "#);
    }

    #[test]
    fn a_deletion_may_omit_what_it_deleted() {
        for data in [
            r#"{"id":"d1","status":"SUCCEEDED","result":null}"#,
            r#"{"id":"d1","status":"SUCCEEDED"}"#,
        ] {
            assert_eq!(
                read_of(Operation::Destroy, "complete", data),
                Ok(Frame::Complete(Ending::Succeeded { changes: None }))
            );
        }
        let running = r#"{"id":"d1","status":"RUNNING"}"#;
        assert!(read_of(Operation::Destroy, "complete", running).is_err());
    }

    #[test]
    fn an_error_event_keeps_its_message_in_any_format() {
        for (data, message) in [
            (r#"{"message":"worker lost"}"#, "worker lost"),
            ("worker lost", "worker lost"),
            ("{}", "The event stream reported an error."),
        ] {
            assert_eq!(read("error", data), Ok(Frame::Error(message.to_owned())));
        }
    }
}
