//! Ctrl-C, polite kills and closed terminals, as a stream.

use super::Exit;
use super::say::say;
use crate::report::Signal;
use futures::future::{Either, select};
use futures::{Stream, StreamExt, stream};
use std::io;
use std::pin::pin;
use tokio::signal::unix::{SignalKind, signal};

/// Every SIGINT and SIGTERM from now on, in the order in which they come; and SIGHUP, unless somebody has said that it is
/// not to be heard, as `nohup` does.
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
    let mut signals = vec![
        stream_of(SignalKind::interrupt(), Signal::Sigint)?,
        stream_of(SignalKind::terminate(), Signal::Sigterm)?,
    ];
    if hears_hangups() {
        signals.push(stream_of(SignalKind::hangup(), Signal::Sighup)?);
    }
    Ok(stream::select_all(signals))
}

/// Whether a closed terminal is to be heard of. Only Linux tells; elsewhere it ends the program, as it always did.
fn hears_hangups() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| !ignores_hangups(&status))
}

/// `SigIgn:` is a number in hexadecimal; SIGHUP is its lowest bit. Where it cannot be read, the signal is left alone.
fn ignores_hangups(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
    ignored.is_none_or(|signals| signals & 1 == 1)
}

/// Waits for work, unless a signal comes first: then it is dropped.
pub(super) async fn uninterrupted<T>(work: impl Future<Output = T>) -> Result<T, Exit> {
    let mut interrupts = listen().map_err(|error| {
        say(&format!("error: signals cannot be listened to: {error}"));
        Exit::INTERNAL
    })?;
    // What the work has drawn is gone before anything else is said.
    let ended = match select(pin!(work), interrupts.next()).await {
        Either::Left((done, _)) => Ok(done),
        Either::Right((signal, _)) => Err(signal),
    };
    ended.map_err(|signal| {
        say("interrupted");
        signal.map_or(Exit::FAILURE, |signal| Exit::of_report(signal.exit_code()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nohup_is_recognised() {
        assert!(ignores_hangups("Name:\to\nSigIgn:\t0000000000001001\n"));
        assert!(!ignores_hangups("Name:\to\nSigIgn:\t0000000000001000\n"));
        assert!(ignores_hangups("Name:\to\n"));
    }
}
