//! One bundling worker: a node process that has loaded a Checkly CLI, and the pipe to it.

use super::job::Call;
use super::launch::Launch;
use super::output::{self, BundleOutput};
use crate::process::{CancellationToken, Group, Timing, Variables};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A worker is replaced after this many projects.
const MOST_PROJECTS: u32 = 50;

/// A worker that uses more memory after a project is replaced, where the system tells.
const MOST_KIB: u64 = 768 * 1024;

/// The most bytes of a reply.
const LONGEST_REPLY: u64 = 64 * 1024;

/// Why there is no reply.
#[derive(Debug)]
pub(super) enum NoReply {
    Cancelled,
    Broken(String),
}

impl From<io::Error> for NoReply {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

#[derive(Serialize)]
struct Request<'a> {
    argv: Vec<&'a str>,
    cwd: &'a str,
    /// The CLI's file as node would be given it.
    program: &'a str,
    env: BTreeMap<&'a str, &'a str>,
}

#[derive(Deserialize)]
struct Ready {
    ready: bool,
    /// The names of the variables that the CLI has read while it was loaded.
    variables: BTreeSet<String>,
}

#[derive(Deserialize)]
pub(super) struct Reply {
    pub(super) exit: i32,
    /// What the project left behind in the worker.
    leftover: Option<String>,
}

/// One process. Dropping it kills its process group.
#[derive(Debug)]
pub(super) struct Worker {
    process: Group,
    replies: BufReader<UnixStream>,
    node: PathBuf,
    bin: PathBuf,
    /// The variables that it cannot change: a project with others needs another worker.
    fixed: Variables,
    /// The names of such variables that were seen when the CLI was loaded.
    read: BTreeSet<String>,
    /// How many projects it was asked to bundle.
    projects: u32,
    /// Its script, its socket, and its output; private, and removed last.
    dir: TempDir,
}

impl Worker {
    pub(super) fn start(
        launch: &Launch,
        variables: &Variables,
        wait: &mut Wait<'_>,
    ) -> Result<Self, NoReply> {
        let dir = output::private_dir()?;
        let [script, socket] =
            ["orchestrate-worker.cjs", "socket"].map(|name| dir.path().join(name));
        fs::write(&script, include_str!("worker.cjs"))?;
        let listener = UnixListener::bind(&socket)?;
        listener.set_nonblocking(true)?;
        let file = |name| {
            let mut options = OpenOptions::new();
            options
                .create(true)
                .append(true)
                .open(dir.path().join(name))
        };
        let [stdout, stderr] = OUTPUT.map(file);
        let mut command = Command::new(&launch.node);
        command
            .args([&script, &socket, &launch.bin])
            .current_dir(dir.path())
            .env_clear()
            .envs(variables)
            .env("TMPDIR", dir.path())
            .stdin(Stdio::null())
            .stdout(stdout?)
            .stderr(stderr?);
        let process = Group::start(&mut command)?;
        let stream = loop {
            match listener.accept() {
                Ok((stream, _)) => break stream,
                Err(error) if is_timeout(&error) => {}
                Err(error) => return Err(error.into()),
            }
            if process.has_ended()? {
                return Err(NoReply::Broken("it ended".to_owned()));
            }
            wait.pause()?;
        };
        // Some systems copy this from the listener.
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(wait.timing.poll_interval))?;
        stream.set_write_timeout(Some(wait.timing.poll_interval))?;
        let mut worker = Self {
            process,
            replies: BufReader::new(stream),
            node: launch.node.clone(),
            bin: launch.bin.clone(),
            fixed: Variables::new(),
            read: BTreeSet::new(),
            projects: 0,
            dir,
        };
        match worker.receive(wait)? {
            Ready {
                ready: true,
                variables,
            } => worker.read = variables,
            Ready { ready: false, .. } => {
                return Err(NoReply::Broken("it is not ready".to_owned()));
            }
        }
        worker.fixed = worker.fixed(variables).map(owned).collect();
        Ok(worker)
    }

    /// Whether it can bundle a project with these variables.
    pub(super) fn fits(&self, launch: &Launch, variables: &Variables) -> bool {
        self.node == launch.node && self.bin == launch.bin && self.fixed(variables).eq(&self.fixed)
    }

    /// Those that it cannot change.
    fn fixed<'v>(
        &'v self,
        variables: &'v Variables,
    ) -> impl Iterator<Item = (&'v OsString, &'v OsString)> {
        variables.iter().filter(|(name, _)| {
            let name = name.to_string_lossy();
            READ_AT_START.iter().any(|prefix| name.starts_with(prefix))
                || self.read.contains(&*name)
        })
    }

    /// Sends a request and waits for the reply.
    pub(super) fn ask(&mut self, request: &[u8], wait: &mut Wait<'_>) -> Result<Reply, NoReply> {
        self.projects += 1;
        if !self.is_silent()? {
            return Err(NoReply::Broken(
                "it sent a reply without a request".to_owned(),
            ));
        }
        for name in OUTPUT {
            let file = OpenOptions::new()
                .write(true)
                .open(self.dir.path().join(name))?;
            file.set_len(0)?;
        }
        let mut rest = request;
        while !rest.is_empty() {
            match self.replies.get_mut().write(rest) {
                Ok(0) => return Err(NoReply::Broken("it reads no requests".to_owned())),
                Ok(written) => rest = &rest[written..],
                Err(error) if is_timeout(&error) => wait.count()?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.receive(wait)
    }

    /// The next line.
    fn receive<T: for<'de> Deserialize<'de>>(&mut self, wait: &mut Wait<'_>) -> Result<T, NoReply> {
        let mut line = vec![];
        while !line.ends_with(b"\n") {
            let room = LONGEST_REPLY.saturating_sub(line.len() as u64);
            match self
                .replies
                .by_ref()
                .take(room)
                .read_until(b'\n', &mut line)
            {
                Ok(0) => return Err(NoReply::Broken("it ended".to_owned())),
                Ok(_) => {}
                Err(error) if is_timeout(&error) => {
                    // Its socket may have been inherited by a process that it has left behind.
                    if self.process.has_ended()? {
                        return Err(NoReply::Broken("it ended".to_owned()));
                    }
                    wait.count()?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        serde_json::from_slice(&line).map_err(|error| NoReply::Broken(error.to_string()))
    }

    /// Whether it has sent nothing since its last reply, and is alive.
    fn is_silent(&mut self) -> io::Result<bool> {
        self.replies.get_mut().set_nonblocking(true)?;
        let is_silent = match self.replies.fill_buf() {
            Ok(_) => false,
            Err(error) => is_timeout(&error),
        };
        self.replies.get_mut().set_nonblocking(false)?;
        Ok(is_silent)
    }

    /// Whether it has bundled nothing but the project of the last reply.
    pub(super) fn is_first(&self) -> bool {
        self.projects == 1
    }

    /// Ends its process group.
    pub(super) fn stop(&mut self, token: &CancellationToken, timing: Timing) {
        if let Err(error) = self.process.stop(token, timing) {
            tracing::debug!(%error, "a bundling worker did not stop");
        }
    }

    /// What was printed since the last request.
    pub(super) fn copy_output(&self, to: &BundleOutput) -> io::Result<()> {
        for (name, to) in OUTPUT.iter().zip([to.stdout(), to.stderr()]) {
            fs::copy(self.dir.path().join(name), to)?;
        }
        Ok(())
    }

    /// Why it cannot bundle another project.
    pub(super) fn unfit(&self, reply: &Reply) -> Option<String> {
        if let Some(leftover) = &reply.leftover {
            return Some(leftover.clone());
        }
        if self.projects >= MOST_PROJECTS {
            return Some(format!("{} projects", self.projects));
        }
        let memory = resident_kib(self.process.id()).filter(|kib| *kib > MOST_KIB);
        memory.map(|kib| format!("{kib} KiB of memory"))
    }
}

/// Its files for standard output and standard error.
const OUTPUT: [&str; 2] = ["stdout", "stderr"];

/// Prefixes of variables that the loader, the C library, node, and its libraries read when they start.
const READ_AT_START: [&str; 15] = [
    "DEBUG", "DYLD_", "GLIBC_", "HOME", "ICU_", "LANG", "LC_", "LD_", "LOCPATH", "MALLOC_",
    "NODE_", "OPENSSL_", "SSL_", "TZ", "UV_",
];

/// Waits for a worker: no clock is read.
pub(super) struct Wait<'a> {
    pub(super) token: &'a CancellationToken,
    pub(super) timing: Timing,
    /// The number of polls until it is given up.
    pub(super) left: u32,
}

impl Wait<'_> {
    /// Waits for one poll interval.
    fn pause(&mut self) -> Result<(), NoReply> {
        self.token.is_cancelled_within(self.timing.poll_interval);
        self.count()
    }

    /// Counts one poll interval that has passed.
    fn count(&mut self) -> Result<(), NoReply> {
        if self.token.is_cancelled() {
            return Err(NoReply::Cancelled);
        }
        let late = || NoReply::Broken("it takes too long".to_owned());
        self.left = self.left.checked_sub(1).ok_or_else(late)?;
        Ok(())
    }
}

/// The line that asks for a call; `None` if JSON cannot carry it.
pub(super) fn request(call: &Call, launch: &Launch, variables: &Variables) -> Option<Vec<u8>> {
    let texts = call.arguments.iter().map(|argument| argument.to_str());
    let request = Request {
        argv: texts.collect::<Option<_>>()?,
        cwd: call.cwd.to_str()?,
        program: launch.argument.to_str()?,
        env: variables
            .iter()
            .map(|(name, value)| Some((name.to_str()?, value.to_str()?)))
            .collect::<Option<_>>()?,
    };
    let mut line = serde_json::to_vec(&request).ok()?;
    line.push(b'\n');
    Some(line)
}

/// Adds directories as the script that starts the CLI does.
pub(super) fn add_node_path(variables: &mut Variables, directories: &str) {
    let value = variables.entry("NODE_PATH".into()).or_default();
    let mut path = OsString::from(directories);
    if !value.is_empty() {
        path.push(":");
        path.push(&value);
    }
    *value = path;
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

fn owned((name, value): (&OsString, &OsString)) -> (OsString, OsString) {
    (name.clone(), value.clone())
}

/// The memory of a process, where the system tells.
fn resident_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
