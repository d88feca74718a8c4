//! The signals that end a run, as a stream.

use super::Exit;
use super::console::{failing, say};
use crate::model::Signal;
use futures::future::{Either, select};
use futures::stream::LocalBoxStream;
use futures::{Stream, StreamExt, stream};
use std::io;
use std::pin::pin;
use tokio::signal::unix::{SignalKind, signal};

/// Every SIGINT, SIGTERM, and SIGQUIT from now on, in order; and SIGHUP, unless the parent ignores it, as `nohup` does. They no
/// longer end the process.
pub(super) fn listen() -> Result<impl Stream<Item = Signal> + 'static, Exit> {
    install()
        .map_err(|error| format!("cannot listen for signals: {error}"))
        .map_err(failing(Exit::INTERNAL))
}

fn install() -> io::Result<impl Stream<Item = Signal> + 'static> {
    let mut signals = vec![
        each(SignalKind::interrupt(), Signal::Sigint)?,
        each(SignalKind::terminate(), Signal::Sigterm)?,
        each(SignalKind::quit(), Signal::Sigquit)?,
    ];
    // It asks for the state of a run; without one, it does nothing.
    drop(signal(SignalKind::user_defined1())?);
    if hears_hangups() {
        signals.push(each(SignalKind::hangup(), Signal::Sighup)?);
    }
    Ok(stream::select_all(signals))
}

/// This item for every signal of a kind.
pub(super) fn each<T: Copy + 'static>(
    kind: SignalKind,
    item: T,
) -> io::Result<LocalBoxStream<'static, T>> {
    let signals = signal(kind)?;
    let items = stream::unfold(signals, move |mut signals| async move {
        signals.recv().await.map(|()| (item, signals))
    });
    Ok(items.boxed_local())
}

/// Whether SIGHUP is not ignored. Known only on Linux; elsewhere, SIGHUP ends the process.
fn hears_hangups() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| !ignores_hangups(&status))
}

/// `SigIgn:` is a hexadecimal mask; SIGHUP is its lowest bit. If it cannot be read, SIGHUP counts as ignored.
fn ignores_hangups(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
    ignored.is_none_or(|signals| signals & 1 == 1)
}

/// Waits for work; a signal drops it.
pub(super) async fn uninterrupted<T>(work: impl Future<Output = T>) -> Result<T, Exit> {
    let mut interrupts = listen()?;
    // The work clears its progress line before anything else is printed.
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
    fn nohup_is_recognized() {
        assert!(ignores_hangups("Name:\to\nSigIgn:\t0000000000001001\n"));
        assert!(!ignores_hangups("Name:\to\nSigIgn:\t0000000000001000\n"));
        assert!(ignores_hangups("Name:\to\n"));
    }
}
