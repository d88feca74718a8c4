//! What listens at the API's address: a sandbox in a process of its own, nobody, or somebody who only counts.

use super::program::{LIMIT, Running, orchestrate};
use std::io::ErrorKind;
use std::net::TcpListener;

/// `orchestrate sandbox`, until it is dropped.
pub(crate) struct Sandbox {
    pub(crate) url: String,
    pub(crate) process: Running,
}

impl Sandbox {
    /// Deployments take `pace` times 0.4 s, and 0.08 s for each check.
    pub(crate) fn start(pace: f64) -> Self {
        let mut process = orchestrate(&format!("sandbox --port 0 --pace {pace}")).start();
        let line = process.says("http://127.0.0.1:");
        let from = line.find("http://").unwrap();
        let url = line[from..].split([';', ' ']).next().unwrap().to_owned();
        Self { url, process }
    }
}

/// An address at which nothing listens.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Answers nobody, and knows whether somebody came.
pub(crate) struct Witness(TcpListener);

impl Witness {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    /// Returns when there is a connection, and fails where none comes.
    pub(crate) fn wait_for_somebody(self) {
        self.0.set_nonblocking(false).unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(self.0.accept().is_ok()));
        assert!(receiver.recv_timeout(LIMIT).unwrap());
    }

    pub(crate) fn saw_nobody(&self) -> bool {
        matches!(self.0.accept(), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }
}
