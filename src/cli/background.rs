//! Writes on a separate thread: a blocked pipe or terminal delays no deployment, and the end of the program only for a while.

use std::io::{self, Write};
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

/// How long a reader may read nothing before what is left is lost. One that reads slowly is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The writing thread.
pub(super) struct Background {
    pieces: Sender<Piece>,
    /// Receives something when a reader has read something.
    progress: Receiver<()>,
    thread: JoinHandle<io::Result<()>>,
}

/// A writer that never blocks: pending bytes are queued.
pub(super) struct Writer(Sender<Piece>);

impl Writer {
    /// Waits until everything so far is written, or the thread has failed: what follows is printed directly.
    pub(super) fn settle(&self) {
        let (written, mark) = channel();
        let _ = self.0.send(Piece::Mark(written));
        let _ = mark.recv_timeout(PATIENCE);
    }
}

enum Piece {
    Bytes(Vec<u8>),
    /// Answered once everything before it is written.
    Mark(Sender<()>),
    End,
}

impl Background {
    pub(super) fn new(out: impl Write + Send + 'static) -> Self {
        let (pieces, incoming) = channel();
        // One piece of progress is as good as many.
        let (moves, progress) = sync_channel(1);
        let thread = spawn(move || write_all(&incoming, out, &moves));
        Self {
            pieces,
            progress,
            thread,
        }
    }

    pub(super) fn writer(&self) -> Writer {
        Writer(self.pieces.clone())
    }

    /// Waits until everything is written, or nothing has been for this long.
    ///
    /// # Errors
    /// The first error; nothing was written after it. [`io::ErrorKind::TimedOut`] if the reader does not read.
    pub(super) fn finish(self, patience: Duration) -> io::Result<()> {
        // The thread has ended if a write failed.
        let _ = self.pieces.send(Piece::End);
        loop {
            match self.progress.recv_timeout(patience) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let why = "the reader does not read";
                    return Err(io::Error::new(io::ErrorKind::TimedOut, why));
                }
            }
        }
        self.thread
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn write_all(
    incoming: &Receiver<Piece>,
    mut out: impl Write,
    moves: &SyncSender<()>,
) -> io::Result<()> {
    loop {
        match incoming.recv() {
            Ok(Piece::Bytes(bytes)) => {
                // A pipe takes part of what it is given at a time.
                for part in bytes.chunks(4096) {
                    out.write_all(part)?;
                    let _ = moves.try_send(());
                }
                out.flush()?;
            }
            Ok(Piece::Mark(written)) => _ = written.send(()),
            Ok(Piece::End) | Err(_) => return Ok(()),
        }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.send(Piece::Bytes(bytes.to_vec()));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe whose reader takes one write for each token.
    struct Pipe {
        tokens: Receiver<()>,
        written: Sender<usize>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
            self.tokens.recv().map_err(gone)?;
            let _ = self.written.send(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn pipe() -> (Pipe, Sender<()>, Receiver<usize>) {
        let ((reader, tokens), (written, sizes)) = (channel(), channel());
        (Pipe { tokens, written }, reader, sizes)
    }

    #[test]
    fn a_reader_that_does_not_read_is_not_waited_for_forever() {
        let (pipe, reader, _sizes) = pipe();
        let background = Background::new(pipe);
        background.writer().write_all(b"an event\n").unwrap();
        let error = background.finish(Duration::from_millis(1)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(reader);
    }

    #[test]
    fn a_reader_that_reads_receives_everything() {
        let (pipe, reader, sizes) = pipe();
        let background = Background::new(pipe);
        background.writer().write_all(&[b'x'; 10_000]).unwrap();
        (0..3).for_each(|_| reader.send(()).unwrap());
        background.finish(PATIENCE).unwrap();
        assert_eq!(sizes.iter().sum::<usize>(), 10_000);
    }
}
