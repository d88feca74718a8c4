//! Bundling workers: node processes that have loaded a Checkly CLI and bundle one project after the other. Their script is
//! `worker.cjs`; `docs/bundling.md` explains what they isolate and when they are replaced.
//!
//! A worker only makes bundling faster: whenever it is in doubt, there is no result, and the caller bundles the project with
//! a process of its own.

use super::job::Call;
use super::launch::{Launch, is_node};
use super::output::BundleOutput;
use super::worker::{NoReply, Wait, Worker, add_node_path, request};
use crate::process::{CancellationToken, End, Timing, Variables};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// No worker is used after so many in a row had no reply: the CLI, or what all projects share, is not for workers.
const MOST_LOST: u32 = 3;

/// The bundling workers of a run: at most `limit`. Dropping the last clone ends them.
#[derive(Clone, Debug)]
pub struct Workers(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    limit: usize,
    is_node: fn(&Path) -> bool,
    state: Mutex<State>,
    bundled: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    /// The one used last comes last.
    idle: Vec<Worker>,
    busy: usize,
    /// How many in a row had no reply.
    lost: u32,
}

impl Workers {
    /// No worker is started before it is needed.
    pub fn new(limit: usize) -> Self {
        Self::with(limit, is_node)
    }

    /// The same with another rule for the programs that may be node.
    pub(super) fn with(limit: usize, is_node: fn(&Path) -> bool) -> Self {
        Self(Arc::new(Pool {
            limit,
            is_node,
            state: Mutex::default(),
            bundled: AtomicUsize::new(0),
        }))
    }

    /// How many results have counted.
    pub fn bundled(&self) -> usize {
        self.0.bundled.load(Ordering::Relaxed)
    }

    /// Adds a result that counts.
    pub(super) fn count(&self) {
        self.0.bundled.fetch_add(1, Ordering::Relaxed);
    }

    /// Runs a call in a worker, and copies what it printed to `output`. `None` if the call needs a process of its own: no worker
    /// can stand in for its program, or the worker has not started, has died, or has not replied within `patience` polls.
    pub(super) fn run(
        &self,
        call: &Call,
        output: &BundleOutput,
        token: &CancellationToken,
        timing: Timing,
        patience: u32,
    ) -> Option<(End, Lease<'_>)> {
        let launch = Launch::of(call).filter(|launch| (self.0.is_node)(&launch.node))?;
        let mut variables = call.variables.clone();
        if let Some(node_path) = &launch.node_path {
            add_node_path(&mut variables, node_path);
        }
        let request = request(call, &launch, &variables)?;
        let mut lease = self.take(&launch, &variables)?;
        let mut wait = Wait {
            token,
            timing,
            left: patience,
        };
        let mut worker = match lease.worker.take() {
            Some(worker) => worker,
            None => match Worker::start(&launch, &variables, &mut wait) {
                Ok(worker) => worker,
                Err(NoReply::Cancelled) => return Some((End::Stopped, lease)),
                Err(NoReply::Broken(why)) => {
                    tracing::debug!(why, "a bundling worker did not start");
                    self.0.state().lost += 1;
                    return None;
                }
            },
        };
        let reply = worker.ask(&request, &mut wait);
        if let Err(NoReply::Cancelled) = reply {
            worker.stop(token, timing);
        }
        let printed = worker.copy_output(output);
        match (reply, printed) {
            (Err(NoReply::Cancelled), _) => Some((End::Stopped, lease)),
            (Ok(reply), Ok(())) => {
                lease.is_first = worker.is_first();
                self.0.state().lost = 0;
                match worker.unfit(&reply) {
                    Some(why) => tracing::debug!(?why, "a bundling worker is replaced"),
                    None => lease.worker = Some(worker),
                }
                // The form in which the system reports an exit.
                let status = ExitStatus::from_raw((reply.exit & 0xff) << 8);
                let end = End::Exited(status);
                Some((end, lease))
            }
            (Ok(_), Err(error)) => {
                tracing::debug!(%error, "the output of a bundling worker cannot be read");
                None
            }
            (Err(NoReply::Broken(why)), _) => {
                tracing::debug!(why, "a bundling worker did not reply");
                self.0.state().lost += 1;
                None
            }
        }
    }

    /// An idle worker, or the place of a new one, unless too many were lost.
    fn take(&self, launch: &Launch, variables: &Variables) -> Option<Lease<'_>> {
        let mut state = self.0.state();
        (state.lost < MOST_LOST).then_some(())?;
        state.busy += 1;
        let fits = |worker: &Worker| worker.fits(launch, variables);
        let found = state.idle.iter().rposition(fits);
        let worker = found.map(|ix| state.idle.remove(ix));
        let (live, most) = (state.busy + state.idle.len(), self.0.limit.max(1));
        let excess = live.saturating_sub(most).min(state.idle.len());
        let excess: Vec<Worker> = state.idle.drain(..excess).collect();
        drop(state);
        drop(excess);
        Some(Lease {
            pool: &self.0,
            worker,
            is_first: true,
        })
    }
}

impl Pool {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of a busy worker. A worker in it becomes idle.
pub(super) struct Lease<'a> {
    pool: &'a Pool,
    worker: Option<Worker>,
    /// Whether the worker has bundled no other project: then it differs from a process of its own in nothing that matters.
    pub(super) is_first: bool,
}

impl Lease<'_> {
    /// Ends the worker.
    pub(super) fn discard(mut self) {
        self.worker = None;
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        state.busy -= 1;
        state.idle.extend(self.worker.take());
    }
}
