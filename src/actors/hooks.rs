//! Runs hooks on blocking threads, since programs of others are waited for there, and ends those that take too long.

use super::Keys;
use crate::hooks::{self, Ended, OfRun, Stop};
use crate::model::{Hook, HookCommand, HookRecord, Hooks};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Where the hooks of a run are run.
#[derive(Clone, Debug)]
pub(super) struct HookRoom {
    /// As many run at once as projects may. A project that is given up while it waits for something has no slot.
    places: Arc<Semaphore>,
    pub(super) run: Arc<OfRun>,
    /// What nobody is shown of what they say.
    keys: Keys,
}

/// A hook that runs. Dropping it ends it by force, with every process it has started.
pub(super) struct UnderWay(Stop);

impl UnderWay {
    /// Asks it to end.
    pub(super) fn stop(&self) {
        self.0.stop();
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.kill();
    }
}

impl HookRoom {
    pub(super) fn new(concurrency: usize, run: OfRun, keys: Keys) -> Self {
        Self {
            places: Arc::new(Semaphore::new(concurrency.max(1))),
            run: Arc::new(run),
            keys,
        }
    }

    /// Runs a hook; `None` where there is none. What it is told is laid over the environment of this process.
    pub(super) fn start(
        &self,
        (hooks, is_of_run): (&Hooks, bool),
        hook: Hook,
        told: Vec<(&'static str, String)>,
    ) -> Option<(UnderWay, impl Future<Output = HookRecord> + 'static)> {
        let command = hooks.get(hook)?.clone();
        let (stop, time) = (Stop::default(), hooks.timeout);
        let under_way = UnderWay(stop.clone());
        let (places, keys) = (self.places.clone(), self.keys.clone());
        let ended = async move {
            // The semaphore is never closed; without a permit there would only be more haste.
            let _place = places.acquire().await;
            let begun = Instant::now();
            let ended = within(time, command.clone(), told, keys, stop).await;
            let called = hooks::called(is_of_run, hook, &command);
            HookRecord {
                hook,
                exit_code: ended.exit_code,
                duration_ms: super::events::millis(begun.elapsed()),
                error: ended.fault.map(|fault| format!("{called} {fault}")),
                output: ended.output,
            }
        };
        Some((under_way, ended))
    }
}

async fn within(
    time: Duration,
    command: HookCommand,
    told: Vec<(&'static str, String)>,
    keys: Keys,
    stop: Stop,
) -> Ended {
    let task = {
        let stop = stop.clone();
        let inherited = std::env::vars_os().collect();
        move || hooks::run(&command, inherited, &told, &keys, &stop)
    };
    let mut task = tokio::task::spawn_blocking(task);
    let ended = tokio::time::timeout(time, &mut task).await;
    let in_time = ended.is_ok();
    let ended = match ended {
        Ok(ended) => ended,
        // It is over when its processes are.
        Err(_) => {
            stop.stop();
            task.await
        }
    };
    match ended {
        Ok(ended) if !in_time && ended.fault.is_some() => Ended {
            fault: Some(format!(
                "did not end within {} and was stopped",
                humantime::format_duration(time)
            )),
            ..ended
        },
        Ok(ended) => ended,
        // A panic over there is a panic here.
        Err(join) => std::panic::resume_unwind(join.into_panic()),
    }
}
