//! The handle by which a program is told to end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Ends every program that was started with it or a clone of it. For good: there is no way back.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    told: Mutex<Told>,
    news: Condvar,
}

/// How much it has been told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    #[default]
    Nothing,
    /// To end.
    Stop,
    /// To end without any time for it.
    Kill,
}

impl Stop {
    /// What runs is asked to end, with everything it has started, and made to after a while; what begins later ends at once.
    /// Does not wait for that.
    pub fn stop(&self) {
        self.tell(Told::Stop);
    }

    /// What runs is made to end at once. Does not wait for that.
    pub fn kill(&self) {
        self.tell(Told::Kill);
    }

    fn tell(&self, what: Told) {
        let mut told = self.told();
        *told = what.max(*told);
        drop(told);
        self.0.news.notify_all();
    }

    /// Whether it was told to.
    pub(crate) fn is_told(&self) -> bool {
        *self.told() >= Told::Stop
    }

    /// Lets this much time pass, or less when told to stop; whether it was.
    pub(super) fn pause(&self, time: Duration) -> bool {
        self.pause_until(time, Told::Stop)
    }

    /// Lets this much time pass, or less when told to end at once; whether it was.
    pub(super) fn is_urgent(&self, time: Duration) -> bool {
        self.pause_until(time, Told::Kill)
    }

    fn pause_until(&self, time: Duration, least: Told) -> bool {
        let news = &self.0.news;
        let waited = news.wait_timeout_while(self.told(), time, |told| *told < least);
        let (told, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *told >= least
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
