//! Runs hooks on blocking threads, since programs of others are waited for there, and ends those that take too long.

use super::{Job, Keys};
use crate::checkly::{Gate, Mode};
use crate::hooks::{self, Ended, OfRun, Stop, Variables};
use crate::model::{Hook, HookRecord, Hooks};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Variables and their values.
type Told = Vec<(&'static str, String)>;

/// How a hook will have ended.
type Ending = LocalBoxFuture<'static, HookRecord>;

/// Where the hooks of a run are run.
#[derive(Clone, Debug)]
pub(super) struct HookRoom {
    /// As many run at once as projects may. A project that is given up while it waits for something has no slot.
    places: Arc<Semaphore>,
    test_places: Arc<Semaphore>,
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
    /// `concurrency` and `bundle_concurrency` limit what runs at once.
    pub(super) fn new(
        (concurrency, bundle_concurrency): (usize, usize),
        run: OfRun,
        keys: Keys,
    ) -> Self {
        Self {
            places: Arc::new(Semaphore::new(concurrency.max(1))),
            test_places: Arc::new(Semaphore::new(bundle_concurrency.max(1))),
            run: Arc::new(run),
            keys,
        }
    }

    /// Runs a hook; `None` where there is none. What it is told is laid over `more`, and that over the environment of this
    /// process.
    pub(super) fn start(
        &self,
        (hooks, is_of_run): (&Hooks, bool),
        hook: Hook,
        told: Told,
        more: Variables,
    ) -> Option<(UnderWay, Ending)> {
        let (command, keys) = (hooks.get(hook)?.clone(), self.keys.clone());
        let work = move |stop: &Stop| {
            let mut inherited: Variables = std::env::vars_os().collect();
            inherited.extend(more);
            hooks::run(&command, inherited, &told, &keys, stop)
        };
        let called = hooks::called(is_of_run, hook, hooks)?;
        let places = self.places.clone();
        Some(under_way(places, hook, called, hooks.timeout, work))
    }

    /// Runs the `checkly test` of a project; `None` where it has none. As many run at once as bundlings may: each is a Checkly
    /// CLI, which takes memory.
    pub(super) fn start_test(
        &self,
        job: Arc<Job>,
        api_url: Arc<str>,
        told: Told,
    ) -> Option<(UnderWay, Ending)> {
        let called = hooks::called(false, Hook::Test, &job.hooks)?;
        let (keys, places, time) = (self.keys.clone(), &self.test_places, job.hooks.timeout);
        let work = move |stop: &Stop| match gate(&job, &api_url) {
            Ok(gate) => {
                let variables = gate.variables.clone();
                let mut ended = hooks::run(&gate.command, variables, &told, &keys, stop);
                ended.report = gate.report(&keys);
                if ended.fault.is_none() && ended.report.is_none() {
                    ended.report = Some("No check was run.\n".to_owned());
                }
                ended
            }
            Err(why) => Ended::not_run(&why),
        };
        Some(under_way(places.clone(), Hook::Test, called, time, work))
    }
}

fn gate(job: &Job, api_url: &str) -> Result<Gate, String> {
    let (Some(folder), Some(arguments)) = (&job.hooks.folder, &job.hooks.test) else {
        return Err("the project has no folder".to_owned());
    };
    let mode = Mode::Online {
        api_url,
        account_id: &job.credentials.account_id,
        api_key: &job.credentials.api_key,
    };
    let inherited = std::env::vars_os().collect();
    Gate::new(folder, mode, arguments, &inherited).map_err(|error| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })
}

fn under_way(
    places: Arc<Semaphore>,
    hook: Hook,
    called: String,
    time: Duration,
    work: impl FnOnce(&Stop) -> Ended + Send + 'static,
) -> (UnderWay, Ending) {
    let stop = Stop::default();
    let under_way = UnderWay(stop.clone());
    let ended = async move {
        // The semaphore is never closed; without a permit there would only be more haste.
        let _place = places.acquire().await;
        let begun = Instant::now();
        let ended = within(time, work, stop).await;
        HookRecord {
            hook,
            exit_code: ended.exit_code,
            duration_ms: super::events::millis(begun.elapsed()),
            error: ended.fault.map(|fault| format!("{called} {fault}")),
            output: ended.output,
            report: ended.report,
        }
    };
    (under_way, ended.boxed_local())
}

async fn within(
    time: Duration,
    work: impl FnOnce(&Stop) -> Ended + Send + 'static,
    stop: Stop,
) -> Ended {
    let task = {
        let stop = stop.clone();
        move || work(&stop)
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
