//! Stand-ins for the API: a sandbox process, a free port, or a server that only counts requests.

use super::program::{LIMIT, Program, Running, orchestrate};
use serde_json::Value;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use tempfile::NamedTempFile;

/// `orchestrate sandbox`, until it is dropped.
pub(crate) struct Sandbox {
    pub(crate) url: String,
    pub(crate) process: Running,
}

impl Sandbox {
    /// Deployments take `time_scale` times 0.4 s, and 0.08 s for each check.
    pub(crate) fn start(time_scale: f64) -> Self {
        Self::of(orchestrate(&format!(
            "sandbox --port 0 --time-scale {time_scale}"
        )))
    }

    /// The same, with a fault script.
    pub(crate) fn scripted(time_scale: f64, script: &str) -> Self {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(script.as_bytes()).unwrap();
        let arguments = format!("sandbox --port 0 --time-scale {time_scale} --script");
        Self::of(orchestrate(&arguments).arg(file.path())) // which is read before it says where it listens
    }

    pub(crate) fn of(program: Program) -> Self {
        let mut process = program.start();
        let line = process.says("http://127.0.0.1:");
        let from = line.find("http://").unwrap();
        let url = line[from..].split([';', ' ']).next().unwrap().to_owned();
        Self { url, process }
    }

    /// The status of a deployment.
    pub(crate) fn deployment(&self, project: &str, id: &str) -> Value {
        let path = format!("/v1/projects/{project}/deployments/{id}");
        self.get(&path)
    }

    /// The requests that the first rule of the script has matched: `project kind number`.
    pub(crate) fn seen(&self) -> Vec<String> {
        let script = self.get("/_sandbox/script");
        let line = |seen: &Value| {
            let text = |key: &str| seen[key].as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {}",
                text("project"),
                text("request"),
                seen["requests"]
            )
        };
        script["rule"][0]["seen"]
            .as_array()
            .unwrap()
            .iter()
            .map(line)
            .collect()
    }

    fn get(&self, path: &str) -> Value {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nauthorization: Bearer key-1\r\n\
             x-checkly-account: account-1\r\nx-checkly-cli-version: 1.0.0\r\n\r\n"
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
        let (_, body) = reply.split_once("\r\n\r\n").expect(&reply);
        serde_json::from_str(body).expect(&reply)
    }
}

/// An address without a listener.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Accepts connections without responding, and records them.
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

    /// Waits for a connection; fails if there is none.
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
