//! The handle that stops programs.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Stops every program that was started with it or a clone of it. Permanent: it cannot be reset.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    told: Mutex<Told>,
    news: Condvar,
}

/// The requested level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    #[default]
    Nothing,
    /// End.
    Stop,
    /// End immediately.
    Kill,
}

impl Stop {
    /// Asks running programs, with everything they have started, to end, and kills them after a while; later ones end
    /// immediately. Returns at once.
    pub fn stop(&self) {
        self.tell(Told::Stop);
    }

    /// Kills running programs immediately. Returns at once.
    pub fn kill(&self) {
        self.tell(Told::Kill);
    }

    fn tell(&self, what: Told) {
        let mut told = self.told();
        *told = what.max(*told);
        drop(told);
        self.0.news.notify_all();
    }

    /// Whether a stop was requested.
    pub(crate) fn is_told(&self) -> bool {
        *self.told() >= Told::Stop
    }

    /// Waits for this time, or until a stop is requested; returns whether it was.
    pub(super) fn pause(&self, time: Duration) -> bool {
        self.pause_until(time, Told::Stop)
    }

    /// Waits for this time, or until a kill is requested; returns whether it was.
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
