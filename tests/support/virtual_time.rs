//! The runtime of tests over real sockets in virtual time, whose clock does not overtake what is on its way.
//!
//! Tokio moves a paused clock to the next timer as soon as no socket is ready. Loopback delivers within the call that
//! sends, nearly always: on a busy machine the kernel now and then leaves it for later, and a clock that moves on
//! meanwhile turns microseconds into the time limits of everything that waits. So, before the thread goes idle, a datagram
//! follows what was sent, and is waited for. Loopback keeps the order, for each processor: what this cannot know of is
//! something left for later on another processor than the one the thread has since moved to.

use actix::SystemRunner;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

/// For `#[actix_rt::test(system = "crate::VirtualTime")]`: time is virtual from the start, and chance is seeded.
pub(crate) struct VirtualTime(SystemRunner);

impl VirtualTime {
    pub(crate) fn new() -> Self {
        fastrand::seed(1);
        let follower = Follower::new();
        Self(actix::System::with_tokio_rt(|| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                // Not paused later: timers tick in whole milliseconds since the start.
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

/// Sends datagrams to itself.
struct Follower(UdpSocket);

impl Follower {
    fn new() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.connect(socket.local_addr().unwrap()).unwrap();
        // A lost datagram is a failure, and no test that hangs.
        let limit = Some(Duration::from_secs(30));
        socket.set_read_timeout(limit).unwrap();
        Self(socket)
    }

    /// Returns when everything sent before has been delivered, and what the kernel itself has answered: a connection is there
    /// after three packets.
    fn follow(&self) {
        for _ in 0..3 {
            self.0.send(&[0]).unwrap();
            self.0.recv(&mut [0]).unwrap();
        }
    }
}
