//! Starts the program, reads its output while it runs, and waits for its end.

use super::schemas;
use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A program that is silent for longer hangs.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// The program before its start: without the environment of the tests, with credentials for the default account.
pub(crate) struct Program {
    command: Command,
    stdin: Option<String>,
    keep_stdin_open: bool,
}

/// The program with these arguments, split at spaces.
pub(crate) fn orchestrate(arguments: &str) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orchestrate"));
    command
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("LANG", "C.UTF-8")
        .env("CHECKLY_ACCOUNT_ID", "account-1")
        .env("CHECKLY_API_KEY", "key-1")
        // Not a directory, so tests leave nothing in the home directory.
        .env("ORCHESTRATE_CACHE_DIR", "/dev/null")
        .env("ORCHESTRATE_STATE_DIR", new_state_dir())
        .args(arguments.split_whitespace());
    Program {
        command,
        stdin: None,
        keep_stdin_open: false,
    }
}

/// A state directory of its own for each program: none knows what another deployed.
fn new_state_dir() -> PathBuf {
    static ALL: LazyLock<PathBuf> = LazyLock::new(|| {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("state");
        // Of earlier tests.
        let _ = std::fs::remove_dir_all(&all);
        all
    });
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    ALL.join(NEXT.fetch_add(1, Ordering::Relaxed).to_string())
}

impl Program {
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn within(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// The contents of standard input, which is empty otherwise.
    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.stdin = Some(text.to_owned());
        self
    }

    /// Writes to standard input without shell it. Returns after text larger than a pipe's buffer was read.
    pub(crate) fn endless_stdin(mut self, text: &str) -> Self {
        self.keep_stdin_open = true;
        self.stdin(text)
    }

    /// Redirects standard output.
    pub(crate) fn stdout_to(self, file: std::fs::File) -> Ended {
        self.start_into(file).end()
    }

    /// Has a shell start it as `"$0" "$@"`.
    pub(crate) fn through_a_shell(mut self, script: &str) -> Self {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", script])
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .env_clear();
        for (name, value) in self.command.get_envs() {
            shell.envs(value.map(|value| (name, value)));
        }
        if let Some(folder) = self.command.get_current_dir() {
            shell.current_dir(folder);
        }
        self.command = shell;
        self
    }

    /// The same, without waiting for the end.
    pub(crate) fn start_into(mut self, file: std::fs::File) -> Running {
        self.command.stdout(file);
        self.spawn()
    }

    pub(crate) fn start(mut self) -> Running {
        self.command.stdout(Stdio::piped());
        self.spawn()
    }

    pub(crate) fn run(self) -> Ended {
        self.start().end()
    }

    /// The command, for callers that set the streams.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    fn spawn(mut self) -> Running {
        self.command.stderr(Stdio::piped());
        self.command.stdin(match self.stdin {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        });
        let mut child = self.command.spawn().unwrap();
        if let (Some(text), Some(mut stdin)) = (self.stdin, child.stdin.take()) {
            stdin.write_all(text.as_bytes()).unwrap();
            child.stdin = self.keep_stdin_open.then_some(stdin);
        }
        let out = child.stdout.take().map_or_else(nothing, lines);
        let err = child.stderr.take().map_or_else(nothing, lines);
        Running {
            child,
            out,
            err,
            ended: Ended::default(),
        }
    }
}

/// The lines of a stream, read on a separate thread so the program never blocks.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        while stream.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            if sender.send(std::mem::take(&mut line)).is_err() {
                return; // and the stream is closed
            }
        }
    });
    receiver
}

fn nothing() -> Receiver<String> {
    channel().1
}

/// The program while it runs. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
    ended: Ended,
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line of standard error that contains this.
    pub(crate) fn says(&mut self, part: &str) -> String {
        loop {
            let line = self.err.recv_timeout(LIMIT);
            let line = line.unwrap_or_else(|_| panic!("{part} is not said:\n{}", self.ended.err));
            self.ended.err.push_str(&line);
            if line.contains(part) {
                return line;
            }
        }
    }

    /// The next event of this type.
    pub(crate) fn event(&mut self, kind: &str) -> Value {
        loop {
            let line = self.out.recv_timeout(LIMIT);
            let line = line.unwrap_or_else(|_| panic!("no {kind}:\n{}", self.ended.out));
            self.ended.out.push_str(&line);
            let event: Value = serde_json::from_str(&line).unwrap();
            schemas::assert_valid("events", &event);
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// Closes the reading end of standard output.
    pub(crate) fn stop_listening(&mut self) {
        self.out = nothing();
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.pid());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end and collects all output.
    pub(crate) fn end(mut self) -> Ended {
        let mut ended = std::mem::take(&mut self.ended);
        for (stream, text) in [(&self.out, &mut ended.out), (&self.err, &mut ended.err)] {
            loop {
                use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
                match stream.recv_timeout(LIMIT) {
                    Ok(line) => text.push_str(&line),
                    Err(Disconnected) => break,
                    Err(Timeout) => panic!("it hangs after:\n{text}"),
                }
            }
        }
        drop(self.child.stdin.take());
        ended.status = self.child.wait().unwrap();
        ended
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The result of the program.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    pub(crate) out: String,
    pub(crate) err: String,
    status: ExitStatus,
}

impl Ended {
    /// The exit code, or 128 plus the number of the signal that killed it.
    pub(crate) fn code(&self) -> i32 {
        let signal = || self.status.signal().map(|signal| 128 + signal);
        self.status.code().or_else(signal).unwrap()
    }

    /// Asserts the exit code; shows the output on failure.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "\n{}\n{}", self.out, self.err);
        self
    }

    /// Standard output as events.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).expect(line);
        let events: Vec<Value> = self.out.lines().map(parse).collect();
        let of_run = |event: &&Value| event.get("v").is_some();
        for event in events.iter().filter(of_run) {
            schemas::assert_valid("events", event);
        }
        events
    }

    /// The names of `list --format json`, in its order.
    pub(crate) fn listed(&self) -> Vec<String> {
        let list: Value = serde_json::from_str(&self.out).unwrap();
        let projects = list["projects"].as_array().unwrap().iter();
        let name = |project: &Value| project["name"].as_str().unwrap().to_owned();
        projects.map(name).collect()
    }

    /// The report in the last event.
    #[track_caller]
    pub(crate) fn report(&self) -> Value {
        let last = self.events().pop().expect(&self.err);
        assert_eq!(last["type"], "run.finished");
        schemas::assert_valid("report", &last["data"]);
        last["data"].clone()
    }
}

/// `name result reason` of every project of a report.
pub(crate) fn results(report: &Value) -> Vec<String> {
    let row = |row: &Value| {
        let word = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", word("name"), word("result"), word("reason"))
    };
    report["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(row)
        .collect()
}

/// A file on a full disk.
#[cfg(target_os = "linux")]
pub(crate) fn full() -> std::fs::File {
    std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap()
}

/// Whether the program receives SIGHUP: on Linux, unless the tests run under `nohup`.
pub(crate) fn hears_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.map(|digits| u64::from_str_radix(digits.trim(), 16).unwrap());
    ignored.is_some_and(|signals| signals & 1 == 0)
}
