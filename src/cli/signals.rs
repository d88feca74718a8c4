//! Ctrl-C and polite kills, as a stream.

use crate::report::Signal;
use futures::{Stream, StreamExt, stream};
use std::io;
use tokio::signal::unix::{SignalKind, signal};

/// Every SIGINT and SIGTERM from now on, in the order in which they come.
///
/// # Errors
/// The system does not let us listen.
pub(super) fn listen() -> io::Result<impl Stream<Item = Signal> + 'static> {
    let stream_of = |kind, word: Signal| -> io::Result<_> {
        let signals = signal(kind)?;
        Ok(stream::unfold(signals, move |mut signals| async move {
            signals.recv().await.map(|()| (word, signals))
        })
        .boxed_local())
    };
    Ok(stream::select(
        stream_of(SignalKind::interrupt(), Signal::Sigint)?,
        stream_of(SignalKind::terminate(), Signal::Sigterm)?,
    ))
}
