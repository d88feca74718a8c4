//! The runtime of tests over real sockets in virtual time, whose clock does not overtake data in transit.
//!
//! Tokio advances a paused clock to the next timer as soon as no socket is ready. Loopback nearly always delivers within
//! the call that sends. On a busy machine, the kernel sometimes defers the delivery, and a clock that advances meanwhile
//! turns microseconds into expired time limits. So before the thread goes idle, a datagram is sent and awaited. Loopback
//! keeps the order per processor, and the thread stays on one. A new child process of another test keeps copies of all
//! sockets open until it starts its program, which is awaited, too.

use actix::SystemRunner;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// For `#[actix_rt::test(system = "crate::VirtualTime")]`: time is virtual from the start, and randomness is seeded.
pub(crate) struct VirtualTime(SystemRunner);

impl VirtualTime {
    pub(crate) fn new() -> Self {
        fastrand::seed(1);
        stay_on_this_processor();
        let follower = Follower::new();
        Self(actix::System::with_tokio_rt(|| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                // Paused from the start: timers tick in whole milliseconds since then.
                .start_paused(true)
                .on_thread_park(move || follower.follow())
                .build()
                .unwrap()
        }))
    }

    pub(crate) fn block_on<F: Future>(&self, test: F) -> F::Output {
        self.0.block_on(test)
    }
}

/// A new thread begins on the processor with the least to do.
fn stay_on_this_processor() {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};
        let mut this = CpuSet::new();
        this.set(sched_getcpu());
        sched_setaffinity(None, &this).unwrap();
    }
}

/// The child processes that have not started their programs.
static STARTING: AtomicUsize = AtomicUsize::new(0);

/// A child process, until it has started its program.
pub(crate) struct Starting;

impl Starting {
    pub(crate) fn new() -> Self {
        STARTING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        STARTING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Sends datagrams to itself.
struct Follower(UdpSocket);

impl Follower {
    fn new() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.connect(socket.local_addr().unwrap()).unwrap();
        // A lost datagram fails the test instead of hanging it.
        let limit = Some(Duration::from_secs(30));
        socket.set_read_timeout(limit).unwrap();
        Self(socket)
    }

    /// Returns when everything sent before has been delivered, including the kernel's answers: a connection needs three
    /// packets.
    fn follow(&self) {
        while STARTING.load(Ordering::SeqCst) > 0 {
            std::thread::yield_now();
        }
        for _ in 0..3 {
            self.0.send(&[0]).unwrap();
            self.0.recv(&mut [0]).unwrap();
        }
    }
}
