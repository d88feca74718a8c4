//! The handle that stops programs, and their time limit.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Stops every program that was started with it or a clone of it. Permanent: it cannot be reset.
#[derive(Clone, Debug, Default)]
pub struct CancellationToken(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    level: Mutex<Level>,
    changed: Condvar,
}

/// The requested level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    #[default]
    None,
    /// End.
    Cancel,
    /// End immediately.
    Kill,
}

impl CancellationToken {
    /// Asks running programs, with everything they have started, to end, and kills them after a while; later ones end
    /// immediately. Returns at once.
    pub fn cancel(&self) {
        self.request(Level::Cancel);
    }

    /// Kills running programs immediately. Returns at once.
    pub fn kill(&self) {
        self.request(Level::Kill);
    }

    fn request(&self, level: Level) {
        let mut current = self.level();
        *current = level.max(*current);
        drop(current);
        self.0.changed.notify_all();
    }

    /// Whether it was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        *self.level() >= Level::Cancel
    }

    /// Waits for this time, or until it is cancelled; returns whether it was.
    pub(crate) fn is_cancelled_within(&self, time: Duration) -> bool {
        self.pause_until(time, Level::Cancel)
    }

    /// Waits for this time, or until a kill is requested; returns whether it was.
    pub(super) fn is_killed_within(&self, time: Duration) -> bool {
        self.pause_until(time, Level::Kill)
    }

    fn pause_until(&self, time: Duration, least: Level) -> bool {
        let changed = &self.0.changed;
        let waited = changed.wait_timeout_while(self.level(), time, |level| *level < least);
        let (level, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *level >= least
    }

    fn level(&self) -> MutexGuard<'_, Level> {
        self.0.level.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `work` on a blocking thread, and cancels it at its time limit. Returns its result once its programs have ended, and
/// whether it was in time. Dropping the future cancels it.
pub(crate) async fn within<T: Send + 'static>(
    limit: Duration,
    token: CancellationToken,
    work: impl FnOnce(&CancellationToken) -> T + Send + 'static,
) -> (T, bool) {
    let mut task = tokio::task::spawn_blocking({
        let token = token.clone();
        move || work(&token)
    });
    let _guard = CancelOnDrop(&token);
    let (result, is_in_time) = match tokio::time::timeout(limit, &mut task).await {
        Ok(result) => (result, true),
        Err(_) => {
            token.cancel();
            (task.await, false)
        }
    };
    match result {
        Ok(result) => (result, is_in_time),
        // A panic over there is a panic here: the actor stops, and its project is `crashed`.
        Err(join) => std::panic::resume_unwind(join.into_panic()),
    }
}

struct CancelOnDrop<'a>(&'a CancellationToken);

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
