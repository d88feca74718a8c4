//! The program on a terminal, with typed answers.

use super::program::{LIMIT, Program};
use rustix::fs::OFlags;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, WaitOptions, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

/// The program while it runs. Dropped, it is killed.
pub(crate) struct Seat {
    child: Child,
    keyboard: File,
    screen: Receiver<String>,
    /// All output to the screen so far.
    pub(crate) seen: String,
}

impl Seat {
    /// Standard input and error are the terminal; standard output is a pipe, as in `orchestrate … | jq`.
    pub(crate) fn start(program: Program) -> Self {
        Self::start_after_typing("", program)
    }

    /// The same, with input typed before the program starts.
    pub(crate) fn start_after_typing(keys: &str, program: Program) -> Self {
        Self::of(start(keys, program, Output::Pipe))
    }

    /// Standard output is the terminal, too.
    pub(crate) fn start_with_output(program: Program) -> Self {
        Self::of(start("", program, Output::Terminal))
    }

    fn of((child, keyboard): (Child, File)) -> Self {
        let screen = pieces(keyboard.try_clone().unwrap());
        Self {
            child,
            keyboard,
            screen,
            seen: String::new(),
        }
    }

    /// Waits for this text on the screen.
    pub(crate) fn sees(&mut self, part: &str) {
        while !self.seen.contains(part) {
            let piece = self.screen.recv_timeout(LIMIT);
            self.seen += &piece.unwrap_or_else(|_| panic!("{part} is not seen:\n{}", self.seen));
        }
    }

    pub(crate) fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Whether the terminal echoes what is typed, and delivers it in lines.
    pub(crate) fn is_restored(&self) -> bool {
        let modes = tcgetattr(&self.keyboard).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }

    /// Waits until the program has stopped, as after Ctrl-Z.
    pub(crate) fn stops(&self) {
        let pid = Pid::from_child(&self.child);
        let status = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap();
        assert!(
            status.is_some_and(|(_, status)| status.stopped()),
            "{status:?}"
        );
    }

    /// Sends the signals of Ctrl-C on the controlling terminal.
    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let mut shell = Command::new("sh");
        assert!(shell.args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for the end; returns the exit code as in a shell, the screen, and standard output.
    pub(crate) fn end(mut self) -> (i32, String, String) {
        loop {
            match self.screen.recv_timeout(LIMIT) {
                Ok(piece) => self.seen += &piece,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it hangs after:\n{}", self.seen),
            }
        }
        let mut out = String::new();
        if let Some(stdout) = &mut self.child.stdout {
            stdout.read_to_string(&mut out).unwrap();
        }
        let status = self.child.wait().unwrap();
        let signal = || status.signal().map(|signal| 128 + signal);
        let code = status.code().or_else(signal).unwrap();
        (code, std::mem::take(&mut self.seen), out)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The exit code of a program whose terminal is closed when this is on the screen.
pub(crate) fn closed_at(part: &str, program: Program) -> i32 {
    let (mut child, mut terminal) = start("", program, Output::Pipe);
    let (mut seen, mut bytes) = (String::new(), [0; 4096]);
    while !seen.contains(part) {
        let read = terminal.read(&mut bytes);
        let read = read.unwrap_or_else(|_| panic!("{part} is not seen:\n{seen}"));
        seen += &String::from_utf8_lossy(&bytes[..read]);
    }
    drop(terminal);
    child.wait().unwrap().code().unwrap()
}

/// Where standard output goes.
#[derive(Clone, Copy)]
enum Output {
    Pipe,
    Terminal,
}

/// The program and our end of its terminal, with input typed before its start.
fn start(keys: &str, program: Program, output: Output) -> (Child, File) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    // An inherited copy of our end would keep the terminal open.
    fcntl_setfd(&ours, FdFlags::CLOEXEC).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, vec![]).unwrap().into_string().unwrap();
    // It must not become the controlling terminal of the tests.
    let flags = i32::try_from(OFlags::NOCTTY.bits()).unwrap();
    let mut options = OpenOptions::new();
    let theirs = options.read(true).write(true).custom_flags(flags);
    let theirs = theirs.open(name).unwrap();
    let mut command = program.into_command();
    command
        .stdin(theirs.try_clone().unwrap())
        .stdout(match output {
            Output::Pipe => Stdio::piped(),
            Output::Terminal => theirs.try_clone().unwrap().into(),
        })
        .stderr(theirs)
        // As a shell does: only such a group can be stopped.
        .process_group(0);
    let mut ours = File::from(ours);
    ours.write_all(keys.as_bytes()).unwrap();
    let child = command.spawn().unwrap();
    // Our copies of their end are dropped with the command.
    (child, ours)
}

/// The output, until the other end is closed.
fn pieces(mut screen: File) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        // A terminal whose other end is closed returns an error instead of the end of the file.
        while let Ok(1..) = screen.read(&mut bytes).inspect(|read| {
            let _ = sender.send(String::from_utf8_lossy(&bytes[..*read]).into_owned());
        }) {}
    });
    receiver
}
