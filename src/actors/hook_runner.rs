//! Runs hooks on blocking threads, since external programs run there, and stops those that exceed their time limit.

use super::{Job, Keys};
use crate::checkly::{Mode, TestRun};
use crate::hooks::{self, CancellationToken, HookOutcome, OfRun, Variables};
use crate::model::{Hook, HookRecord, Hooks, Limits, millis};
use crate::process::within;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Variables and their values.
type HookVariables = Vec<(&'static str, String)>;

/// The record of a hook, once it has ended.
type Ending = LocalBoxFuture<'static, HookRecord>;

/// Where the hooks of a run are run.
#[derive(Clone, Debug)]
pub(super) struct HookRunner {
    /// Limits running hooks to `concurrency`. A project that is given up while it waits has no slot.
    places: Arc<Semaphore>,
    test_places: Arc<Semaphore>,
    pub(super) run: Arc<OfRun>,
    /// Redacted in their output.
    keys: Keys,
}

/// A running hook. Dropping it kills it, including every process that it has started.
pub(super) struct RunningHook(CancellationToken);

impl RunningHook {
    /// Asks it to stop.
    pub(super) fn stop(&self) {
        self.0.cancel();
    }
}

impl Drop for RunningHook {
    fn drop(&mut self) {
        self.0.kill();
    }
}

impl HookRunner {
    /// The run's limits apply to hooks, too.
    pub(super) fn new(limits: &Limits, run: OfRun, keys: Keys) -> Self {
        let places =
            |limit: usize| Arc::new(Semaphore::new(limit.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            places: places(limits.concurrency),
            test_places: places(limits.bundle_concurrency),
            run: Arc::new(run),
            keys,
        }
    }

    /// Runs a hook; `None` if there is none. The hook's variables override `more`, which overrides the environment of this
    /// process.
    pub(super) fn start(
        &self,
        hooks: &Hooks,
        whose: &str,
        hook: Hook,
        own: HookVariables,
        more: Variables,
    ) -> Option<(RunningHook, Ending)> {
        let (command, keys) = (hooks.get(hook)?.clone(), self.keys.clone());
        let work = move |token: &CancellationToken| {
            let mut inherited: Variables = std::env::vars_os().collect();
            inherited.extend(more);
            hooks::run(&command, inherited, &own, &keys, token)
        };
        let called = hooks.called(hook, whose)?;
        let places = self.places.clone();
        Some(running(places, hook, called, hooks.timeout, work))
    }

    /// Runs the project's `checkly test`; `None` if it has none. Limited like bundlings, since each is a Checkly CLI, which
    /// needs memory.
    pub(super) fn start_test(
        &self,
        job: Arc<Job>,
        api_url: Arc<str>,
        own: HookVariables,
    ) -> Option<(RunningHook, Ending)> {
        let called = job.hooks.called(Hook::Test, "its")?;
        let (keys, places, time) = (self.keys.clone(), &self.test_places, job.hooks.timeout);
        let work = move |token: &CancellationToken| match test_run(&job, &api_url) {
            Ok(test) => {
                let variables = test.variables.clone();
                let mut ended = hooks::run(&test.command, variables, &own, &keys, token);
                ended.report = test.report(&keys);
                if ended.fault.is_none() && ended.report.is_none() {
                    ended.report = Some("No check was run.\n".to_owned());
                }
                ended
            }
            Err(why) => HookOutcome::not_run(&why),
        };
        Some(running(places.clone(), Hook::Test, called, time, work))
    }
}

fn test_run(job: &Job, api_url: &str) -> Result<TestRun, String> {
    let (Some(directory), Some(arguments)) = (&job.directory, &job.hooks.test) else {
        return Err("the project has no directory".to_owned());
    };
    let mode = Mode::Online(job.account_at(api_url));
    let inherited = std::env::vars_os().collect();
    TestRun::new(directory, mode, arguments, &inherited).map_err(|error| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })
}

fn running(
    places: Arc<Semaphore>,
    hook: Hook,
    called: String,
    time: Duration,
    work: impl FnOnce(&CancellationToken) -> HookOutcome + Send + 'static,
) -> (RunningHook, Ending) {
    let token = CancellationToken::default();
    let running = RunningHook(token.clone());
    let ended = async move {
        // The semaphore is never closed. If it were, the hook would run without a place.
        let _place = places.acquire().await;
        let begun = Instant::now();
        let (mut ended, is_in_time) = within(time, token, work).await;
        if !is_in_time && ended.fault.is_some() {
            let limit = humantime::format_duration(time);
            ended.fault = Some(format!(
                "exceeded its time limit of {limit} and was stopped"
            ));
        }
        HookRecord {
            hook,
            exit_code: ended.exit_code,
            duration_ms: millis(begun.elapsed()),
            error: ended.fault.map(|fault| format!("{called} {fault}")),
            output: ended.output,
            report: ended.report,
        }
    };
    (running, ended.boxed_local())
}
