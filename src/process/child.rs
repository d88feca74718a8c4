//! A child process with all it starts: watched, and never left behind.

use super::stop::Stop;
use rustix::io::Errno;
use rustix::process::{self, Pid, Signal, WaitId, WaitIdOptions};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

/// How long to wait for what, in looks at the child: no clock is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Between two looks.
    pub(crate) look: Duration,
    /// Looks until a result that stays the same is taken for complete.
    pub(crate) settled: u32,
    /// Looks from the request to end to the end by force.
    pub(crate) grace: u32,
}

/// Five seconds for a result, two for an end.
pub(crate) const PATIENCE: Patience = Patience {
    look: Duration::from_millis(25),
    settled: 200,
    grace: 80,
};

/// How a child came to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// By itself.
    Exited(ExitStatus),
    /// Its result was there, and it had to be killed.
    Lingered,
    /// We were told to stop.
    Stopped,
}

/// Whether a file could not be run because it is nothing that the system can run.
pub(crate) fn is_no_program(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error())
}

/// Runs a command to its end. Whatever it has started and not ended is killed then: nobody waits for it, and the folder of
/// its temporary files goes away.
///
/// `size` is asked now and then for the size of the result, and `is_complete` once the size stays the same: a child that has
/// delivered and does not end is not waited for.
///
/// # Errors
/// It cannot be started, or not be watched.
pub(crate) fn run(
    command: &mut Command,
    stop: &Stop,
    patience: Patience,
    size: &mut dyn FnMut() -> u64,
    is_complete: &mut dyn FnMut() -> bool,
) -> io::Result<End> {
    let mut group = Group::start(command)?;
    let (mut last, mut same) = (0, 0);
    loop {
        if group.has_ended()? {
            return group.end().map(End::Exited);
        }
        if stop.pause(patience.look) {
            group.signal(Signal::TERM);
            for _ in 0..patience.grace {
                if group.has_ended()? || stop.is_urgent(patience.look) {
                    break;
                }
            }
            group.end()?;
            return Ok(End::Stopped);
        }
        let now = size();
        same = if now > 0 && now == last { same + 1 } else { 0 };
        last = now;
        if same == patience.settled {
            if is_complete() {
                group.end()?;
                return Ok(End::Lingered);
            }
            same = 0;
        }
    }
}

/// The leader of a process group, killed with all of the group when it goes out of scope.
struct Group {
    leader: Child,
    id: Pid,
    has_ended: bool,
}

impl Group {
    fn start(command: &mut Command) -> io::Result<Self> {
        let leader = command.process_group(0).spawn()?;
        let id = Pid::from_child(&leader);
        Ok(Self {
            leader,
            id,
            has_ended: false,
        })
    }

    /// Looks and does not reap: while the leader is not reaped, its id cannot become another group's.
    fn has_ended(&self) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(process::waitid(WaitId::Pid(self.id), options)?.is_some())
    }

    fn signal(&self, signal: Signal) {
        // It can only fail where nobody is left to hear it.
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
