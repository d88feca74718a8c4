//! Bundling workers: node processes that have loaded a Checkly CLI and bundle one project after the other. Their script is
//! `worker.cjs`; `docs/bundling.md` explains what they isolate and when they are replaced.
//!
//! A worker only makes bundling faster: whenever it is in doubt, there is no result, and the caller bundles the project with
//! a process of its own.

use super::job::Call;
use super::launch::{Launch, is_node};
use super::output::{self, BundleOutput};
use crate::process::{CancellationToken, End, Group, Timing, Variables};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// A worker is replaced after this many projects.
const MOST_PROJECTS: u32 = 50;

/// A worker that uses more memory after a project is replaced, where the system tells.
const MOST_KIB: u64 = 768 * 1024;

/// No worker is used after so many in a row had no reply: the CLI, or what all projects share, is not for workers.
const MOST_LOST: u32 = 3;

/// The most bytes of a reply.
const LONGEST_REPLY: u64 = 64 * 1024;

/// The bundling workers of a run: at most `limit`. Dropping the last clone ends them.
#[derive(Clone, Debug)]
pub struct Workers(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    limit: usize,
    is_node: fn(&Path) -> bool,
    state: Mutex<State>,
    bundled: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    /// The one used last comes last.
    idle: Vec<Worker>,
    busy: usize,
    /// How many in a row had no reply.
    lost: u32,
}

/// A finished command.
pub(super) struct Done {
    pub(super) end: End,
    /// Whether the worker had not bundled any other project: then it differs from a process of its own in nothing that
    /// matters.
    pub(super) is_first: bool,
}

/// Why there is no reply.
#[derive(Debug)]
enum NoReply {
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
struct Reply {
    exit: i32,
    /// What the project left behind in the worker.
    leftover: Option<String>,
}

impl Workers {
    /// No worker is started before it is needed.
    pub fn new(limit: usize) -> Self {
        Self::with(limit, is_node)
    }

    /// The same with another rule for the programs that may be node.
    pub(super) fn with(limit: usize, is_node: fn(&Path) -> bool) -> Self {
        Self(Arc::new(Pool {
            limit,
            is_node,
            state: Mutex::default(),
            bundled: AtomicUsize::new(0),
        }))
    }

    /// How many results have counted.
    pub fn bundled(&self) -> usize {
        self.0.bundled.load(Ordering::Relaxed)
    }

    /// Adds a result that counts.
    pub(super) fn count(&self) {
        self.0.bundled.fetch_add(1, Ordering::Relaxed);
    }

    /// Runs a call in a worker, and copies what it printed to `output`. `None` if the call needs a process of its own: no worker
    /// can stand in for its program, or the worker has not started, has died, or has not replied within `patience` polls.
    pub(super) fn run(
        &self,
        call: &Call,
        output: &BundleOutput,
        token: &CancellationToken,
        timing: Timing,
        patience: u32,
    ) -> Option<Done> {
        let launch = Launch::of(call).filter(|launch| (self.0.is_node)(&launch.node))?;
        let mut variables = call.variables.clone();
        if let Some(node_path) = &launch.node_path {
            add_node_path(&mut variables, node_path);
        }
        let request = request(call, &launch, &variables)?;
        let mut lease = self.take(&launch, &variables)?;
        let mut wait = Wait {
            token,
            timing,
            left: patience,
        };
        let mut worker = match lease.worker.take() {
            Some(worker) => worker,
            None => match Worker::start(&launch, &variables, &mut wait) {
                Ok(worker) => worker,
                Err(NoReply::Cancelled) => return Some(Done::cancelled()),
                Err(NoReply::Broken(why)) => {
                    tracing::debug!(why, "a bundling worker did not start");
                    self.0.state().lost += 1;
                    return None;
                }
            },
        };
        let reply = worker.ask(&request, &mut wait);
        if let Err(NoReply::Cancelled) = reply
            && let Err(error) = worker.process.stop(token, timing)
        {
            tracing::debug!(%error, "a bundling worker did not stop");
        }
        let printed = worker.copy_output(output);
        match (reply, printed) {
            (Err(NoReply::Cancelled), _) => Some(Done::cancelled()),
            (Ok(reply), Ok(())) => {
                let is_first = worker.projects == 1;
                self.0.state().lost = 0;
                match worker.unfit(&reply) {
                    Some(why) => tracing::debug!(?why, "a bundling worker is replaced"),
                    None => lease.worker = Some(worker),
                }
                // The form in which the system reports an exit.
                let status = ExitStatus::from_raw((reply.exit & 0xff) << 8);
                let end = End::Exited(status);
                Some(Done { end, is_first })
            }
            (Ok(_), Err(error)) => {
                tracing::debug!(%error, "the output of a bundling worker cannot be read");
                None
            }
            (Err(NoReply::Broken(why)), _) => {
                tracing::debug!(why, "a bundling worker did not reply");
                self.0.state().lost += 1;
                None
            }
        }
    }

    /// An idle worker, or the place of a new one, unless too many were lost.
    fn take(&self, launch: &Launch, variables: &Variables) -> Option<Lease<'_>> {
        let mut state = self.0.state();
        (state.lost < MOST_LOST).then_some(())?;
        state.busy += 1;
        let fits = |worker: &Worker| worker.fits(launch, variables);
        let found = state.idle.iter().rposition(fits);
        let worker = found.map(|ix| state.idle.remove(ix));
        let (live, most) = (state.busy + state.idle.len(), self.0.limit.max(1));
        let excess = live.saturating_sub(most).min(state.idle.len());
        let excess: Vec<Worker> = state.idle.drain(..excess).collect();
        drop(state);
        drop(excess);
        Some(Lease {
            pool: &self.0,
            worker,
        })
    }
}

impl Pool {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of a busy worker. A worker in it becomes idle.
struct Lease<'a> {
    pool: &'a Pool,
    worker: Option<Worker>,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        state.busy -= 1;
        state.idle.extend(self.worker.take());
    }
}

impl Done {
    fn cancelled() -> Self {
        Self {
            end: End::Stopped,
            is_first: true,
        }
    }
}

/// One process. Dropping it kills its process group.
#[derive(Debug)]
struct Worker {
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
    fn start(launch: &Launch, variables: &Variables, wait: &mut Wait<'_>) -> Result<Self, NoReply> {
        let dir = output::private_dir()?;
        let [script, socket] = ["worker.cjs", "socket"].map(|name| dir.path().join(name));
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
    fn fits(&self, launch: &Launch, variables: &Variables) -> bool {
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
    fn ask(&mut self, request: &[u8], wait: &mut Wait<'_>) -> Result<Reply, NoReply> {
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

    /// What was printed since the last request.
    fn copy_output(&self, to: &BundleOutput) -> io::Result<()> {
        for (name, to) in OUTPUT.iter().zip([to.stdout(), to.stderr()]) {
            fs::copy(self.dir.path().join(name), to)?;
        }
        Ok(())
    }

    /// Why it cannot bundle another project.
    fn unfit(&self, reply: &Reply) -> Option<String> {
        if let Some(leftover) = &reply.leftover {
            return Some(leftover.clone());
        }
        if reply.exit != 0 {
            return Some(format!("exit code {}", reply.exit));
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
struct Wait<'a> {
    token: &'a CancellationToken,
    timing: Timing,
    /// The number of polls until it is given up.
    left: u32,
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
fn request(call: &Call, launch: &Launch, variables: &Variables) -> Option<Vec<u8>> {
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
fn add_node_path(variables: &mut Variables, directories: &str) {
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
