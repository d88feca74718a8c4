//! Runs a child process with everything it starts, and leaves nothing behind.

use super::CancellationToken;
use rustix::io::Errno;
use rustix::process::{self, Pid, Signal, WaitId, WaitIdOptions};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

/// How long to wait, counted in polls of the child: no clock is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// The time between two polls.
    pub(crate) poll_interval: Duration,
    /// The number of polls after which an unchanged result counts as complete.
    pub(crate) stable_polls: u32,
    /// The number of polls between the request to end and the kill.
    pub(crate) grace: u32,
}

/// Five seconds for a bundle, two for the end.
pub(crate) const BUNDLING: Timing = Timing {
    poll_interval: Duration::from_millis(25),
    stable_polls: 200,
    grace: 80,
};

/// How a child ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// By itself.
    Exited(ExitStatus),
    /// Its result was complete, and it had to be killed.
    KilledAfterOutput,
    /// It was stopped on request.
    Stopped,
}

/// Whether a program could not be run because the system cannot execute the file.
pub(crate) fn is_no_program(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error())
}

/// The file that a child writes. A child that has written all of it but does not end is not waited for.
#[derive(Clone, Copy)]
pub(crate) struct ResultFile<'a> {
    pub(crate) path: &'a Path,
    /// Asked once the size has not changed for `stable_polls`.
    pub(crate) is_complete: fn(&Path) -> bool,
}

/// Runs a command in its own process group until it ends. Kills everything it has started and left running: nothing waits for
/// it, and its directory for temporary files is removed.
///
/// # Errors
/// It cannot be started or watched.
pub(crate) fn run(
    command: &mut Command,
    token: &CancellationToken,
    timing: Timing,
    result: Option<ResultFile<'_>>,
) -> io::Result<End> {
    let mut group = Group::start(command)?;
    let (mut last, mut same) = (0, 0);
    loop {
        if group.has_ended()? {
            return group.end().map(End::Exited);
        }
        if token.is_cancelled_within(timing.poll_interval) {
            group.stop(token, timing)?;
            return Ok(End::Stopped);
        }
        let Some(result) = result else { continue };
        let now = result.path.metadata().map_or(0, |data| data.len());
        same = if now > 0 && now == last { same + 1 } else { 0 };
        last = now;
        if same == timing.stable_polls {
            if (result.is_complete)(result.path) {
                group.end()?;
                return Ok(End::KilledAfterOutput);
            }
            same = 0;
        }
    }
}

/// The leader of a process group. Dropping it kills the whole group.
#[derive(Debug)]
pub(crate) struct Group {
    leader: Child,
    id: Pid,
    has_ended: bool,
}

impl Group {
    /// Starts a command as the leader of its own process group.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        let leader = super::spawn(command.process_group(0))?;
        let id = Pid::from_child(&leader);
        Ok(Self {
            leader,
            id,
            has_ended: false,
        })
    }

    /// The process id of the leader.
    pub(crate) fn id(&self) -> u32 {
        self.leader.id()
    }

    /// Checks without reaping: until the leader is reaped, its id cannot become another group's.
    pub(crate) fn has_ended(&self) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(process::waitid(WaitId::Pid(self.id), options)?.is_some())
    }

    /// Asks the group to end, and kills it after the grace period or when a kill is requested.
    pub(crate) fn stop(&mut self, token: &CancellationToken, timing: Timing) -> io::Result<()> {
        self.signal(Signal::TERM);
        for _ in 0..timing.grace {
            if self.has_ended()? || token.is_killed_within(timing.poll_interval) {
                break;
            }
        }
        self.end().map(drop)
    }

    fn signal(&self, signal: Signal) {
        // Can only fail if the group has already ended.
        let _ = process::kill_process_group(self.id, signal);
    }

    fn end(&mut self) -> io::Result<ExitStatus> {
        if !self.has_ended {
            self.signal(Signal::KILL);
            self.has_ended = true;
        }
        self.leader.wait()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = self.end();
    }
}
