//! The handle by which a bundling is told to end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Ends every [`make`](super::make) that was given it or a clone of it. For good: there is no way back.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    told: Mutex<bool>,
    news: Condvar,
}

impl Stop {
    /// What runs is ended, with everything it has started; what begins later ends at once. Does not wait for that.
    pub fn stop(&self) {
        *self.told() = true;
        self.0.news.notify_all();
    }

    /// Lets this much time pass, or less when told to stop; whether it was.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let waited = (self.0.news).wait_timeout_while(self.told(), time, |told| !*told);
        let (told, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *told
    }

    fn told(&self) -> MutexGuard<'_, bool> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
