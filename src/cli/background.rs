//! Writes on a separate thread: a blocked pipe or terminal delays no deployment.

use std::io::{self, Write};
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};

/// The writing thread.
pub(super) struct Background {
    pieces: Sender<Piece>,
    thread: JoinHandle<io::Result<()>>,
}

/// A writer that never blocks: pending bytes are queued.
pub(super) struct Writer(Sender<Piece>);

/// Waits until everything so far is written, or the thread has failed: what follows is printed directly.
pub(super) struct Settle(Sender<Piece>);

impl Settle {
    pub(super) fn wait(&self) {
        let (written, mark) = channel();
        let _ = self.0.send(Piece::Mark(written));
        let _ = mark.recv();
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
        let thread = spawn(move || write_all(&incoming, out));
        Self { pieces, thread }
    }

    pub(super) fn writer(&self) -> Writer {
        Writer(self.pieces.clone())
    }

    /// Waits for what is written so far.
    pub(super) fn settle(&self) -> Settle {
        Settle(self.pieces.clone())
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    /// The first error; nothing was written after it.
    pub(super) fn finish(self) -> io::Result<()> {
        // The thread has ended if a write failed.
        let _ = self.pieces.send(Piece::End);
        self.thread
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn write_all(incoming: &Receiver<Piece>, mut out: impl Write) -> io::Result<()> {
    loop {
        match incoming.recv() {
            Ok(Piece::Bytes(bytes)) => {
                out.write_all(&bytes)?;
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
