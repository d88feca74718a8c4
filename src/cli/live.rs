//! A run that is watched: keys and signals change or print its view, and what others print goes above it.
//!
//! While keys are read, the terminal does not echo and delivers each key at once. Ctrl-C and Ctrl-Z remain signals. The
//! settings are restored before a question, when the program stops, and however the run ends.

use super::background::Writer;
use super::console;
use super::signals::each;
use crate::model::{Event, Reporter, RunEvent};
use crate::ui::{Human, Key};
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::{Stream, StreamExt, stream};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{getpgrp, getpid, kill_process};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};
use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::thread::{Thread, park_timeout, spawn};
use std::time::Duration;
use tokio::signal::unix::SignalKind;
use tokio::task::JoinHandle;

/// The settings of the terminal before keys were read; `None` while they are not.
static SETTINGS: Mutex<Option<Termios>> = Mutex::new(None);

/// The thread that reads keys.
static READER: Mutex<Option<Thread>> = Mutex::new(None);

/// How often a process in the background looks whether it is in the foreground again.
const BACKGROUND: Duration = Duration::from_secs(1);

/// Shows a run, and listens to those who watch it.
pub(super) struct Live {
    view: Rc<RefCell<Human<Writer>>>,
    screen: Option<Writer>,
    /// Both ends of the terminal are there.
    has_keyboard: bool,
    listener: Option<JoinHandle<()>>,
}

/// What happens to a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Key(Key),
    /// SIGUSR1, or SIGINFO where it exists.
    ShowState,
    /// SIGWINCH.
    Resize,
    /// SIGTSTP: Ctrl-Z.
    Stop,
    /// SIGCONT: `fg` or `bg`.
    Continue,
}

impl Live {
    pub(super) fn new(view: Human<Writer>, screen: Writer) -> Self {
        console::print_above(Some(view.above()));
        Self {
            view: Rc::new(RefCell::new(view)),
            screen: Some(screen),
            has_keyboard: io::stdin().is_terminal() && io::stderr().is_terminal(),
            listener: None,
        }
    }

    /// Reads keys as long as the block is drawn.
    fn attend(&mut self) {
        if self.has_keyboard {
            attend(&self.view);
        }
    }

    fn listen(&mut self) -> io::Result<()> {
        let inputs = inputs(self.has_keyboard)?;
        let (view, screen) = (self.view.clone(), self.screen.take());
        let listener = inputs.for_each(move |input| {
            handle(input, &view, screen.as_ref());
            futures::future::ready(())
        });
        self.listener = Some(actix::spawn(listener));
        Ok(())
    }
}

fn attend(view: &RefCell<Human<Writer>>) {
    let mut view = view.borrow_mut();
    let reads = if view.is_live() {
        read_keys()
    } else {
        restore();
        false
    };
    view.read_keys(reads);
}

fn handle(input: Input, view: &RefCell<Human<Writer>>, screen: Option<&Writer>) {
    match input {
        Input::Key(key) => view.borrow_mut().press(key),
        Input::ShowState => view.borrow_mut().show_state(),
        Input::Resize => view.borrow_mut().redraw(),
        Input::Stop => {
            view.borrow_mut().hide();
            screen.iter().for_each(|screen| screen.settle());
            restore();
            // Unlike SIGSTOP, it is ignored if nothing could continue this process, as SIGTSTP would be.
            let _ = kill_process(getpid(), rustix::process::Signal::TTIN);
        }
        Input::Continue => {
            attend(view);
            view.borrow_mut().redraw();
        }
    }
}

impl Reporter for Live {
    fn event(&mut self, event: &RunEvent) {
        if let Event::RunStarted { .. } | Event::RunResumed { .. } = event.event
            && self.listener.is_none()
            && let Err(error) = self.listen()
        {
            tracing::debug!(%error, "keys and signals do not change the view");
        }
        if let Event::RunFinished(_) = event.event {
            // Before the summary is on the screen.
            restore();
        }
        self.view.borrow_mut().event(event);
        self.attend();
    }

    fn earlier(&mut self, events: &[RunEvent]) {
        self.view.borrow_mut().earlier(events);
    }

    fn tick(&mut self, elapsed: Duration) {
        self.attend();
        self.view.borrow_mut().tick(elapsed);
    }

    fn requests(&mut self, sent: u64) {
        self.view.borrow_mut().requests(sent);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        restore();
        self.listener.iter().for_each(JoinHandle::abort);
        console::print_above(None);
    }
}

/// Signals, and with a keyboard also keys and what stops the program.
fn inputs(has_keyboard: bool) -> io::Result<impl Stream<Item = Input>> {
    let of_raw = |signal: rustix::process::Signal| SignalKind::from_raw(signal.as_raw());
    let mut inputs = vec![each(SignalKind::user_defined1(), Input::ShowState)?];
    #[cfg(target_os = "macos")]
    inputs.push(each(SignalKind::info(), Input::ShowState)?);
    if has_keyboard {
        inputs.push(each(SignalKind::window_change(), Input::Resize)?);
        inputs.push(each(of_raw(rustix::process::Signal::TSTP), Input::Stop)?);
        inputs.push(each(
            of_raw(rustix::process::Signal::CONT),
            Input::Continue,
        )?);
        let (sender, typed) = unbounded();
        let reader = spawn(move || read(&sender));
        *READER.lock().unwrap_or_else(PoisonError::into_inner) = Some(reader.thread().clone());
        inputs.push(typed.boxed_local());
    }
    Ok(stream::select_all(inputs))
}

/// Reads keys while the settings are those for keys, and leaves everything else that is typed to others. Ends with the terminal, or
/// with the process.
fn read(typed: &UnboundedSender<Input>) {
    let mut bytes = [0; 64];
    loop {
        if settings().is_none() || !is_in_foreground() {
            park_timeout(BACKGROUND);
            continue;
        }
        let stdin = io::stdin();
        let mut terminal = [PollFd::new(&stdin, PollFlags::IN)];
        // A signal ends it early.
        let _ = poll(&mut terminal, None);
        let is_over = !terminal[0].revents().difference(PollFlags::IN).is_empty();
        let settings = settings();
        // With its settings, reading never blocks; without them, it would take a line that is the answer to a question.
        if settings.is_some() && is_in_foreground() {
            let Ok(read) = rustix::io::read(io::stdin(), &mut bytes) else {
                return;
            };
            for key in keys(&bytes[..read]) {
                // The run may be over.
                let _ = typed.unbounded_send(Input::Key(key));
            }
        }
        if is_over {
            return;
        }
    }
}

/// The keys of what a terminal sends. An escape character begins other keys.
fn keys(bytes: &[u8]) -> impl Iterator<Item = Key> + '_ {
    let plain = bytes.iter().take_while(|byte| **byte != 0x1b);
    plain.filter_map(|byte| match byte {
        b't' => Some(Key::Details),
        b'?' => Some(Key::Help),
        b'\n' | b'\r' => Some(Key::Snapshot),
        _ => None,
    })
}

/// In the background, neither reading nor changing the settings is allowed: the process would be stopped.
fn is_in_foreground() -> bool {
    // Without a controlling terminal, there is no background.
    tcgetpgrp(io::stdin()).map_or(true, |foreground| foreground == getpgrp())
}

/// Reads keys from now on; `false` if that is not possible.
fn read_keys() -> bool {
    let mut settings = settings();
    if settings.is_some() {
        return true;
    }
    let before = tcgetattr(io::stdin()).ok();
    let Some(before) = before.filter(|_| is_in_foreground()) else {
        return false;
    };
    let mut own = before.clone();
    own.local_modes
        .remove(LocalModes::ICANON | LocalModes::ECHO);
    own.special_codes[SpecialCodeIndex::VMIN] = 0;
    own.special_codes[SpecialCodeIndex::VTIME] = 0;
    let is_set = tcsetattr(io::stdin(), OptionalActions::Now, &own).is_ok();
    *settings = is_set.then_some(before);
    let reader = READER.lock().unwrap_or_else(PoisonError::into_inner);
    reader.iter().for_each(Thread::unpark);
    is_set
}

/// Restores the settings of the terminal.
pub(super) fn restore() {
    if let Some(before) = settings().take()
        && is_in_foreground()
    {
        // A closed terminal has none.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    }
}

fn settings() -> std::sync::MutexGuard<'static, Option<Termios>> {
    SETTINGS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_is_no_key() {
        let keys = |bytes: &[u8]| Vec::from_iter(keys(bytes));
        assert_eq!(keys(b"t"), [Key::Details]);
        assert_eq!(keys(b"x?\n"), [Key::Help, Key::Snapshot]);
        for other in [&b"\x1b[A"[..], b"\x1bt", b"\x1b[1;5t", b"q", b""] {
            assert_eq!(keys(other), []);
        }
    }
}
